"""From all sources to one `Settings`, or to everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bridge.settings import names, sources
from bridge.settings.mistakes import Mistake, SettingsError
from bridge.settings.model import Settings
from bridge.settings.names import TREE
from bridge.settings.sources import Said, Statement

DOTENV: Final = Path(".env")


@dataclass(frozen=True, slots=True)
class Effective:
    """Settings that can be used, and which source said what."""

    settings: Settings
    statements: Mapping[names.Path, Statement]


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings; raises `SettingsError` with all mistakes at once.

    `path` is the settings file, None for none; `environ` the environment.
    """
    return effective(path, environ).settings


def effective(path: Path | None, environ: Mapping[str, str]) -> Effective:
    """As `load`, with the sources."""
    said = [
        sources.toml(path, environ) if path else Said(),
        sources.credentials(path, environ),
        sources.dotenv(DOTENV),
        sources.environment(environ),
    ]
    return _settled(said)


def from_tables(tables: Mapping[str, object], source: str = "code") -> Settings:
    """Settings said in a program, in the same form as in a file."""
    return _settled([Said(tuple(sources.statements(tables, source)))]).settings


def _settled(weakest_first: Iterable[Said]) -> Effective:
    said = list(weakest_first)
    if unreadable := tuple(each for one in said for each in one.unreadable):
        raise SettingsError(unreadable)  # what is missing for that reason is no mistake of its own
    tables: dict[str, Any] = {}
    by_path: dict[names.Path, Statement] = {}
    for one in said:
        for statement in one.statements:
            _lay(tables, by_path, statement)
    mistakes = [each for one in said for each in one.mistakes]
    try:
        settings = Settings.model_validate(tables, context=tables)
    except ValidationError as error:
        details = error.errors(include_url=False)
        mistakes += [_in_words(each, by_path) for each in details]
        raise SettingsError(tuple(mistakes)) from None
    if mistakes:
        raise SettingsError(tuple(mistakes))
    return Effective(settings, by_path)


def _lay(
    tables: dict[str, Any], by_path: dict[names.Path, Statement], statement: Statement
) -> None:
    """Put a statement over what weaker sources said."""
    here = tables
    *above, last = [str(each) for each in statement.path]
    for name in above:
        below = here.get(name)
        if not isinstance(below, dict):
            below = here[name] = {}
        here = below
    if isinstance(here.get(last), dict) and statement.value == {}:
        return
    here[last] = statement.value
    length = len(statement.path)
    for path in [each for each in by_path if each[:length] == statement.path]:
        del by_path[path]
    for n in range(1, length):
        by_path.pop(statement.path[:n], None)
    by_path[statement.path] = statement


# ---------------------------------------------------------------- in words


def _in_words(error: Any, by_path: Mapping[names.Path, Statement]) -> Mistake:
    """One of pydantic's errors, for an operator."""
    loc = tuple(error["loc"])
    is_key = loc[-1:] == ("[key]",)
    path: names.Path = loc[:-1] if is_key else loc
    known = TREE.at(path)
    found = names.shown(path[-1] if is_key else names.masked(error["input"], known))
    match error["type"]:
        case "value_error":
            expected = str(error["ctx"]["error"])
        case "missing":
            found, expected = "nothing", "a value, since there is no default"
        case "extra_forbidden":
            near = names.nearest(path)
            found = "an unknown name"
            expected = near or "one of the names in `smsbridge config example`"
        case "literal_error":
            expected = str(error["ctx"]["expected"]).replace("'", '"')
        case "tuple_type":
            expected = "a list in brackets, as [" + (found if found[:1] == '"' else "") + "]"
        case _:
            found = "a text" if isinstance(error["input"], str) else found
            expected = "a table"
    source = _origin(path[:-1] if error["type"] == "missing" else path, by_path)
    return Mistake(names.dotted(path), source, found, expected)


def _origin(path: names.Path, by_path: Mapping[names.Path, Statement]) -> str:
    """Who said what stands at a path: on it, on a list around it, or on something below it."""
    for n in range(len(path), 0, -1):
        if statement := by_path.get(path[:n]):
            return statement.source
    below = (each.source for at, each in by_path.items() if at[: len(path)] == path)
    return next(below, "default")
