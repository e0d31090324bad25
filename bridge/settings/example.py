"""The example settings file, made from the model: every setting, its default, and why."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import tomlkit
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bridge.settings import names
from bridge.settings.model import Settings
from bridge.settings.profiles import Profile, Profiles

HEAD = """\
Settings of the bridge.  Every name is here, with its default; what is commented out with # and no
space is an example.  Sources, strongest first: the environment (BRIDGE_GATEWAY__PASSWORD=...; lists
and tables as JSON), .env in the working directory, credentials (gateway.password: systemd's, or in
credentials/ beside this file), this file.  An unknown name is a mistake.  Durations are written
"90 s", "15 min", "24 h", "30 d"; sizes "300 kB" (by 1000), "10 MiB" (by 1024).  It holds secrets:
chmod 600."""

OTHER_PROFILES = """\
Other profiles, for [[senders]] to name, say all that person and machine differ in: text, clean,
max_segments, media, in_doubt, expires."""


def example() -> str:
    """The whole file."""
    lines = [*_comment(HEAD)]
    for name, field in Settings.model_fields.items():
        lines += _top(name, field)
    return "\n".join(lines) + "\n"


def _top(name: str, field: FieldInfo) -> Iterator[str]:
    """One table, or one kind of table, of the file."""
    model = _model(field.annotation)
    if model is Profiles:
        for each, sub in Profiles.model_fields.items():
            if described := _model(sub.annotation):
                yield from _section(f"{name}.{each}", described)
        yield from ("", *_comment(OTHER_PROFILES))
    elif model is None:
        yield from ("", *_comment(field.description or ""))
        yield f"#[{name}]"
        for key, value in _shown(field).items():
            yield f"#{key} = {_lines(value)}"
    elif get_origin(field.annotation) is tuple:
        yield from _optional(f"[[{name}]]", model)
    elif get_origin(field.annotation) is dict:
        yield from _optional(f"[{name}.{_shown(field)}]", model)
    else:
        yield from _section(name, model)


def _section(name: str, model: type[BaseModel]) -> Iterator[str]:
    """A table that is always there."""
    yield from ("", *_comment(inspect.getdoc(model) or ""), f"[{name}]")
    for each, field in model.model_fields.items():
        described = field.description or Profile.model_fields[each].description or ""
        yield from _comment(described)
        yield f"{each} = {_lines(field.default)}"


def _optional(header: str, model: type[BaseModel]) -> Iterator[str]:
    """A table that an operator may add, commented out."""
    yield from ("", *_comment(inspect.getdoc(model) or ""), f"#{header}")
    for each, field in model.model_fields.items():
        if _shown(field) is not None:
            yield from _comment(field.description or "")
            yield f"#{each} = {_lines(_shown(field))}"


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model of a table, of each of several named tables, or of each of a list."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _shown(field: FieldInfo) -> Any:
    return next(iter(field.examples or ()), None)


def _comment(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        lines = textwrap.wrap(" ".join(paragraph.split()), 97, break_on_hyphens=False)
        yield from (f"# {line}" for line in lines)


def _lines(value: Any) -> str:
    """A value, a long list with one entry a line."""
    if isinstance(value, list) and len(str(value)) > 80:
        return "[\n" + "".join(f"    {written(each)},\n" for each in value) + "]"
    return written(value)


def written(value: Any) -> str:
    """A value as TOML, on one line."""
    match value:
        case list():
            return "[" + ", ".join(written(each) for each in value) + "]"
        case dict():
            pairs = (f"{names.dotted((key,))} = {written(each)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case _:
            return str(tomlkit.item(value).as_string())
