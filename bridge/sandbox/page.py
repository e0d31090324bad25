"""The gateway's page as rules: what a submission must say, and the word for what is wrong.

A second reading of the page, on purpose: it knows nothing of the client it judges.  Where the page
is silent, the stricter reading is taken, so that what passes here is safe there: a mandatory
parameter that is empty is missing; octets of a binary message and of its header are counted
together (3GPP TS 23.040, 9.2.3.24).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bridge.sandbox import alphabet
from bridge.sandbox.form import File, Form

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")

MOST_NUMBERS = 100
MOST_OCTETS = 140
MOST_OCTETS_JOINED = 134
MOST_PUSHED = 114
MOST_CONCATENATED = 10
MMS_CREDITS = 4

Kind: TypeAlias = Literal["text", "unicode", "binary", "wap-push", "mms", "voice"]

KINDS: dict[str, Kind] = {
    "": "text",
    "1": "text",
    "2": "unicode",
    "3": "binary",
    "4": "wap-push",
    "5": "mms",
    "6": "voice",
}
"""The parameter `type`; text where it is missing."""


class Wrong(Exception):
    """The page's word for why a request is refused, without the `ERR:`."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


@dataclass(frozen=True, slots=True)
class Message:
    """What a handset will show, and what it costs to send it to one number."""

    kind: Kind
    text: str = ""
    credits: int = 1
    href: str = ""
    ud: bytes = b""
    udh: bytes = b""
    files: tuple[File, ...] = field(default=(), repr=False)


def demand(form: Form, name: str, token: str) -> str:
    """A mandatory parameter; raises `Wrong` where it is missing or empty."""
    value = form.get(name)
    if not value:
        raise Wrong(token)
    return value


def numbers(form: Form) -> list[str]:
    """The entries of `to`, as they were written."""
    entries = [entry.strip() for entry in demand(form, "to", "NO_TO").split(",")]
    if len(entries) > MOST_NUMBERS:
        raise Wrong("TOO_MANY_NUMBERS")
    return [entry for entry in entries if entry]


def message(form: Form, *, mms: bool, long_unicode: bool) -> Message:
    """The message of a submission; raises `Wrong`.

    `mms` says whether the path takes MMS; `long_unicode` whether `hex` may be concatenated, as
    the vendor's SDKs believe and its page does not.
    """
    match KINDS.get(form.get("type")):
        case "text":
            return _text(form)
        case "voice":
            return Message("voice", demand(form, "text", "NO_TEXT"))
        case "unicode":
            return _unicode(form, long_unicode)
        case "binary":
            return _binary(form)
        case "wap-push":
            return _wap_push(form)
        case "mms" if mms:
            return _mms(form)
        case _:
            raise Wrong("INVALID_REQUEST")


def _text(form: Form) -> Message:
    text = demand(form, "text", "NO_TEXT")
    shown, segments = alphabet.cut(text, _maxconcat(form))
    return Message("text", shown, segments)


def _unicode(form: Form, long_unicode: bool) -> Message:
    octets = _hex(demand(form, "hex", "PARAMETER_MISSING"))
    most = _maxconcat(form)
    segments = 1 if len(octets) <= MOST_OCTETS else -(-len(octets) // MOST_OCTETS_JOINED)
    if segments > (most if long_unicode else 1):
        raise Wrong("PARAMETER_INVALID")
    try:
        return Message("unicode", octets.decode("utf-16-be"), segments)
    except UnicodeDecodeError:
        raise Wrong("PARAMETER_INVALID") from None


def _binary(form: Form) -> Message:
    ud = _hex(demand(form, "ud", "PARAMETER_MISSING"))
    udh = _hex(form.get("udh"))
    if udh and len(udh) != udh[0] + 1:
        raise Wrong("PARAMETER_INVALID")
    if len(ud) + len(udh) > MOST_OCTETS:
        raise Wrong("PARAMETER_INVALID")
    return Message("binary", ud=ud, udh=udh)


def _wap_push(form: Form) -> Message:
    href = demand(form, "href", "PARAMETER_MISSING")
    text = demand(form, "text", "NO_TEXT")
    if not href.lower().startswith(("http://", "https://")):
        raise Wrong("INVALID_REQUEST")
    if len(text) + len(href) > MOST_PUSHED:
        raise Wrong("INVALID_REQUEST")
    return Message("wap-push", text, href=href)


def _mms(form: Form) -> Message:
    text = demand(form, "text", "NO_TEXT")
    if not form.files or has_letters(form.get("from")):
        raise Wrong("INVALID_REQUEST")
    return Message("mms", text, MMS_CREDITS, files=form.files)


def _maxconcat(form: Form) -> int:
    value = form.get("maxconcat") or "1"
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_CONCATENATED):
        raise Wrong("PARAMETER_INVALID")
    return int(value)


def _hex(value: str) -> bytes:
    if not _HEX.fullmatch(value):
        raise Wrong("PARAMETER_INVALID")
    return bytes.fromhex(value)


def has_letters(originator: str) -> bool:
    """Whether a sender is a name, to which no phone can answer."""
    return any(map(str.isalpha, originator))
