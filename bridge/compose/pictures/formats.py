"""Pictures by their octets alone: which format, whether too large, and without their metadata.

Nothing is decoded here, so that the loop may ask.  Every walk is linear, and what does not add up
is said to be so, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

JPEG = "image/jpeg"
PNG = "image/png"
GIF = "image/gif"

STILLS = frozenset((JPEG, PNG, GIF))
"""What a picture can become."""

MAX_PIXELS = 40_000_000
MAX_IN_ALL = 80_000_000
"""Pixels of all frames of all pictures of one message: some three seconds to open, at the worst."""
MAX_FRAMES = 1000
UNREADABLE = "it is no picture that can be read"

_MAGIC = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"\xff\xd8\xff", JPEG),
        (rb"\x89PNG\r\n\x1a\n", PNG),
        (rb"GIF8[79]a", GIF),
        (rb"RIFF.{4}WEBP", "image/webp"),
        (rb".{4}ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){,8}avi[fs])", "image/avif"),
        (rb".{4}ftyp(?:he[iv][cmsx]|m[is]f1)", "image/heic"),
        (rb"BM.{4}\0{4}", "image/bmp"),
        (rb"II\*\0|MM\0\*", "image/tiff"),
    )
)
READ = frozenset(kind for _, kind in _MAGIC) | {"image/heif"}
"""The media types of the pictures that can be opened."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture as it goes out, and how it became so: `JPEG 1600 x 1200, quality 82`."""

    media_type: str
    body: bytes = field(repr=False)
    told: str


def sniffed(body: bytes) -> str:
    """A picture's media type as its first octets say it; "" for what is no picture we open."""
    return next((kind for magic, kind in _MAGIC if magic.match(body)), "")


def too_many(width: int, height: int, *, frames: int = 1, most: int = MAX_IN_ALL) -> str:
    """Why a picture of so many pixels is too much to open; "" if it is not.

    `most` is what the pictures before it leave of `MAX_IN_ALL`.
    """
    one = width * height
    if one > MAX_PIXELS:
        return f"{_mega(one)} megapixels, {_mega(MAX_PIXELS)} at most"
    if frames > MAX_FRAMES:
        return f"{frames} frames, {MAX_FRAMES} at most"
    if one * frames > most:
        counted = f"{_mega(one * frames)} megapixels" + (f" in {frames} frames" * (frames > 1))
        return f"{counted}, {_mega(MAX_IN_ALL)} at most in all pictures of a message"
    return ""


def _mega(pixels: int) -> int:
    return -(-pixels // 1_000_000)


def size(body: bytes) -> tuple[int, int]:
    """How many pixels a JPEG, PNG or GIF has each way, as it says; (0, 0) where it does not."""
    kind = sniffed(body)
    if kind == PNG and len(body) >= 24:
        return int.from_bytes(body[16:20]), int.from_bytes(body[20:24])
    if kind == GIF and len(body) >= 10:
        return _pair(body, 6)
    if kind != JPEG:
        return 0, 0
    heads = (segment for code, segment in _segments(body) if code in _SIZED and len(segment) >= 7)
    head = next(heads, bytes(7))
    return int.from_bytes(head[5:7]), int.from_bytes(head[3:5])


# ---------------------------------------------------------------- JPEG (ITU-T T.81, annex B)

_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_END = 0xD9
_SCAN = 0xDA
_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame
_APPLICATION = 0xE0
_JFIF_LENGTH = 16  # without a thumbnail
MAX_SCANS = 100  # cameras and programs write ten or so


def bare_jpeg(body: bytes) -> bytes:
    """A JPEG without EXIF, XMP, IPTC, comments, thumbnails and whatever follows its end.

    Its picture and its colour profile stay as they are.  b"" where its segments do not add up.
    """
    kept = [b"\xff\xd8"]
    for code, segment in _segments(body):
        if code == _END:
            return b"".join((*kept, b"\xff\xd9"))
        if _stays(code, segment[:_JFIF_LENGTH]):
            kept += (bytes((0xFF, code)), segment)
    return b""


def is_scan_bomb(body: bytes) -> bool:
    """Whether a JPEG paints its picture over and over: each scan takes time for all of it."""
    return sum(code == _SCAN for code, _ in _segments(body)) > MAX_SCANS


def _segments(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The markers up to the end, or to where they do not add up, each with its octets."""
    at = 2
    while marker := _MARKER.match(body, at):
        code, start = marker[1][0], marker.end()
        if code == _END:
            yield code, b""
            return
        at = start + max(2, int.from_bytes(body[start : start + 2]))
        if code == _SCAN:
            following = _AFTER_SCAN.search(body, at)
            at = following.start() if following else len(body)
        if at > len(body):
            return
        yield code, body[start:at]


def _stays(code: int, head: bytes) -> bool:
    """Whether a segment, by its marker and first octets, belongs to the picture."""
    if code < _APPLICATION:
        return True
    match code - _APPLICATION:
        case 0:
            return head[2:7] == b"JFIF\0" and int.from_bytes(head[:2]) == _JFIF_LENGTH
        case 2:
            return head[2:14] == b"ICC_PROFILE\0"
        case 14:
            return head[2:7] == b"Adobe"  # says how its colours are coded
        case _:
            return False


# ---------------------------------------------------------------- PNG (W3C, third edition)

_CHUNKS = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB")
)


def bare_png(body: bytes) -> bytes:
    """A PNG with nothing but its picture and its colours; b"" where its chunks do not add up."""
    kept = [body[:8]]
    at = 8
    while at + 12 <= len(body):
        name = body[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(body[at : at + 4])
        if name in _CHUNKS:
            kept.append(body[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    return b""


# ---------------------------------------------------------------- GIF (version 89a)


@dataclass(frozen=True, slots=True)
class Frames:
    """What a GIF holds: its canvas in pixels, widened to its largest frame, and their number."""

    width: int
    height: int
    count: int

    @property
    def too_many(self) -> str:
        """Why they are too many to show; "" if they are not."""
        return too_many(self.width, self.height, frames=self.count)


_GIF_END = 0x3B
_EXTENSION = 0x21
_FRAME = 0x2C
_CONTROL = 0xF9


def gif_frames(body: bytes) -> Frames | None:
    """What a GIF holds; None where its blocks do not add up, or hold no frame."""
    try:
        blocks = list(_gif_blocks(body))
    except (IndexError, ValueError):  # it ends within a block, or something else begins
        return None
    frames = [start for code, start, _ in blocks if code == _FRAME]
    width, height = _pair(body, 6)
    for start in frames:
        (left, top), (across, down) = _pair(body, start + 1), _pair(body, start + 5)
        width, height = max(width, left + across), max(height, top + down)
    return Frames(width, height, len(frames)) if frames else None


def bare_gif(body: bytes) -> bytes:
    """A GIF without comments, XMP and whatever follows its end; the same octets if it has none.

    For one whose frames were counted: its blocks add up.
    """
    at = 13 + _table(body[10])
    kept = [body[:at]]
    for code, start, end in _gif_blocks(body):
        if code == _FRAME or _moves(body[start + 1 : start + 14]):
            kept.append(body[start:end])
        at = end
    kept.append(body[at : at + 1])
    return b"".join(kept)


def _gif_blocks(body: bytes) -> Iterator[tuple[int, int, int]]:
    """A GIF's blocks: the code of each, where it begins and where it ends.

    Raises where they do not add up; but a lost last octet loses no frame.
    """
    at = 13 + _table(body[10])
    while at < len(body) and body[at] != _GIF_END:
        start, code = at, body[at]
        if code == _EXTENSION:
            at += 2
        elif code == _FRAME:
            at += 11 + _table(body[at + 9])
        else:
            raise ValueError("no block of a GIF begins so")
        while length := body[at]:
            at += length + 1
        at += 1
        yield code, start, at


def _moves(extension: bytes) -> bool:
    """Whether an extension, by its first octets, is about how its frames are shown."""
    if extension[0] == _CONTROL:
        return True
    return extension in (b"\xff\x0bNETSCAPE2.0", b"\xff\x0bANIMEXTS1.0")


def _pair(body: bytes, at: int) -> tuple[int, int]:
    """Two numbers of 16 bits."""
    return body[at] | body[at + 1] << 8, body[at + 2] | body[at + 3] << 8


def _table(flags: int) -> int:
    """The octets of the colour table that follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
