"""The settings as they are in effect, each with its source and with secrets hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bridge.settings import names
from bridge.settings.example import written
from bridge.settings.loading import Effective
from bridge.settings.model import Settings
from bridge.settings.names import TREE


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: its value as an operator writes it, and where it was said."""

    path: names.Path
    value: Any
    source: str

    @property
    def name(self) -> str:
        """Its dotted name."""
        return names.dotted(self.path)


def rows(effective: Effective) -> tuple[Row, ...]:
    """Every setting, in the model's order; those that nobody said with their defaults."""
    found = {path: Row(path, value, "default") for path, value in _defaults(Settings)}
    for path, each in effective.statements.items():
        found[path] = Row(path, names.masked(each.value, TREE.at(path)), each.source)
    order = list(Settings.model_fields)
    return tuple(sorted(found.values(), key=lambda row: order.index(str(row.path[0]))))


def as_toml(found: Iterable[Row]) -> str:
    """The rows as a settings file, each line with its source."""
    tables: dict[str, list[str]] = {"": []}
    for row in found:
        line = f"{names.dotted(row.path[-1:])} = {written(row.value)}  # {row.source}"
        tables.setdefault(names.dotted(row.path[:-1]), []).append(line)
    blocks = [
        "\n".join([f"[{table}]", *lines] if table else lines)
        for table, lines in tables.items()
        if lines
    ]
    return "\n\n".join(blocks) + "\n"


def _defaults(model: type[BaseModel], above: names.Path = ()) -> Iterator[tuple[names.Path, Any]]:
    """The defaults of all fixed names, as an operator writes them."""
    for name, field in model.model_fields.items():
        below = field.annotation
        if isinstance(below, type) and issubclass(below, BaseModel):
            yield from _defaults(below, (*above, name))
        elif above:
            yield (*above, name), field.default
