"""HTML forms: reading what a gateway posts to us, and writing the multipart ones we post.

Reading is total and linear: any octets give fields, since behind them stands a text that somebody
sent.  Charsets come from a short list; a name off it never reaches a codec.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from bridge.core.model import Part

MAX_FIELDS = 1000
_PART_HEAD = 4096
_MAX_BOUNDARY = 200

_Field: TypeAlias = tuple[bytes, bytes, str]  # name, value, declared charset

_CODECS: Mapping[str, str] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    # Who declares Latin-1 or ASCII and sends 0x80 means windows-1252 (WHATWG Encoding, 4.2).
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso8859-15",
}

_CHARSET = re.compile(r"charset\s?[=:]\s?[\"']?([a-z0-9._-]{1,40})")
_BOUNDARY = re.compile(r"boundary\s?=\s?(?:\"([^\"]*)\"|([^\s;,]+))", re.IGNORECASE)
_NAME = re.compile(rb"[;\s]name\s?=\s?(?:\"([^\"\r\n]*)\"|([^\s;\"]+))", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


# ---------------------------------------------------------------- reading


def fields(query: bytes, body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a request, names in lower case; of two with one name the first counts.

    The body's fields come before the query's: what a gateway posts beats what was once written
    into the address.  Fields past the thousandth are left out.  Values hold no NUL and no lone
    surrogate.
    """
    charset = _charset(content_type)
    found: dict[str, str] = {}
    both = _chained(_body_fields(body, content_type, charset), _urlencoded(query, charset))
    for name, value, declared in islice(both, MAX_FIELDS):
        found.setdefault(decoded(name, declared).strip().lower(), decoded(value, declared))
    return found


def decoded(octets: bytes, charset: str = "") -> str:
    """Octets as text: by a declared charset if it is known and fits, else UTF-8, else cp1252."""
    for codec in (_CODECS.get(charset), "utf-8"):
        if codec is not None:
            try:
                return octets.decode(codec).replace("\0", "\ufffd")
            except UnicodeDecodeError:
                continue
    return octets.decode("cp1252", "replace").replace("\0", "\ufffd")


def _chained(*sources: Iterable[_Field]) -> Iterator[_Field]:
    for source in sources:
        yield from source


def _charset(declaration: str) -> str:
    """The charset that a Content-Type declares, "" if none; the vendor's `charset:utf-8` counts."""
    found = _CHARSET.search(declaration.lower())
    return found.group(1) if found else ""


def _body_fields(body: bytes, content_type: str, charset: str) -> Iterator[_Field]:
    """A body is a URL-encoded form whatever it says it is, except a multipart one."""
    if content_type.strip().lower().startswith("multipart/"):
        boundary = _boundary(content_type, body)
        if boundary:
            return _multipart(body, boundary, charset)
    return _urlencoded(body, charset)


def _urlencoded(octets: bytes, charset: str) -> Iterator[_Field]:
    for piece in octets.split(b"&", MAX_FIELDS)[:MAX_FIELDS]:
        name, _, value = piece.replace(b"+", b" ").partition(b"=")
        if name:
            yield unquote_to_bytes(name), unquote_to_bytes(value), charset


def _boundary(content_type: str, body: bytes) -> bytes:
    """The declared boundary, else what the first line of the body shows."""
    found = _BOUNDARY.search(content_type)
    if found:
        boundary = (found.group(1) or found.group(2) or "").encode("utf-8", "replace")
        return boundary[:_MAX_BOUNDARY]
    first = body[:_MAX_BOUNDARY].lstrip().partition(b"\n")[0].strip()
    return first[2:] if first.startswith(b"--") else b""


def _multipart(body: bytes, boundary: bytes, charset: str) -> Iterator[_Field]:
    """The named parts of a multipart form (RFC 7578); bare LF as line end is taken too."""
    pieces = (b"\n" + body).split(b"\n--" + boundary, MAX_FIELDS + 1)
    for piece in pieces[1 : MAX_FIELDS + 1]:
        blank = _BLANK_LINE.search(piece[:_PART_HEAD])
        name = _NAME.search(piece, 0, blank.start()) if blank else None
        if blank and name:
            head = piece[: blank.start()].decode("latin-1")
            value = piece[blank.end() :].removesuffix(b"\r")
            yield name.group(1) or name.group(2) or b"", value, _charset(head) or charset


# ---------------------------------------------------------------- writing


def multipart(values: Sequence[tuple[str, str]], files: Sequence[Part]) -> tuple[str, bytes]:
    """Content-Type and body of a multipart form, shaped as the gateway's page shows it.

    Its file parts have a `filename=` and no `name=`.  The same content gives the same octets.
    """
    chunks = [_value_part(name, value) for name, value in values]
    chunks += [_file_part(each) for each in files]
    boundary = _unused_boundary(chunks)
    opening = b"--" + boundary + b"\r\n"
    body = b"".join(opening + chunk + b"\r\n" for chunk in chunks) + b"--" + boundary + b"--\r\n"
    return f"multipart/form-data; boundary={boundary.decode()}", body


def _value_part(name: str, value: str) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    return head.encode() + value.encode("utf-8", "replace")


def _file_part(part: Part) -> bytes:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", part.name)
    media_type = part.media_type
    if not re.fullmatch(r"[\x21-\x7e]+/[\x20-\x7e]+", media_type):
        media_type = "application/octet-stream"
    head = f'Content-Disposition: form-data; filename="{name}"\r\nContent-Type: {media_type}\r\n'
    if not media_type.startswith("text/"):
        head += "Content-Transfer-Encoding: binary\r\n"
    return head.encode() + b"\r\n" + part.body


def _unused_boundary(chunks: Sequence[bytes]) -> bytes:
    """A boundary made from the content, so that it is reproducible, and not found in it."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    seed = digest.hexdigest()[:32]
    candidates = (f"bridge-{seed}-{n}".encode() for n in count())
    return next(b for b in candidates if not any(b in chunk for chunk in chunks))
