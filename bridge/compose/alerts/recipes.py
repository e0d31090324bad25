"""What a machine's mail reports, in its own fields and in one line: how a recipe is read.

A recipe is data (`monitors`, `hosts`): which mails it knows, where their fields
stand, and the line it makes of them.  Patterns see a bounded subject and body, and are linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Literal

MAX_SUBJECT = 1_000  # characters that are looked at
MAX_BODY = 32_768  # characters that are looked at; ten segments hold 1530
MAX_TIMES = 20  # how often one field is looked for in one mail

_CAPITALS = ("type", "state")  # fields whose words are in capitals, however the mail has them
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Find:
    """Where fields stand: a pattern whose named groups they are.

    With `every`, all different ones that are found, joined by commas; else the first.
    """

    within: Literal["subject", "body"]
    pattern: re.Pattern[str]
    every: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of alert: how it is known, what stands where, and how it is said.

    A mail is known if it has the `mark` (in its From, subject or body) and all the fields that
    the recipe `needs`.  What an earlier of `finds` gave, a later one does not replace.  `until` is
    the last line of the body that counts.  A piece of `line` whose field is empty is left out.
    """

    name: str
    line: tuple[str, ...]
    needs: tuple[str, ...]
    finds: tuple[Find, ...]
    mark: re.Pattern[str] | None = None
    until: re.Pattern[str] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The names of what it finds."""
        return frozenset(name for each in self.finds for name in each.pattern.groupindex)


def in_subject(pattern: str) -> Find:
    """Fields that stand in the subject."""
    return Find("subject", re.compile(pattern))


def in_body(pattern: str, *, every: bool = False) -> Find:
    """Fields that stand in the body, where `^` and `$` are a line's ends."""
    return Find("body", re.compile(pattern, re.MULTILINE), every)


def label(field: str, words: str, *, every: bool = False) -> Find:
    """A field that stands in the body behind one of these words (`A|B`) and a colon."""
    return in_body(rf"^[ \t]*(?:{words})[ \t]*:[ \t]*(?P<{field}>\S.*)$", every=every)


def marked(pattern: str) -> re.Pattern[str]:
    """A mark, in any case."""
    return re.compile(pattern, re.MULTILINE | re.IGNORECASE)


def read(recipe: Recipe, subject: str, body: str, author: str) -> dict[str, str]:
    """What a template may name of a mail: `nagios` is the line, `nagios_host` a field.

    Nothing, if the recipe does not know the mail.
    """
    subject, body = subject[:MAX_SUBJECT], body[:MAX_BODY]
    if recipe.mark and not recipe.mark.search(f"{author}\n{subject}\n{body}"):
        return {}
    last = recipe.until.search(body) if recipe.until else None
    fields = _found(recipe, subject, body[: last.end()] if last else body)
    if not all(fields.get(name) for name in recipe.needs):
        return {}
    said = {f"{recipe.name}_{name}": value for name, value in fields.items()}
    return {recipe.name: _line(recipe, fields), **said}


def _found(recipe: Recipe, subject: str, body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for find in recipe.finds:
        text = subject if find.within == "subject" else body
        matches = list(islice(find.pattern.finditer(text), MAX_TIMES if find.every else 1))
        for name in find.pattern.groupindex:
            values = dict.fromkeys((match[name] or "").strip() for match in matches)
            value = ", ".join(filter(None, values))
            if value and name not in fields:
                fields[name] = value.upper() if name in _CAPITALS else value
    return fields


def _line(recipe: Recipe, fields: dict[str, str]) -> str:
    pieces = (
        _NAMED.sub(lambda match: fields[match[1]], piece)
        for piece in recipe.line
        if all(fields.get(name) for name in _NAMED.findall(piece))
    )
    return "".join(pieces).lstrip(" :/,")
