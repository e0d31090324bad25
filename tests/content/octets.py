"""What hostile mails are made of: headers, parts, and the small files that stand in them."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable

SUBJECT = b"Subject: Disk full on db1\r\n"
WORDS = b"/var is at 98 %\r\n"


def mail(head: bytes = b"", body: bytes = WORDS) -> bytes:
    """A mail with a subject, more headers (lines with their ends) and a body."""
    return b"From: nagios@example.com\r\n" + SUBJECT + head + b"\r\n" + body


def typed(kind: bytes, body: bytes, encoding: bytes = b"") -> bytes:
    """A mail whose one part is of a kind, or says so."""
    head = b"Content-Type: " + kind + b"\r\n"
    return mail(
        head + (b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b""), body
    )


def multipart(parts: Iterable[bytes], kind: bytes = b"mixed", head: bytes = b"") -> bytes:
    """A mail of parts, each with its headers."""
    body = b"".join(b"--b\r\n" + each + b"\r\n" for each in parts)
    return mail(
        head + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n", body + b"--b--\r\n"
    )


def beside(part: bytes) -> bytes:
    """A part beside words that are to go."""
    return multipart((plain(WORDS), part))


def plain(text: bytes) -> bytes:
    """A part of plain text."""
    return b"Content-Type: text/plain\r\n\r\n" + text


def page(html: bytes) -> bytes:
    """A part of HTML."""
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html


def file(name: bytes, kind: bytes, octets: bytes) -> bytes:
    """A part that is a file."""
    return (
        b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename="
        + name
        + b"\r\n\r\n"
        + base64.encodebytes(octets).replace(b"\n", b"\r\n")
    )


def nested(levels: int, innermost: bytes = plain(b"Hi\r\n")) -> bytes:
    """A part in parts in parts."""
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(levels)
    )
    return opened + innermost


# ---------------------------------------------------------------- pictures


def png(width: int, height: int, rows: int | None = None, more: bytes = b"") -> bytes:
    """A PNG that says its size, black and white, with so many of its rows; `more` are chunks."""
    row = b"\0" * (1 + -(-width // 8))
    data = zlib.compressobj(9)
    packed = data.compress(row * (height if rows is None else rows)) + data.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", head) + more + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def text_chunk(octets: int) -> bytes:
    """A PNG's compressed text that unpacks to so many octets."""
    return _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(octets), 9))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def gif(frames: int, side: int = 1) -> bytes:
    """A GIF of so many frames, each of one colour."""
    frame = b"\x2c\0\0\0\0" + struct.pack("<HH", side, side) + b"\0\x02\x02\x44\x01\0"
    head = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0\0\0\0\xff\xff\xff"
    return head + frame * frames + b"\x3b"


def tiff(width: int, height: int) -> bytes:
    """A TIFF of nothing but its size."""
    entries = ((256, width), (257, height), (259, 5), (273, 8), (279, 1 << 30))
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + bytes(4)


def bmp(width: int, height: int) -> bytes:
    """A BMP of nothing but its size."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(head), 0, 0, 54) + head


def jpeg_of_scans(scans: int) -> bytes:
    """A progressive JPEG of 8,000 x 5,000 pixels that paints itself over and over."""
    start = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, 5000, 8000, 1) + b"\x01\x11\0"
    scan = b"\xff\xda\0\x08\x01\x01\0\0\0\0" + b"\0" * 4
    return b"\xff\xd8" + start + scan * scans + b"\xff\xd9"


# ---------------------------------------------------------------- winmail.dat, S/MIME


def winmail(*attributes: bytes) -> bytes:
    """A winmail.dat of attributes."""
    return b"\x78\x9f\x3e\x22\0\0" + b"".join(attributes)


def attribute(level: int, name: int, data: bytes, length: int | None = None) -> bytes:
    """One attribute, which may lie about its length."""
    size = len(data) if length is None else length
    return struct.pack("<BHHI", level, name, 0, size) + data + b"\0\0"


def signed_data(inner: bytes) -> bytes:
    """A CMS SignedData around octets, with lengths that are left open."""
    oid = bytes.fromhex("06092a864886f70d010702")
    octets = b"\x24\x80\x04\x84" + struct.pack(">I", len(inner)) + inner + b"\0\0"
    content = b"\x30\x80" + bytes.fromhex("06092a864886f70d010701") + b"\xa0\x80" + octets
    return b"\x30\x80" + oid + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00" + content + bytes(12)
