"""The names of all settings, as a tree: what may stand where, and what a wrong name meant."""

from __future__ import annotations

import difflib
import json
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from bridge.settings.kinds import Kind
from bridge.settings.model import Settings

Path: TypeAlias = tuple[str | int, ...]

HIDDEN: Final = "********"


@dataclass(frozen=True, slots=True)
class Known:
    """What may stand at one place: a value, or a table of `names` and, with `any_name`, others.

    `item` is what a list holds.
    """

    kind: Kind
    names: Mapping[str, Known] = field(default_factory=dict)
    any_name: Known | None = None
    item: Known | None = None

    def at(self, path: Path) -> Known | None:
        """What may stand further down; None where nothing may."""
        found: Known | None = self
        for step in path:
            if found is None:
                return None
            found = found.item if isinstance(step, int) else found.names.get(step, found.any_name)
        return found


def _known(annotation: Any, metadata: tuple[Any, ...] = ()) -> Known:
    kind = next((each for each in metadata if isinstance(each, Kind)), Kind())
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _known(args[0], (*metadata, *args[1:]))
    if origin in (Union, types.UnionType):
        return _known(next(each for each in args if each is not type(None)))
    if origin is dict:
        return Known(Kind("table"), any_name=_known(args[1]))
    if origin is tuple:
        return Known(Kind("list"), item=_known(args[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _table(annotation)
    return Known(kind)


def _table(model: type[BaseModel]) -> Known:
    fields = model.model_fields.items()
    names = {name: _known(each.annotation, tuple(each.metadata)) for name, each in fields}
    extra = get_type_hints(model, include_extras=True).get("__pydantic_extra__")
    others = _known(get_args(extra)[1]) if model.model_config.get("extra") == "allow" else None
    return Known(Kind("table"), names, others)


TREE: Final = _table(Settings)
"""All settings."""


def dotted(path: Path) -> str:
    """A setting's name as people write it: `smtp.listen[0]`, `users."a b".password`."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", step)
            written += ("." if written else "") + (step if bare else shown(step))
    return written


def nearest(path: Path, cutoff: float = 0.5) -> str:
    """The known name that a wrong one most likely meant; "" if none is like it.

    `cutoff` is how like it must be, from 0 to 1.
    """
    known = list(_all(TREE, path))
    alike = {*known, *(each[: len(path)] for each in known)}  # a value, or a table beside it
    likeness, found = max((_likeness(path, each), dotted(each)) for each in alike)
    return found if likeness >= cutoff else ""


def _likeness(wrong: Path, right: Path) -> float:
    """From 0 to 1; the right name in the wrong table counts nearly as much as a slip."""
    whole = difflib.SequenceMatcher(None, dotted(wrong), dotted(right)).ratio()
    last = difflib.SequenceMatcher(None, str(wrong[-1]), str(right[-1])).ratio()
    return max(whole, 0.9 * last)


def _all(known: Known, path: Path, above: Path = ()) -> Iterator[Path]:
    """The names that there are, with the operator's own where `path` goes through one."""
    step, rest = (path[0], path[1:]) if path else (None, ())
    below: dict[str | int, Known] = {}
    below.update(known.names)
    if known.any_name and isinstance(step, str) and rest:
        below.setdefault(step, known.any_name)
    if known.item and isinstance(step, int):
        below[step] = known.item
    if not below:
        yield above
    for name, each in below.items():
        yield from _all(each, rest, (*above, name))


# ---------------------------------------------------------------- what may be shown


def masked(value: object, known: Known | None) -> object:
    """A value as it may be shown; secrets are hidden, and whatever stands where nothing may."""
    if known is None:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: masked(each, known.at((key,))) for key, each in value.items()}
    if isinstance(value, list) and known.item:
        return [masked(each, known.item) for each in value]
    if known.kind.secret == "all":
        return HIDDEN if value != "" else value
    if known.kind.secret == "credentials" and isinstance(value, str):
        return _without_credentials(value)
    return value


def _without_credentials(url: str) -> str:
    """A URL, right or wrong, without what may be a password: before an @, or in a query."""
    scheme, mark, rest = url.rpartition("://")
    rest = re.sub(r"[?#].*|(?<=/callback/).*", HIDDEN, rest, flags=re.DOTALL)
    if "@" in rest:
        rest = HIDDEN + "@" + rest.rpartition("@")[2]
    elif not re.fullmatch(r"(\[[0-9A-Fa-f:.]*\]|[^:\[\]]*)(:[0-9]{1,5})?(/[^:]*)?", rest):
        rest = HIDDEN
    return (scheme if re.fullmatch(r"[a-z+]*", scheme) else HIDDEN) + mark + rest


def shown(value: object) -> str:
    """A value in a message: one line, without anything that a terminal would obey."""
    match value:
        case list() | tuple():
            return f"a list of {len(value)}"
        case Mapping():
            return "a table"
        case bool() | int() | float() | str():
            text = json.dumps(value, ensure_ascii=False)
            text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
            return text if len(text) <= 80 else text[:76] + '..."'
        case _:
            return f"a {type(value).__name__}"
