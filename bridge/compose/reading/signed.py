"""Mails that are wrapped in their signature: what was signed, in the clear.

No signature is verified here, and nothing claims that it is.
"""

from __future__ import annotations

import operator
import re
from dataclasses import replace

from bridge.compose.reading import mime
from bridge.compose.reading.mime import Entity
from bridge.core.model import Refusal

MAX_WRAPPINGS = 3  # signatures around signatures
MAX_ELEMENTS = 200  # of ASN.1 that are passed over; a signed text has a dozen before it

_SMIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # 1.2.840.113549.1.7.2 (RFC 5652, 5.1)
_OCTETS, _OCTETS_IN_PIECES, _SEQUENCE, _EXPLICIT = 0x04, 0x24, 0x30, 0xA0


# ---------------------------------------------------------------- S/MIME


def unwrapped(entity: Entity, depth: int = 0) -> Entity | Refusal:
    """The mail with each entity that S/MIME wrapped in its signature (RFC 8551, 3.5.2) in place
    of the wrapping; a refusal where one of them breaks the limits of a mail.
    """
    if entity.media_type in _SMIME and depth < MAX_WRAPPINGS:
        inner = signed_content(entity.octets())
        if not inner:
            return entity
        opened = mime.parse(inner)
        return opened if isinstance(opened, Refusal) else unwrapped(opened, depth + 1)
    children = []
    for child in entity.children:
        opened = unwrapped(child, depth)
        if isinstance(opened, Refusal):
            return opened
        children.append(opened)
    if all(map(operator.is_, children, entity.children)):
        return entity
    return replace(entity, children=tuple(children))


def secret(entity: Entity) -> str:
    """Why nobody but the addressee can read the mail; "" if anybody can."""
    kind = entity.media_type
    if kind in ("multipart/encrypted", "application/pgp-encrypted"):
        return "it is encrypted (PGP/MIME)"
    if kind in _SMIME:
        match entity.parameters.get("smime-type", "").lower():
            case "certs-only":
                return ""
            case "compressed-data":
                return "it is compressed (S/MIME)"
            case "signed-data":
                return "its text is wrapped in its signature (S/MIME); sign it as clear text"
            case _:
                return "it is encrypted (S/MIME)"
    return next(filter(None, map(secret, entity.children)), "")


def signed_content(raw: bytes) -> bytes:
    """The octets that a CMS SignedData signs (RFC 5652, 5), "" if it is none or holds none.

    The way there is short and always the same: ContentInfo, its [0], SignedData, past the version
    and the digests to EncapsulatedContentInfo, past its type to its [0].  BER is read too, lengths
    that are left open and strings in pieces, since that is what mail programs write.
    """
    try:
        return _Ber(raw).signed_content()
    except (IndexError, ValueError):
        return b""


class _Ber:
    """A place in octets of ASN.1 (X.690), to go into elements or past them."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0
        self._elements = 0

    def signed_content(self) -> bytes:
        self._into(_SEQUENCE)
        if not self._raw.startswith(_SIGNED_DATA, self._at):
            return b""
        self._past()
        self._into(_EXPLICIT)
        self._into(_SEQUENCE)
        self._past()  # version
        self._past()  # digest algorithms
        self._into(_SEQUENCE)
        self._past()  # content type
        self._into(_EXPLICIT)
        return self._string()

    def _head(self) -> tuple[int, int]:
        """The tag and the length (-1: open) of the element here; the place is its content."""
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise ValueError
        tag, length = self._raw[self._at], self._raw[self._at + 1]
        self._at += 2
        if tag & 0x1F == 0x1F or length > 0x84:
            raise ValueError
        if length == 0x80:
            return tag, -1
        if length > 0x80:
            width = length & 0x7F
            length = int.from_bytes(self._raw[self._at : self._at + width], "big")
            self._at += width
        if self._at + length > len(self._raw):
            raise ValueError
        return tag, length

    def _into(self, tag: int) -> None:
        if self._head()[0] != tag:
            raise ValueError

    def _past(self) -> None:
        """Past one element; one of open length ends in two zeros on its own level."""
        open_levels = 0
        while True:
            tag, length = self._head()
            if length < 0:
                open_levels += 1
            elif tag == 0 and length == 0:
                open_levels -= 1
            else:
                self._at += length
            if open_levels <= 0:
                return

    def _string(self) -> bytes:
        """An OCTET STRING, whole or in pieces."""
        tag, length = self._head()
        if tag == _OCTETS and length >= 0:
            return self._raw[self._at : self._at + length]
        if tag != _OCTETS_IN_PIECES:
            raise ValueError
        end = len(self._raw) if length < 0 else self._at + length
        pieces = []
        while self._at + 2 <= end and self._raw[self._at] == _OCTETS:
            self._elements = 0
            _, size = self._head()
            pieces.append(self._raw[self._at : self._at + size])
            self._at += size
        return b"".join(pieces)


# ---------------------------------------------------------------- PGP in the text

_ARMOUR = re.compile(r"^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE|SIGNATURE)-----[ ]*$", re.MULTILINE)
_HEADERS = re.compile(r"(?:\n[A-Za-z-]{1,30}: [^\n]*){0,50}\n[ ]*(?:\n|\Z)")
_END = {
    kind: re.compile(rf"^-----END PGP {kind}-----[ ]*(?:\n|\Z)", re.MULTILINE)
    for kind in ("MESSAGE", "SIGNATURE")
}
_BROKEN_OFF = re.compile(
    r"\s*+\Z"
    r"|(?:\n[A-Za-z-]{1,30}: [^\n]*+){0,50}\n*+(?:[A-Za-z0-9+/]{60,76}\n)++[A-Za-z0-9+/=]*+\s*+\Z"
)
_DASHES = re.compile(r"^- ", re.MULTILINE)
MAX_BLOCKS = 20


def without_armour(text: str) -> tuple[str, bool]:
    """A text with what PGP signed in it in the clear (RFC 9580, 7), and whether it is secret.

    The armour goes, and the dashes that it put before lines of dashes.  An encrypted block is left
    out; where nothing stands above it, it is the mail.  A line that begins what never ends stays:
    somebody tells of it.
    """
    kept: list[str] = []
    at = 0
    for _ in range(MAX_BLOCKS):
        begin = _ARMOUR.search(text, at)
        if begin is None:
            break
        kept.append(text[at : begin.start()])
        if begin[1] == "SIGNED MESSAGE":
            signed, at = _signed(text, begin.end())
            kept.append(signed)
            continue
        at = _after(_END[begin[1]], text, begin.end())
        if not at:
            at = begin.end()
            kept.append(begin[0])
        elif begin[1] == "MESSAGE" and not "".join(kept).strip():
            return "", True
    return "".join((*kept, text[at:])), False


def _signed(text: str, at: int) -> tuple[str, int]:
    """What is signed below its heading, and where the signature begins."""
    headers = _HEADERS.match(text, at)
    start = headers.end() if headers else at
    signature = _ARMOUR.search(text, start)
    end = signature.start() if signature else len(text)
    return _DASHES.sub("", text[start:end]), end


def _after(end: re.Pattern[str], text: str, at: int) -> int:
    """Where a block is over, at the end of the text if it was broken off there; 0 if it is none."""
    if match := end.search(text, at):
        return match.end()
    return len(text) if _BROKEN_OFF.match(text, at) else 0
