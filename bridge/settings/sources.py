"""Where settings come from; each source becomes statements that say what they set and where.

From the strongest: the environment (`BRIDGE_GATEWAY__PASSWORD`), `.env` in the working directory,
systemd's credentials, the settings file.  `__` stands between a table and a name; lists and tables
are written as JSON.

pydantic-settings would merge the same four, but forgets which of them said what; an operator who is
told of a mistake needs just that.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dotenv.parser import parse_stream

from bridge.settings import names
from bridge.settings.mistakes import Mistake
from bridge.settings.names import TREE

PREFIX: Final = "BRIDGE_"
CONFIG: Final = "BRIDGE_CONFIG"


@dataclass(frozen=True, slots=True)
class Statement:
    """One source's word on one setting."""

    path: names.Path
    value: object = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a source said; `unreadable` where it could not be understood at all."""

    statements: tuple[Statement, ...] = ()
    unreadable: tuple[Mistake, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def statements(value: object, source: str, path: names.Path = ()) -> Iterator[Statement]:
    """A table as one statement for each of its values."""
    if isinstance(value, Mapping) and (value or not path):
        for name, each in value.items():
            yield from statements(each, source, (*path, str(name)))
    else:
        yield Statement(path, value, source)


# ---------------------------------------------------------------- the environment and .env


def environment(environ: Mapping[str, str]) -> Said:
    """All variables that begin with `BRIDGE_`."""
    return Said(
        tuple(
            statement
            for name, text in sorted(environ.items())
            if name.startswith(PREFIX) and name != CONFIG
            for statement in _spoken(name.removeprefix(PREFIX), text, f"environment {name}")
        )
    )


def dotenv(path: Path) -> Said:
    """`.env`, if there is one that is ours; variables of other programs in it are no mistake."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            status, text = os.fstat(file.fileno()), file.read()
    except FileNotFoundError:
        return Said()
    except (OSError, UnicodeDecodeError) as error:
        return Said(unreadable=(unreadable(path, error),))
    if status.st_uid not in (0, os.geteuid()):
        return Said(unreadable=(Mistake("", str(path), "another user's file", "one of yours"),))
    found: list[Statement] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error or (binding.key and binding.value is None):
            where = f"{path}:{binding.original.line}"
            return Said(unreadable=(Mistake("", where, "a line that sets nothing", "NAME=value"),))
        name = binding.key or ""
        if name.startswith(PREFIX):
            spoken = _spoken(name.removeprefix(PREFIX), binding.value or "", f"{path} {name}")
            found.extend(spoken)
    return Said(tuple(found), mistakes=_exposed(path, status, found))


def _spoken(name: str, text: str, source: str) -> Iterator[Statement]:
    path = tuple(name.lower().split("__"))
    yield from statements(_meant(path, text), source, path)


def _meant(path: names.Path, text: str) -> object:
    """A text as the value it stands for; as it is where it stands for none, to be told of later."""
    known = TREE.at(path)
    written = known.kind.written if known else "text"
    if written == "flag":
        lower = text.lower()
        return lower in ("true", "1", "yes", "on") if lower in _FLAGS else text
    if written == "number":
        return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else text
    if written in ("list", "table"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


_FLAGS: Final = ("true", "1", "yes", "on", "false", "0", "no", "off")


# ---------------------------------------------------------------- credentials


def credentials(path: Path | None, environ: Mapping[str, str]) -> Said:
    """systemd's credentials: files named for the setting, `gateway.password`, in any case.

    An operator at a shell has no $CREDENTIALS_DIRECTORY; then it is `credentials/` beside the
    settings file, from where the unit loads them, and must not be open to others.
    """
    given = environ.get("CREDENTIALS_DIRECTORY", "")
    folder = Path(given) if given else path.parent / "credentials" if path else None
    try:
        files = sorted(filter(_is_ours, folder.iterdir())) if folder and folder.is_dir() else []
    except OSError as error:
        return Said(unreadable=(unreadable(folder or Path(), error),))
    found: list[Statement] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            status, text = file.stat(), file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            return Said(unreadable=(unreadable(file, error),))
        name = file.name.lower().replace(".", "__")
        value = text.removesuffix("\n").removesuffix("\r")
        said = tuple(_spoken(name, value, f"credential {file.name}"))
        found.extend(said)
        mistakes.extend(() if given else _exposed(file, status, said))
    return Said(tuple(found), mistakes=tuple(mistakes))


def _is_ours(file: Path) -> bool:
    """Whether a file's name begins with one of our tables, or is very like one of our settings.

    Files for other purposes may lie there too, such as a certificate.
    """
    name = file.name.lower().replace(".", "__")
    like_ours = names.nearest(tuple(name.split("__")), cutoff=0.8)
    return "__" in name and bool(name.split("__")[0] in TREE.names or like_ours)


# ---------------------------------------------------------------- the settings file


def toml(path: Path, environ: Mapping[str, str]) -> Said:
    """The settings file."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            status, text = os.fstat(file.fileno()), file.read()
        found = tuple(statements(tomllib.loads(text), str(path)))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return Said(unreadable=(unreadable(path, error),))
    if _is_handed_over(path, environ):
        return Said(found)
    return Said(found, mistakes=_exposed(path, status, found))


def _is_handed_over(path: Path, environ: Mapping[str, str]) -> bool:
    """Whether systemd gives a file to this service alone, with a mode of its own."""
    given = environ.get("CREDENTIALS_DIRECTORY")
    return bool(given) and path.resolve().parent == Path(given or "").resolve()


def unreadable(path: Path, error: Exception) -> Mistake:
    """Why a file cannot be read or written, or is not understood."""
    match error:
        case FileNotFoundError():
            return Mistake(
                "", str(path), "no file", "one; `smsbridge config example` prints a first one"
            )
        case OSError():
            return Mistake("", str(path), f"an error, {error.strerror}", "a file to read")
        case UnicodeDecodeError():
            return Mistake("", str(path), "octets that are no UTF-8", "a file in UTF-8")
        case _:
            what, _, where = str(error).rstrip(")").partition(" (at ")
            place = re.fullmatch(r"line (\d+), column (\d+)", where)
            at = f"{path}:{place[1]}:{place[2]}" if place else f"{path}, at its end"
            return Mistake("", at, f"a mistake in its syntax ({what})", "TOML: name = value")


def is_exposed(status: os.stat_result) -> bool:
    """Whether others than its owner can read a file, without a reason.

    root may give it to a group, as packages do for a service of its own; root's group is none.
    """
    given = status.st_uid == 0 and status.st_gid != 0
    return bool(stat.S_IMODE(status.st_mode) & (0o027 if given else 0o077))


def key_file(path: Path, environ: Mapping[str, str]) -> tuple[Mistake, ...]:
    """The mistake that others can read a key's file, if they can; raises `OSError`."""
    return () if _is_handed_over(path, environ) else _open(path, path.stat(), "a private key")


def _exposed(path: Path, status: os.stat_result, found: Iterable[Statement]) -> tuple[Mistake, ...]:
    secret = next((each for each in found if _is_secret(each)), None)
    return _open(path, status, names.dotted(secret.path)) if secret else ()


def _open(path: Path, status: os.stat_result, secret: str) -> tuple[Mistake, ...]:
    """The mistake that others can read a file that holds a secret, if they can."""
    if not is_exposed(status):
        return ()
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    expected = f"0600, since it holds {secret}: chmod 600 {path}"
    return (Mistake("", str(path), f"mode {mode}, which lets others read it", expected),)


def _is_secret(statement: Statement) -> bool:
    known = TREE.at(statement.path)
    return known is not None and names.masked(statement.value, known) != statement.value
