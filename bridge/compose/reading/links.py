"""What of a page's links is shown: their addresses where they say more, buttons, and emoji."""

from __future__ import annotations

import re
from urllib.parse import unquote

MAX_ADDRESS = 160  # characters of a link that is shown; a longer one tracks its reader
MAX_MEETING = 400  # characters of one that lets its reader into a meeting: it is what is meant
MAX_CONTACT = 80  # characters
LIKE = 7  # last digits by which two numbers are the same
MAX_EMOJI = 40  # characters
MAX_BUTTON = 60  # characters of the words on a picture

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_MEETING = re.compile(
    r"https?://(?:[a-z0-9-]{1,63}\.){0,4}"
    r"(?:teams\.microsoft\.com|teams\.live\.com|zoom\.us|meet\.google\.com|webex\.com)[/?]",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"(mailto|tel|sms):([^?;&\s]+)", re.IGNORECASE)  # RFC 6068, 3966, 5724
_NO_DIGITS = re.compile(r"[^0-9]+")
_SAYS_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s…]{3,}(?<!\.\.)", re.IGNORECASE)
_NO_BUTTON = re.compile(
    r"\b(?:logo|icon|banner|image|picture|photo|avatar|facebook|twitter|linkedin|instagram|"
    r"youtube|whatsapp|tiktok|app store|google play|follow us)\b",
    re.IGNORECASE,
)
_PICTOGRAM = "\u203c\u2049\u231a\u231b\u23e9-\u23fa\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff"
_EMOJI = re.compile(
    rf"(?:[0-9#*]\ufe0f?\u20e3|[\u00a9\u00ae\u2122\u2139\u2190-\u21ff]\ufe0f"
    rf"|[{_PICTOGRAM}][\u200d\ufe0f\U000e0020-\U000e007f]{{0,8}}){{1,16}}"
)


def is_too_long(words: str, href: str) -> bool:
    """Whether a link's address is not shown for its length alone."""
    if not _is_long(href) or _SAYS_ADDRESS.fullmatch(words):
        return False
    return _ADDRESS.fullmatch(href) is not None


def address(words: str, href: str) -> str:
    """A link's address, if it says more than its words and is of any use in a text; else "".

    Words that are themselves an address stay alone: the link behind them tells on its reader
    (Outlook's Safe Links), or is the same; unless it only goes on where they end.
    """
    if is_contact(href):
        return contact(words, href)
    if not _ADDRESS.fullmatch(href) or _is_long(href):
        return ""
    said, meant = _bare(words), _bare(href)
    if said == meant or (_SAYS_ADDRESS.fullmatch(words) and not meant.startswith(said)):
        return ""
    return href


def is_contact(href: str) -> bool:
    """Whether a link goes to a mailbox or a telephone."""
    return _CONTACT.match(href) is not None


def contact(words: str, href: str) -> str:
    """The mailbox or the number that a link goes to; "" if its words hold it already.

    A number may be written there in another way: by its country, or with spaces.
    """
    match = _CONTACT.match(href)
    if not match:
        return ""
    kind, to = match[1].lower(), unquote(match[2]).strip()
    if len(to) > MAX_CONTACT:
        return ""
    if kind == "mailto":
        return "" if "@" not in to or to.lower() in words.lower() else to
    digits = _NO_DIGITS.sub("", to)
    return "" if not digits or digits[-LIKE:] in _NO_DIGITS.sub("", words) else to


def button(words: str) -> str:
    """What a picture that is a link says, if it is words to act on: `Pay now`, no logo; else ""."""
    words = " ".join(words[: MAX_BUTTON + 1].split())
    if len(words) > MAX_BUTTON or " " not in words or _NO_BUTTON.search(words):
        return ""
    return words


def emoji(words: str) -> str:
    """A picture's words, if they are emoji alone; else ""."""
    if words.isascii() or len(words) > MAX_EMOJI:
        return ""
    return words.strip() if _EMOJI.fullmatch(words.strip()) else ""


def _is_long(href: str) -> bool:
    if len(href) <= MAX_ADDRESS:
        return False
    return len(href) > MAX_MEETING or _MEETING.match(href) is None


def _bare(address: str) -> str:
    scheme, slashes, rest = address.lower().partition("://")
    return (rest if slashes else scheme).removeprefix("www.").rstrip("/")
