"""Transfer encodings (RFC 2045, 6): as declared, or as a text shows them where it says nothing or
says what is not so.  All is linear, and what cannot be decoded is passed over.
"""

from __future__ import annotations

import binascii
import codecs
import re

MAX_SAMPLE = 4096  # octets by which a text is told from its encoding
MAX_RUNS = 100_000  # of base64 between its padding; some mailers end each line in it
MAX_WORD = 40  # letters that may be a word, though base64 has the same
MIN_BASE64 = 20  # digits of an encoded text that does not say so

_DECLARED = re.compile(r"""[\s"'=]*([A-Za-z0-9]+(?:[-_ ][A-Za-z]+){0,3})""", re.ASCII)
_NAMES = {
    "base64": "base64",
    "quoted-printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "x-uuencode": "uuencode",
    "uuencode": "uuencode",
    "x-uue": "uuencode",
    "uue": "uuencode",
}


def named(declared: str) -> str:
    """`base64`, `quoted-printable` or `uuencode`, as a header means it; "" for anything else.

    Mailers write `quoted-printable;`, `"base64"`, `Quoted_Printable` and `base64 (why)`.
    """
    match = _DECLARED.match(declared[:100]) if declared else None
    name = match[1].lower().replace("_", "-").replace(" ", "-") if match else ""
    return _NAMES.get(name, "")


def recognised(declared: str, text: bytes) -> str:
    """The encoding of a text, by its own look where nothing is declared or where that is wrong."""
    if not declared.strip():
        return _undeclared(text)
    encoding = named(declared)
    return "" if encoding == "base64" and not _may_be_base64(text) else encoding


def decoded(raw: bytes, encoding: str) -> bytes:
    """The octets that were encoded; `encoding` is one of those that `named` gives."""
    match encoding:
        case "base64":
            return from_base64(raw)
        case "quoted-printable":
            return from_quoted_printable(raw)
        case "uuencode":
            return from_uuencode(raw)
        case _:
            return raw


# ---------------------------------------------------------------- what a text looks like

_SHAPED = re.compile(rb"^[ \t]*+[A-Za-z0-9+/]++={0,2}[ \t]*+$", re.MULTILINE)
_WHOLLY_BASE64 = re.compile(rb"\s*+(?:[A-Za-z0-9+/]{4,998}\n)*[A-Za-z0-9+/]{2,998}={0,2}\s*")
_UTF8 = (
    rb"(?:=(?:C[2-9A-F]|D[0-9A-F])=[89AB][0-9A-F]"
    rb"|=E[0-9A-F](?:=[89AB][0-9A-F]){2}|=F[0-4](?:=[89AB][0-9A-F]){3})"
)
_ESCAPED_UTF8 = re.compile(_UTF8)
_NO_ESCAPE = re.compile(rb"=(?![0-9A-F]{2}|[ \t]{0,9}(?:\n|\Z))")
_CERTAIN = re.compile(
    rb"^[^\n]{70,75}=$|=3D[\"'][\w/#]|[A-Za-z]" + _UTF8 + rb"+[A-Za-z]", re.MULTILINE
)  # a line broken at its length, an attribute, a letter within a word
_GIVEN_20 = re.compile(rb"\w=20[ \t]*+$", re.MULTILINE)  # `count=20`, or a space after a word
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b"))


def _undeclared(text: bytes) -> str:
    """The encoding of a text that declares none.

    Base64: all of it, when it makes a text; so no hash and no list of words.  Quoted-printable:
    each `=` is an escape, and one could stand for nothing else.  Of `=3D` and `=20` alone, any
    number may be meant.
    """
    if _WHOLLY_BASE64.fullmatch(text):
        digits = b"".join(text.split())
        whole = len(digits) >= MIN_BASE64 and len(digits) % 4 == 0
        return "base64" if whole and _reads(from_base64(digits[:MAX_SAMPLE])) else ""
    if b"=" not in text or not text.isascii():
        return ""
    if _NO_ESCAPE.search(text):
        return ""
    is_likely = _ESCAPED_UTF8.search(text) and not _GIVEN_20.search(text)
    return "quoted-printable" if is_likely or _CERTAIN.search(text) else ""


def _may_be_base64(text: bytes) -> bool:
    """Whether what calls itself base64 is: it makes a text, or most of it looks so and is more
    than a word.
    """
    sample = text[:MAX_SAMPLE].strip()
    if _reads(from_base64(sample)):
        return True
    if sample.isalpha() and len(sample) < MAX_WORD:
        return False
    shaped = sum(len(match[0].strip()) for match in _SHAPED.finditer(sample))
    return 2 * shaped >= len(b"".join(sample.split()))


def _reads(octets: bytes) -> bool:
    """Whether octets are a text in UTF-8; the last character may be cut."""
    if len(octets) < 3 or len(octets.translate(None, _CONTROLS)) < len(octets):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(octets)
    except UnicodeDecodeError:
        return False
    return True


# ---------------------------------------------------------------- the encodings

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64) - {ord("=")})
_NEXT_BASE64 = re.compile(rb"=++[ \t\n]*+([A-Za-z0-9+/\n]++)(?:(?==)|\Z)")
_SOFT_BREAK = re.compile(rb"=[ \t]++(?=\n|\Z)")


def from_base64(raw: bytes) -> bytes:
    """Base64's octets; what is not of its alphabet is passed over.

    What follows the padding counts if it is base64 too, whole and with nothing between.
    """
    end = raw.find(b"=")
    end = len(raw) if end < 0 else end
    found = [_digits(raw[:end].translate(None, _NOT_BASE64))]
    while len(found) < MAX_RUNS and (more := _NEXT_BASE64.match(raw, end)):
        end = more.end()
        digits = more[1].translate(None, b"\n")
        padding = len(raw[end : end + 3]) - len(raw[end : end + 3].lstrip(b"="))
        if (len(digits) + padding) % 4:
            break
        found.append(_digits(digits))
    return b"".join(found)


def _digits(digits: bytes) -> bytes:
    digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def from_quoted_printable(raw: bytes) -> bytes:
    """Quoted-printable's octets; what is no escape stays as it is.

    Spaces at the end of a line were added on the way (RFC 2045, 6.7, rule 3).
    """
    return binascii.a2b_qp(_SOFT_BREAK.sub(b"=", raw))


def from_uuencode(raw: bytes) -> bytes:
    """The octets of uuencoded lines; lines that are none are passed over."""
    found = bytearray()
    for line in filter(bytes.strip, raw.split(b"\n")):  # a blank line would be read as zeros
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(found)
