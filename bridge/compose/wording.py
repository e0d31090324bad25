"""The words of a text: a profile's form of it, and nothing that a reader would not miss."""

from __future__ import annotations

import re
from typing import NamedTuple

from bridge.compose.alerts import recipes
from bridge.compose.alerts.hosts import HOSTS
from bridge.compose.alerts.monitors import MONITORS
from bridge.core.choices import BRACES, RECIPES

COOKBOOK = (*MONITORS, *HOSTS)
"""All recipes; the first that knows a mail makes its `{alert}`."""

MAX_SAID = 1_000  # characters of the subject that a line may repeat
LEAST_REPEAT = 3  # words; a shorter piece of the subject means more where it stands alone

_ROW = re.compile(r"(?=.{3})[\s=*_~#+|\u2010-\u2015\u2500-\u257f-]+")
_TITLE = re.compile(r"[=*_~#+-]{3,}\s+(\w+)\s+[=*_~#+-]{3,}")
_WORD = re.compile(r"[<>]|[-+]?\d\w*|\w+")  # 5 is not -5, and >5 is not <5


class Words(NamedTuple):
    """What a text can be made of."""

    subject: str
    body: str
    author: str


def worded(form: str, words: Words) -> str:
    """The text that a profile's `text` makes of a mail.

    `form` is `body`, `subject`, `subject+body`, or a template of `core.choices.TEMPLATE_FIELDS`.
    Where a template's fields are all empty, the text is subject and body: of an alert that no
    recipe knows, nothing is lost.  Where nothing is left, it is the subject.
    """
    match form:
        case "body":
            text = words.body
        case "subject":
            text = words.subject
        case "subject+body":
            text = _whole(words)
        case _:
            text = _filled(form, words) or _whole(words)
    return tidy(text) or words.subject or tidy(words.body)


def tidy(text: str) -> str:
    """The text without blank lines and without runs of spaces: they cost and say nothing."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(filter(None, lines))


def first_line(text: str) -> str:
    """The first line that says something, "" if none does."""
    return next((line.strip() for line in text.split("\n") if _says(line)), "")


def last_lines(text: str, count: int) -> str:
    """The last lines that say something, at most `count` of them."""
    return "\n".join([line for line in text.split("\n") if _says(line)][-count:])


# ---------------------------------------------------------------- a machine's subject and body


def _whole(words: Words) -> str:
    body = without_repeats(words.body, words.subject)
    return "\n".join(filter(None, (words.subject, body)))


def without_repeats(body: str, subject: str) -> str:
    """The body without the lines that only repeat the subject, or name the program that wrote it.

    A line repeats the subject if it has the subject's words, or a run of them, in whatever
    punctuation.  The name of a program is a title in stars (`***** Nagios *****`) that there is a
    recipe for; no other row of stars or dashes is touched.
    """
    said = _WORD.findall(subject[:MAX_SAID].casefold())
    lines = body.split("\n")
    return "\n".join([line for line in lines if not (_is_title(line) or _repeats(line, said))])


def repeated(form: str, body: str, subject: str) -> frozenset[str]:
    """The lines of a body that a form leaves off, since they repeat the subject; for `explain`."""
    if form != "subject+body":
        return frozenset()
    return frozenset(body.split("\n")) - frozenset(without_repeats(body, subject).split("\n"))


def _repeats(line: str, said: list[str]) -> bool:
    if len(line) > 2 * MAX_SAID:
        return False
    line = line.casefold()
    first = _WORD.search(line)
    if first is None or first[0] not in said:  # as of most
        return False
    found = _WORD.findall(line)
    return found == said or (
        len(found) >= LEAST_REPEAT and f" {' '.join(found)} " in f" {' '.join(said)} "
    )


def _says(line: str) -> bool:
    line = line.strip()
    return bool(line) and not _is_title(line) and _ROW.fullmatch(line) is None


def _is_title(line: str) -> bool:
    title = _TITLE.fullmatch(line.strip())
    return title is not None and title[1].lower() in RECIPES


# ---------------------------------------------------------------- templates


def _filled(form: str, words: Words) -> str:
    """A template with its fields, each replaced once; "" if all of them are empty."""
    named = {name for name in BRACES.findall(form) if name}
    fields = _fields(words, named)
    if not any(fields.get(name) for name in named):
        return ""
    return BRACES.sub(
        lambda match: match[0][0] if match[1] is None else fields.get(match[1], ""), form
    )


def _fields(words: Words, named: set[str]) -> dict[str, str]:
    """What a mail has for the fields that are `named`; those that it has not are left out."""
    subject, body, author = (each.strip() for each in words)
    fields = {
        "subject": subject,
        "body": body,
        "from": author,
        "first_line": first_line(body),
        "last_5_lines": last_lines(body, 5),
    }
    asked = {name.partition("_")[0] for name in named}
    for recipe in COOKBOOK:
        if recipe.name in asked or ("alert" in asked and "alert" not in fields):
            found = recipes.read(recipe, subject, body, author)
            fields |= found
            if found:
                fields.setdefault("alert", found[recipe.name])
    fields.setdefault("alert", _whole(words))
    return fields
