"""The marks by which mail programs set the signature and the quoted history apart in HTML.

Marks are classes, ids, names and styles as these programs write them.  What a program wraps around
more than the one thing is no mark: Gmail's `div.gmail_quote` also holds what is written between
quotations, and the note above a forwarded mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from bridge.compose.cleaning.languages import LANGUAGES, any_of
from bridge.compose.lines import Within

MAX_STYLE = 2000  # characters of a style that are read
MAX_STYLES = 100  # that are remembered: pages have few, on very many elements


class Hook(NamedTuple):
    """What an element is marked as.

    `follows`: and all that follows it on the page.  `typed_into`: some people write their whole
    mail there, so that it counts only below other words.
    """

    within: Within
    follows: bool = False
    typed_into: bool = False


_SIGNATURE = Hook("signature")
_TYPED_INTO = Hook("signature", typed_into=True)
_HISTORY = Hook("history")
_FROM_HERE = Hook("history", follows=True)

_MARKS = {
    "gmail_signature": _SIGNATURE,
    "gmail_signature_prefix": _SIGNATURE,  # Gmail: the "-- " above it
    "_mailautosig": _SIGNATURE,  # Outlook for Windows: its first line
    "mac_outlook_signature": _SIGNATURE,
    "ms-outlook-mobile-signature": _TYPED_INTO,
    "applemailsignature": _TYPED_INTO,
    "composer_signature": _TYPED_INTO,  # Samsung
    "moz-signature": _SIGNATURE,  # Thunderbird
    "yahoo-signature": _SIGNATURE,
    "protonmail_signature_block": _SIGNATURE,
    "protonmail_mobile_signature_block": _SIGNATURE,
    "messagesignaturesection": _SIGNATURE,  # Spark
    "__sig_pre__": _SIGNATURE,  # Zimbra
    "__sig_post__": _SIGNATURE,
    "_rc_sig": _SIGNATURE,  # Roundcube
    "-x-evo-signature": _SIGNATURE,  # Evolution
    "gmail_attr": _HISTORY,  # Gmail: the attribution
    "moz-cite-prefix": _HISTORY,
    "yahoo_quoted": _HISTORY,
    "protonmail_quote": _HISTORY,
    "__headers__": _HISTORY,  # Zimbra
    "__quoted_text__": _HISTORY,
    "reply-intro": _HISTORY,  # Roundcube: the attribution
    "olk_src_body_section": _HISTORY,  # Outlook for Mac
    "divrplyfwdmsg": _FROM_HERE,  # Outlook on the web and on phones
    "appendonsend": _FROM_HERE,
    "stopspelling": _FROM_HERE,  # Hotmail
}
_KEYS = ("class", "id", "name", "data-smartmail", "data-marker")
_NAMED_BY = frozenset(_KEYS)
_YAHOO = re.compile(r"ydp\w{0,40}?(yahoo_quoted|signature)(?:_\d+)?|(yahoo_quoted)_\d+")
_QUOTE_CLASSES = frozenset(("gmail_quote", "protonmail_quote"))
_AUTOSIG = "mso-bookmark:_mailautosig"  # Outlook for Windows: the other lines
_RULE = re.compile(r"border-top:solid#(?:e1e1e1|b5c4df)1\.0pt;padding:3\.0pt")  # Outlook's block
_FORWARD = re.compile(
    rf"[\W_]*(?:{any_of(phrase for each in LANGUAGES.values() for phrase in each.forwarded)})",
    re.IGNORECASE,
)


def hook(tag: str, attributes: Mapping[str, object], style: str) -> Hook | None:
    """What the element is marked as; None for most.  `style` is its own, as `squeezed_style`."""
    if tag == "blockquote":
        cites = str(attributes.get("type")).lower() == "cite"
        return _HISTORY if cites or not _QUOTE_CLASSES.isdisjoint(_names(attributes)) else None
    if not _NAMED_BY.isdisjoint(attributes) and (named := _named(attributes)):
        return named
    if "_mailautosig" in style and _AUTOSIG in style:
        return _SIGNATURE
    if "border-top" in style and _RULE.search(style):
        return _FROM_HERE
    return None


def _named(attributes: Mapping[str, object]) -> Hook | None:
    """What the element is marked as by its names."""
    if attributes.get("id") == "Signature":  # Outlook on the web; in lower case it may be anything
        return _SIGNATURE
    for name in _names(attributes):
        if name in _MARKS:
            return _MARKS[name]
        if match := _YAHOO.fullmatch(name):
            return _SIGNATURE if match[1] == "signature" else _HISTORY
    return None


def is_forward(words: str) -> bool:
    """Whether what is marked as history begins as a forwarded mail does: that is the message."""
    return _FORWARD.match(words) is not None


def squeezed_style(attributes: Mapping[str, object]) -> str:
    """An element's own style in lower case without white space; "" for none."""
    style = attributes.get("style")
    return _squeezed(style[:MAX_STYLE]) if isinstance(style, str) else ""


@lru_cache(maxsize=MAX_STYLES)
def _squeezed(style: str) -> str:
    return "".join(style.lower().split())


def _names(attributes: Mapping[str, object]) -> Iterator[str]:
    """An element's classes, its id, its name, and the data that mail programs mark it by."""
    for key in _KEYS:
        value = attributes.get(key)
        if value is None:
            continue
        if isinstance(value, str):
            yield value[:100].lower()
        elif isinstance(value, list):
            yield from (each[:100].lower() for each in value[:50] if isinstance(each, str))
