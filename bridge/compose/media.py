"""The files of a mail as parts of an MMS: which go, under which names, and which do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.compose.reading import File
from bridge.core.model import Part

MAX_NAME = 64
TEXT_NAME = "text.txt"

_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "audio/mp3": "audio/mpeg",
    "audio/x-amr": "audio/amr",
    "video/3gp": "video/3gpp",
    "text/x-vcard": "text/vcard",
    "text/directory": "text/vcard",
}
_BY_SUFFIX = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "png": "image/png",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "3gp": "video/3gpp",
    "mp4": "video/mp4",
    "txt": "text/plain",
    "vcf": "text/vcard",
}
_SUFFIXES = {media_type: suffix for suffix, media_type in reversed(_BY_SUFFIX.items())}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Heavy:
    """A mail whose pictures have to be opened, which is not for the loop."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts that go, and a line for each file that does not: its name, and why."""

    parts: tuple[Part, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()


def selected(
    files: Sequence[File],
    types: Sequence[str],
    limit: int,
    *,
    taken: int = 0,
    light: bool = False,
) -> Selection | Heavy:
    """The files of the allowed types that a message of `limit` octets has room for.

    `taken` octets of it are used already; the largest files give way.
    """
    typed = [(file, media_type(file)) for file in files]
    going = [(file, kind) for file, kind in typed if kind in types]
    left_out = [
        f"{shown(file)}: {kind} is no type for phones" for file, kind in typed if kind not in types
    ]
    while going and taken + sum(len(file.body) for file, _ in going) > limit:
        largest = max(going, key=lambda each: len(each[0].body))
        going.remove(largest)
        size = octets(len(largest[0].body))
        left_out.append(f"{shown(largest[0])}: {size}, and one message holds {octets(limit)}")
    names = unique_names([(file.name, kind) for file, kind in going])
    parts = (Part(name, kind, file.body) for name, (file, kind) in zip(names, going, strict=True))
    return Selection(tuple(parts), tuple(left_out))


def octets(count: int) -> str:
    """A size as people say it: `5.4 MB`, `300 kB`, `80 octets`; rounded up."""
    if count >= 1_000_000:
        return f"{-(-count // 100_000) / 10:.1f} MB"
    return f"{-(-count // 1000)} kB" if count >= 1000 else f"{count} octets"


def counted(files: Sequence[File]) -> str:
    """`[1 picture]`, `[2 files]`, `[2 pictures, 1 file]`; "" for none."""
    pictures = sum(1 for file in files if media_type(file).startswith("image/"))
    rest = len(files) - pictures
    said = [
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((pictures, "picture"), (rest, "file"))
        if count
    ]
    return f"[{', '.join(said)}]" if said else ""


def media_type(file: File) -> str:
    """A file's type under its usual name; by the name's suffix where the mail does not know."""
    if file.media_type == "application/octet-stream":
        return _BY_SUFFIX.get(file.name.rpartition(".")[2].lower(), file.media_type)
    return _ALIASES.get(file.media_type, file.media_type)


def shown(file: File) -> str:
    """A file's name as its sender knows it, in a length that a mail can show; else its type."""
    return file.name[: 2 * MAX_NAME] or file.media_type


def unique_names(given: Sequence[tuple[str, str]]) -> list[str]:
    """Plain ASCII names, each once, for (name, media type): [A-Za-z0-9._-], 64 at most."""
    taken: set[str] = {TEXT_NAME}
    found = []
    for name, kind in given:
        stem, suffix = _safe(name, kind)
        unique = f"{stem}.{suffix}"
        count = 1
        while unique.lower() in taken:
            count += 1
            unique = f"{stem}-{count}.{suffix}"
        taken.add(unique.lower())
        found.append(unique)
    return found


def _safe(name: str, kind: str) -> tuple[str, str]:
    """The stem and the suffix of a name, without its folders and whatever is not plain."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, suffix = last.rpartition(".")
    if not dot:
        stem, suffix = last, ""
    stem = _UNSAFE.sub("_", stem).strip("._-")[: MAX_NAME - 16]
    suffix = _UNSAFE.sub("", suffix).strip("._-")[:8]
    if _BY_SUFFIX.get(suffix.lower()) != kind:  # a picture that calls itself .exe is none
        suffix = _SUFFIXES.get(kind, suffix or "bin")
    return stem or kind.partition("/")[0], suffix
