"""The words of a text: a profile's form of it, and nothing that a reader would not miss."""

from __future__ import annotations

import re
from typing import NamedTuple

FIELDS = ("subject", "body", "from", "first_line")
"""What a template may name, in braces."""

_FIELD = re.compile(r"\{(" + "|".join(FIELDS) + r")\}")


class Words(NamedTuple):
    """What a text can be made of."""

    subject: str
    body: str
    author: str


def worded(form: str, words: Words) -> str:
    """The text that a profile's `text` makes of a mail; the subject where that says nothing.

    `form` is `body`, `subject`, `subject+body`, or a template with the fields {subject}, {body},
    {from} and {first_line}, which are replaced once: what they hold is no template.
    """
    subject, body, author = words
    match form:
        case "body":
            text = body
        case "subject":
            text = subject
        case "subject+body":
            text = "\n".join(filter(None, (subject, without_repeats(body, subject))))
        case _:
            said = (subject, body, author, first_line(body))
            fields = dict(zip(FIELDS, said, strict=True))
            text = _FIELD.sub(lambda match: fields[match[1]], form)
    return tidy(text) or subject


def tidy(text: str) -> str:
    """The text without blank lines and without runs of spaces: they cost and say nothing."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(filter(None, lines))


def first_line(text: str) -> str:
    """The first line that says something, "" if none does."""
    return next((line.strip() for line in text.split("\n") if line.strip()), "")


def without_repeats(body: str, subject: str) -> str:
    """The body without the lines that only repeat the subject, in whatever punctuation."""
    said = _bare(subject)
    if not said:
        return body
    return "\n".join(line for line in body.split("\n") if _bare(line) != said)


def _bare(line: str) -> str:
    return "".join(filter(str.isalnum, line.casefold()))
