"""The words by which mail programs mark what they quote, by language.

To add a language is to add an entry in `latin` or `scripts`, and its sentences in `phrases` and
`cautions`.  The words are those that Gmail, Outlook, Apple Mail, Yahoo, Thunderbird and the webmail
of each country write, in any case; where they differ, all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bridge.compose.cleaning.language import Language
from bridge.compose.cleaning.latin import LATIN
from bridge.compose.cleaning.scripts import SCRIPTS

LANGUAGES: Mapping[str, Language] = {**LATIN, **SCRIPTS}


def any_of(phrases: Iterable[str]) -> str:
    """A pattern of whole phrases, the longest first; scripts without spaces have no word ends."""
    alike: dict[tuple[str, str], list[str]] = {}
    for phrase in sorted(set(phrases), key=lambda each: (-len(each), each)):
        words = re.escape(phrase).replace(r"\ ", r"\s+").replace("'", "['’]")
        alike.setdefault(_ends(phrase), []).append(words)
    return "|".join(
        f"{before}(?:{'|'.join(words)}){after}" for (before, after), words in alike.items()
    )


def _ends(phrase: str) -> tuple[str, str]:
    """What says that no letter stands directly before and after a phrase."""
    before = r"(?<!\w)" if phrase[0].isalnum() and phrase[0] < "\u2e80" else ""
    return before, r"(?!\w)" if phrase[-1] < "\u2e80" else ""
