"""The kinds that a mail must ask for by name and describe in its headers: binary and WAP push."""

from __future__ import annotations

import re

from bridge.compose.wishes import Wishes
from bridge.core import gsm
from bridge.core.model import Binary, Refusal, WapPush

MAX_OCTETS = 140  # of user data and its header together (3GPP TS 23.040, 9.2.3.24)
MAX_PUSH = 114  # characters of text and link together

_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def binary(wishes: Wishes) -> Binary | Refusal:
    """The octets of X-SMS-UDH and X-SMS-UD, or what is wrong with them."""
    udh, ud = _octets("X-SMS-UDH", wishes.udh), _octets("X-SMS-UD", wishes.ud)
    if isinstance(udh, Refusal):
        return udh
    if isinstance(ud, Refusal):
        return ud
    if not ud:
        return _wrong("a binary text needs X-SMS-UD, its octets in hex")
    if udh and udh[0] != len(udh) - 1:
        return _wrong(f"X-SMS-UDH: it says that {udh[0]} octets follow, and {len(udh) - 1} do")
    if len(udh) + len(ud) > MAX_OCTETS:
        return _wrong(
            f"X-SMS-UDH and X-SMS-UD have {len(udh) + len(ud)} octets together, "
            f"{MAX_OCTETS} at most"
        )
    return Binary(ud, udh)


def wap_push(wishes: Wishes, text: str) -> WapPush | Refusal:
    """The link of X-SMS-Href under the mail's words, or what is wrong with them."""
    href = wishes.href
    if not href:
        return _wrong("a WAP push needs X-SMS-Href, its link")
    if not _LINK.fullmatch(href):
        return _wrong(f"X-SMS-Href: {href[:60]!a} is no http or https link")
    together = len(text) + len(href)
    if together > MAX_PUSH:
        return _wrong(
            f"the text and the link of a WAP push have {together} characters together, "
            f"{MAX_PUSH} at most"
        )
    return WapPush(gsm.with_lookalikes_replaced(text), href)


def _octets(name: str, text: str) -> bytes | Refusal:
    """Hex digits as octets; spaces between them are passed over."""
    digits = text.replace(" ", "")
    if not re.fullmatch("[0-9A-Fa-f]*", digits):
        return _wrong(f"{name}: {text[:40]!a} is not hex")
    if len(digits) % 2:
        return _wrong(f"{name}: {len(digits)} hex digits are no whole octets")
    return bytes.fromhex(digits)


def _wrong(text: str) -> Refusal:
    return Refusal(550, "5.6.0", text)
