"""The fixed words of all mails, by language: sentences that no other room knows.

A language is a folder in `languages`: `words.jinja` has its days, months and phrases,
`reasons.jinja` what the house's own English reasons are in it, and each other file is one letter
(its first line the subject, the rest the body) or what several letters share.  To add a language is
to add its folder, and its name to the setting.  What a stranger wrote is always a value, never a
template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_DAY = re.compile(r"([1-9][0-9]?) ([A-Z][a-z]{2}) ([0-9]{4})")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
"""`2 May 2026`, as the house's own reasons have a day (`core.addressing.day`)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A letter's own words: its subject, before the thread's, and its body."""

    head: str
    body: str


class Language:
    """One language's words, read once."""

    def __init__(self, name: str) -> None:
        templates = Environment(
            loader=PackageLoader("bridge.notices", f"languages/{name}"),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701 - plain text
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        # all at once: a mail is written in the event loop, where nothing is to wait for a disk
        names = templates.list_templates(("jinja",))
        self._letters = {each: templates.get_template(each) for each in names}
        for each in self._letters.values():
            each.globals = dict(each.globals)  # of a chain of maps, each letter would make one
        self._words: Any = self._letters["words.jinja"].module
        reasons: Any = self._letters["reasons.jinja"].module
        table: Mapping[str, str] = reasons.reasons
        self._reasons = {english: own for english, own in table.items() if "*" not in english}
        self._forms = tuple(
            (re.compile(re.escape(english).replace(r"\*", "(.+?)")), own.split("*"))
            for english, own in table.items()
            if "*" in english
        )

    def letter(self, name: str, **values: object) -> Said:
        """A letter, by the name of its template; values for its first line are one line each."""
        head, _, body = self._letters[f"{name}.jinja"].render(values).partition("\n")
        return Said(head, body)

    def phrase(self, name: str, *values: object) -> str:
        """A few words, by their name in `words.jinja`."""
        return str(getattr(self._words, name)(*values))

    def reason(self, text: str) -> str:
        """A reason that the house, or a gateway's codec, gives in English; others as they are."""
        known = self._reasons.get(text)
        if known is not None:
            return known
        if (day := _DAY.fullmatch(text)) and day[2] in _MONTHS:
            month = self._words.months[_MONTHS.index(day[2])]
            return self.phrase("calendar", day[1], month, day[3])
        for form, (*own, end) in self._forms:
            if found := form.fullmatch(text):
                values = zip(own, found.groups(), strict=True)
                return "".join(words + self._after(words, value) for words, value in values) + end
        return text

    def after_colon(self, text: str) -> str:
        """A reason after a colon, where some languages begin a sentence with a capital.

        Others' words keep the letter they have.
        """
        own = self.reason(text)
        if own == text or not self._words.capital_after_colon:
            return own
        return own[:1].upper() + own[1:]

    def _after(self, words: str, text: str) -> str:
        return self.after_colon(text) if words.endswith(": ") else self.reason(text)

    def date(self, at: datetime) -> str:
        """`Fri 20 Nov 2026 13:50`; where the zone is nobody's in particular, with `UTC`."""
        day, month = self._words.days[at.weekday()], self._words.months[at.month - 1]
        return self.phrase("date", day, at.day, month, at.year, *_clock(at))

    def day(self, at: datetime) -> str:
        """`Fri 13:50`, of the week that ends now."""
        return self.phrase("near", self._words.days[at.weekday()], *_clock(at))

    def number(self, value: float) -> str:
        """A number of two decimals at most, without zeros at its end."""
        point = str(self._words.decimal)
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", point)


@cache
def language(name: str) -> Language:
    """The words of a language that is shipped."""
    return Language(name)


def _clock(at: datetime) -> tuple[str, str]:
    """The time of day, and the zone that is said after it ("" for the readers' own)."""
    return f"{at.hour:02}:{at.minute:02}", " UTC" if at.tzinfo is UTC else ""
