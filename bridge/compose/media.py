"""The files of a mail as parts of an MMS: which go, under which names, and which do not.

Pictures are made to fit (`pictures`); any other file goes as it is, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, overload

from bridge.compose.pictures import formats
from bridge.compose.pictures.formats import GIF, Fitted
from bridge.compose.reading.files import File
from bridge.core.model import Part

MAX_NAME = 64
MAX_PICTURES = 20
MAX_FILES = 100  # of one mail that are looked at
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
    "heic": "image/heic",
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
    """A mail that is not for the loop: of many words, or its pictures have to be opened."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts that go; a line for each file that does not: its name, and why.

    `notes` has one for each picture that was changed: what it was, and what it became.
    """

    parts: tuple[Part, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()


Pictures: TypeAlias = Literal["opened", "put off", "left out"]
"""What to do with pictures that have to be opened: that; say that they are heavy; go without."""

_Found: TypeAlias = dict[int, Fitted | str]  # by a file's place: what goes of it, or why not


@overload
def selected(
    files: Sequence[File],
    types: Sequence[str],
    limit: int,
    *,
    taken: int = 0,
    pictures: Literal["opened", "left out"] = "opened",
) -> Selection: ...


@overload
def selected(
    files: Sequence[File],
    types: Sequence[str],
    limit: int,
    *,
    taken: int = 0,
    pictures: Pictures,
) -> Selection | Heavy: ...


def selected(
    files: Sequence[File],
    types: Sequence[str],
    limit: int,
    *,
    taken: int = 0,
    pictures: Pictures = "opened",
) -> Selection | Heavy:
    """The files, as the allowed types, that a message of `limit` octets has room for.

    `taken` octets of it are used already.  Files that are no pictures come first: they keep their
    size, and the largest gives way.  The pictures share what is left: a small one takes what it
    needs, the rest is for the others in equal shares.
    """
    more = len(files) - MAX_FILES
    files = files[:MAX_FILES]
    found: _Found = {n: no for n, each in enumerate(files) if (no := _misfit(each, types))}
    fit = {n: each for n, each in enumerate(files) if n not in found}
    shown = {n: each for n, each in fit.items() if _picture(each)}
    others = {n: each for n, each in fit.items() if n not in shown}
    found |= _as_they_are(others, limit, taken)
    room = (
        limit - taken - sum(len(each.body) for each in found.values() if isinstance(each, Fitted))
    )
    if _fit_as_gifs(shown.values(), types, room):
        found |= {n: _gif(each.body) for n, each in shown.items()}
    elif pictures == "put off":
        return Heavy()
    elif pictures == "left out":
        found |= dict.fromkeys(shown, "it could not be opened")
    else:
        found |= _fitted(shown, types, room)
    going = _selection(files, found)
    left = (f"{more} more files: the first {MAX_FILES} are looked at",) if more > 0 else ()
    return replace(going, left_out=going.left_out + left)


def _selection(files: Sequence[File], found: _Found) -> Selection:
    going = [(n, each) for n, each in sorted(found.items()) if isinstance(each, Fitted)]
    names = unique_names([(files[n].name, each.media_type) for n, each in going])
    return Selection(
        parts=tuple(
            Part(name, each.media_type, each.body)
            for name, (_, each) in zip(names, going, strict=True)
        ),
        left_out=tuple(
            f"{shown(files[n])}: {each}"
            for n, each in sorted(found.items())
            if isinstance(each, str)
        ),
        notes=tuple(f"{shown(files[n])}: {each.told}" for n, each in going if each.told),
    )


def _misfit(file: File, types: Sequence[str]) -> str:
    """Why a file of this kind cannot go; "" if it can.  Of pictures, the octets decide."""
    picture, kind = _picture(file), media_type(file)
    if picture:
        return "" if formats.STILLS & set(types) else f"{picture} is no type for phones"
    if kind in formats.READ:
        return formats.UNREADABLE
    if kind == "message/rfc822" and kind not in types:
        return "a mail is no file for phones: forward it inline"
    return "" if kind in types else f"{kind} is no type for phones"


def _picture(file: File) -> str:
    """The media type of the picture that a file holds; "" for any other file."""
    return "" if media_type(file).startswith("text/") else formats.sniffed(file.beginning)


def _as_they_are(files: Mapping[int, File], limit: int, taken: int) -> _Found:
    """Files that keep their size: the largest of them give way until the others fit."""
    found: _Found = {n: Fitted(media_type(each), each.body, "") for n, each in files.items()}
    size = taken + sum(len(each.body) for each in files.values())
    for n, each in sorted(files.items(), key=lambda pair: -len(pair[1].body)):
        if size <= limit:
            break
        size -= len(each.body)
        found[n] = f"{octets(len(each.body))}, and one message holds {octets(limit)}"
    return found


# ---------------------------------------------------------------- pictures


def _fit_as_gifs(pictures: Collection[File], types: Sequence[str], room: int) -> bool:
    """Whether no picture has to be opened: a GIF that fits stays as it is."""
    if not all(_picture(each) == GIF and GIF in types for each in pictures):
        return False
    fits = len(pictures) <= MAX_PICTURES and sum(len(each.body) for each in pictures) <= room
    return fits or not pictures


def _gif(body: bytes) -> Fitted | str:
    frames = formats.gif_frames(body)
    if frames is None:
        return formats.UNREADABLE
    bare = Fitted(GIF, formats.bare_gif(body), "without its metadata")
    return frames.too_many or _told(bare, f"GIF {frames.width} x {frames.height}", body)


def _fitted(files: Mapping[int, File], types: Sequence[str], room: int) -> _Found:
    """Pictures that share `room` octets: the least demanding first, an equal share for each."""
    # Here, because the library of pictures takes memory and time to start: the daemon, whose loop
    # opens none, never loads it; its children do.
    from bridge.compose.pictures import fitting

    found: _Found = {}
    waiting: dict[int, fitting.Picture] = {}
    pixels = formats.MAX_IN_ALL
    for n, each in files.items():
        if len(waiting) == MAX_PICTURES:
            found[n] = f"one message holds {MAX_PICTURES} pictures"
            continue
        match fitting.opened(each.body, _picture(each), types, most=pixels):
            case str() as no:
                found[n] = no
            case picture:
                waiting[n] = picture
                pixels -= picture.pixels
    while waiting:
        n = min(waiting, key=lambda each: len(waiting[each].best.body))
        share = room // len(waiting)
        picture = waiting.pop(n)
        if fitted := fitting.fitted(picture, share, types):
            found[n] = _told(fitted, picture.told, files[n].body)
            room -= len(fitted.body)
        else:
            found[n] = _too_small(share)
    return found


def _told(fitted: Fitted, was: str, body: bytes) -> Fitted:
    """A picture with the note on what became of it; without, where nothing did."""
    if fitted.body == body:
        return replace(fitted, told="")
    now = f"{fitted.told}, {octets(len(fitted.body))}"
    return replace(fitted, told=f"{was}, {octets(len(body))} -> {now}")


def _too_small(share: int) -> str:
    return f"even at its smallest it does not fit the {octets(max(0, share))} that are left for it"


# ---------------------------------------------------------------- as people say it


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
