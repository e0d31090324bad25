"""What is wrong with the settings, all of it at once, in words for whoever has to put it right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong.

    `name` is the setting (`smtp.listen[0]`; "" where a whole source is unreadable), `source` where
    it was said: a file, `environment NAME`, `.env NAME`, `credential NAME` or `default`.  `found`
    never shows a secret; `expected` says what would be right.
    """

    name: str
    source: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.name} ({self.source})" if self.name else self.source
        return f"{where}: found {self.found}, expected {self.expected}"


class SettingsError(Exception):
    """The settings cannot be used; `mistakes` are all that were found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(each) for each in mistakes))
        self.mistakes = mistakes
