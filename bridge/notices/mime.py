"""A mail as octets: headers and parts, all 7-bit, the same octets for the same values.

Written out here and not by the standard library's generators: their folding changes from one
Python to the next, and a mail that is sent again must be the same mail to the octet.  Nothing
here but an address is judged: what comes in is fit for a header (see `neutral`).
"""

from __future__ import annotations

import binascii
import re
from base64 import encodebytes
from collections.abc import Iterable
from email.header import Header

from bridge.notices import neutral

COLUMNS = 78  # RFC 5322, 2.1.1: more than that is legal and unkind
LONGEST = 990  # a line of a 7-bit body; RFC 5321, 4.5.3.1.6 allows 998
ADDRESS_LIMIT = 320  # characters (RFC 5321, 4.5.3.1)
_DOMAIN = re.compile(r"[A-Za-z0-9._-]+|\[[A-Za-z0-9.:-]+\]")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def header(name: str, words: Iterable[str]) -> bytes:
    """One header field, folded between words that are ASCII already."""
    lines, line = [], name + ":"
    for word in words:
        if len(line) + 1 + len(word) > COLUMNS and line != name + ":":
            lines.append(line)
            line = ""
        line += " " + word
    return "\r\n".join((*lines, line, "")).encode("ascii")


def unstructured(value: str) -> list[str]:
    """The words of a free text, encoded by RFC 2047 where they are, or look, not plain ASCII."""
    if value.isascii() and "=?" not in value:
        return value.split()
    return Header(value, "utf-8", maxlinelen=75).encode().split()


def mailbox(address: str, name: str = "") -> list[str]:
    """The words of one address, with the name that a reader sees.

    A mailbox outside ASCII cannot stand in a 7-bit header, nor one whose domain is none: its text
    stands there as the name of an empty group (RFC 6857, 3.1.8), while the envelope carries the
    address itself.
    """
    address = neutral.line(address, ADDRESS_LIMIT)
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = _ascii_domain(domain)
    if not local.isascii() or not _DOMAIN.fullmatch(domain):
        return [*_phrase(address), ":;"]
    if not _DOT_ATOM.fullmatch(local) and not re.fullmatch(r'"([^"\\]|\\.)*"', local):
        local = quoted(local)
    return [*_phrase(name), f"<{local}@{domain}>"] if name else [f"{local}@{domain}"]


def mailboxes(addresses: Iterable[str]) -> list[str]:
    """The words of a list of addresses."""
    words: list[str] = []
    for address in addresses:
        if words:
            words[-1] += ","
        words += mailbox(address)
    return words


def quoted(text: str) -> str:
    """A quoted-string (RFC 5322, 3.2.4)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def text(body: str) -> bytes:
    """A text/plain part, readable as it stands where it is plain ASCII."""
    data = (body.rstrip("\n") + "\n").replace("\n", "\r\n").encode()
    encoding, coded = _coded(data)
    return _part('text/plain; charset="utf-8"', encoding) + b"\r\n" + coded


def fields(data: bytes) -> bytes:
    """A message/delivery-status part, ASCII by its own rules; it may not be encoded (RFC 2046)."""
    return _part("message/delivery-status", "7bit") + b"\r\n" + data


def mail_headers(data: bytes) -> bytes:
    """A mail's headers alone (RFC 6522, 4)."""
    encoding, coded = _coded(data)
    return _part("text/rfc822-headers", encoding) + b"\r\n" + coded


def file(name: str, media_type: str, body: bytes) -> bytes:
    """A file under a safe name; pictures are shown where they stand."""
    disposition = "inline" if media_type.startswith("image/") else "attachment"
    return (
        _part(f'{media_type}; name="{name}"', "base64")
        + f'Content-Disposition: {disposition}; filename="{name}"\r\n\r\n'.encode("ascii")
        + encodebytes(body).replace(b"\n", b"\r\n")
    )


def multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """Several parts as one.

    `boundary` begins with `=_`; no line of a part written here begins with `--=_`.
    """
    mark = b"--" + boundary.encode("ascii")
    # two lines: some readers take no parameter after a folded one
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode("ascii")
    return b"\r\n".join((head, *(mark + b"\r\n" + each for each in parts), mark + b"--\r\n"))


def _part(media_type: str, encoding: str) -> bytes:
    return f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode(
        "ascii"
    )


def _coded(data: bytes) -> tuple[str, bytes]:
    """Octets of CRLF lines as 7-bit, quoted-printable or base64: the first that serves them."""
    lines = data.split(b"\r\n")
    plain = data.isascii() and not any(each.startswith(b"--=_") for each in lines)
    if plain and len(max(lines, key=len)) <= LONGEST:
        return "7bit", data
    printable = binascii.b2a_qp(data, istext=True)
    packed = encodebytes(data).replace(b"\n", b"\r\n")
    if len(printable) <= len(packed):
        return "quoted-printable", printable
    return "base64", packed


def _phrase(name: str) -> list[str]:
    if name.isascii() and "=?" not in name:
        return [quoted(name)]
    return unstructured(name)


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
