"""Reads the gateway's requests as its page (and what is known beside it) says they are read.

Parameters come in the URL, in a form body or in a multipart form, under names of any case.  A form
body that declares nothing is Latin-1, as the gateway was seen to read it; it is UTF-8 only where
`charset=utf-8`, or the vendor's own spelling `charset:utf-8`, says so.  Multipart fields are UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

_UTF8 = re.compile(r";\s*charset\s*[=:]\s*\"?utf-?8\b", re.IGNORECASE)
_BOUNDARY = re.compile(r";\s*boundary=(?:\"([^\"]+)\"|([^\s;]+))", re.IGNORECASE)
_PARAMETER = re.compile(r";\s*(name|filename)=(?:\"([^\"]*)\"|([^\s;]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """One file: of an MMS that was submitted, or of one that a phone sends."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """A request's parameters, names in lower case (the first of a name counts), and its files."""

    fields: Mapping[str, str]
    files: tuple[File, ...] = ()

    def get(self, name: str) -> str:
        """A parameter's value, "" where it is missing."""
        return self.fields.get(name, "")


def weight(files: Sequence[File]) -> int:
    """How many octets these files have."""
    return sum(len(file.body) for file in files)


def read(query: str, content_type: str, body: bytes, *, undeclared: str = "latin-1") -> Form:
    """What a request says; a body that is no form says nothing.

    `undeclared` is the charset of a form that names none.
    """
    kind = content_type.partition(";")[0].strip().lower()
    encoding = "utf-8" if _UTF8.search(content_type) else undeclared
    pairs = _pairs(query, encoding)
    files: tuple[File, ...] = ()
    if kind == "multipart/form-data":
        fields, files = _multipart(content_type, body)
        pairs += fields
    elif kind in ("application/x-www-form-urlencoded", ""):
        pairs += _pairs(body.decode(encoding, "replace"), encoding)
    return Form({name.lower(): value for name, value in reversed(pairs)}, files)


def _pairs(encoded: str, encoding: str) -> list[tuple[str, str]]:
    return parse_qsl(encoded, keep_blank_values=True, encoding=encoding, errors="replace")


def _multipart(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], tuple[File, ...]]:
    """Fields and files; a part is a file if it has a `filename`, whether or not it has a name."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return [], ()
    fields: list[tuple[str, str]] = []
    files: list[File] = []
    for headers, content in _parts((boundary[1] or boundary[2]).encode("latin-1"), body):
        names = _names(headers.get("content-disposition", ""))
        if "filename" in names:
            media_type = headers.get("content-type", "application/octet-stream")
            files.append(File(names["filename"], media_type, content))
        elif "name" in names:
            fields.append((names["name"], content.decode("utf-8", "replace")))
    return fields, tuple(files)


def _parts(boundary: bytes, body: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Headers and octets of each part (RFC 2046, 5.1.1); what follows the last boundary is not."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return
        head, _, content = piece.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        split = (line.partition(":") for line in lines)
        yield {name.strip().lower(): value.strip() for name, _, value in split}, content


def _names(disposition: str) -> dict[str, str]:
    return {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(disposition)}
