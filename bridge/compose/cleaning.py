"""What people did not write: quoted history, signatures, "Sent from my ...".

Each rule is one function from the lines of a mail to those that are left, named in `RULES`; they
run in that order.  A rule cuts at a mark that mail programs write and at nothing else: never at a
blank line, a row of dashes or a colon.  All are linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bridge.compose.lines import Line

Lines: TypeAlias = list[str]
Rule: TypeAlias = Callable[[Lines], Lines]

_OPENS = r"(?:--- )?(?:On|Am|Le|El|Il|Op|Em|W dniu|Dnia|Den|På)\b"
_WROTE = r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał|skrev)\b"
_ATTRIBUTION_OPENS = re.compile(_OPENS)
_ATTRIBUTION = re.compile(_OPENS + r".{4,400}" + _WROTE + r".{0,200}:")
_ATTRIBUTION_LINES = 4
_BLANK_LINES = 3  # at most, between an attribution and what it quotes
_ORIGINAL = re.compile(
    r"-{2,20}\s?(?:Original Message|Original Appointment|Ursprüngliche Nachricht|"
    r"Originalnachricht|Message d'origine|Message original|Mensaje original|Messaggio originale|"
    r"Oorspronkelijk bericht|Mensagem original|Wiadomość oryginalna|Ursprungligt meddelande|"
    r"Originalmeddelande)\s?-{2,20}",
    re.IGNORECASE,
)
_LABELS = (
    re.compile(r"(?:From|Von|De|Da|Van|Od|Från)\s?:", re.IGNORECASE),
    re.compile(
        r"(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado(?: el)?|Fecha|Inviato|Data|Verzonden|"
        r"Enviada(?: em)?|Wysłano|Skickat)\s?:",
        re.IGNORECASE,
    ),
    re.compile(r"(?:To|An|À|Para|A|Aan|Do|Till)\s?:", re.IGNORECASE),
    re.compile(
        r"(?:Subject|Betreff|Objet|Asunto|Oggetto|Onderwerp|Assunto|Temat|Ämne)\s?:", re.IGNORECASE
    ),
)
_LABEL_LINES = 8
_UNDERSCORES = re.compile(r"_{8,}|-{8,}")
_SENT_FROM = re.compile(
    r"(?:Sent from (?:my|Outlook|Mail for|Yahoo|Proton|AOL|Samsung)\b|Get Outlook for\b|"
    r"Sent via\b|(?:Von|Gesendet von) mein\w* .{1,60}|Envoyé de(?:puis)? mon\b|"
    r"Enviado desde (?:mi|el)\b|Inviato da(?:l mio| )|Verzonden (?:vanaf|met|van) mijn\b|"
    r"Enviado do meu\b|Wysłan[eo] z\b|Skickat från min\b)"
    r"(?!.{0,100}\b(?:is|are|was)\b).{0,100}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left of a text, and the names of the rules that took something.

    `taken` has each line as it came with the rule that took it, "" for those that stay; `closings`
    are the blocks that the text ends in, the longest first, which may be learned as tails.
    """

    text: str
    by: tuple[str, ...]
    taken: tuple[tuple[str, str], ...] = ()
    closings: tuple[str, ...] = ()


def cleaned(
    given: Sequence[Line],
    *,
    answer: bool,
    subject: str,
    without: Collection[str] = (),
    tails: Sequence[str] = (),
    learn: bool = False,
) -> Cleaned:
    """A text without what its author did not write in it.

    Only an answer holds history.  Where a rule would leave nothing, the text is "" if there is a
    subject to stand for it; else the rule is not applied.  The rules named in `without` are
    switched off; `tails` are the closing blocks learned of this author.
    """
    lines = [line.text for line in given]
    by: list[str] = []
    for name, rule, on_answers in RULES:
        if name in without or (on_answers and not answer):
            continue
        left = rule(lines)
        if left == lines:
            continue
        if not any(line.strip() for line in left):
            if subject:
                return Cleaned("", (*by, name))
            continue
        lines = left
        by.append(name)
    return Cleaned("\n".join(lines), tuple(by))


def without_history(lines: Lines) -> Lines:
    """Cut at the mark that a mail program puts above the mail that is answered.

    Such marks are "On 3 May 2026, Jo wrote:", "-----Original Message-----", and Outlook's block
    of From, Sent, To and Subject.
    """
    for at, line in enumerate(lines):
        bare = line.strip().replace("*", "")
        if _ORIGINAL.fullmatch(bare) or _is_block(lines, at):
            return _without_rule_above(lines[:at])
        end = _attribution_end(lines, at)
        if end and not _first_said(lines, end).startswith(">"):
            return lines[:at]
    return lines


def without_quotes(lines: Lines) -> Lines:
    """Drop the lines that begin with `>`, and the line above them that says whose they are.

    What is written between and below them stays: people answer there too.
    """
    kept: Lines = []
    quoting = False
    for line in lines:
        if line.startswith(">"):
            if not quoting:
                del kept[_attribution_above(kept) :]
            quoting = True
        else:
            kept.append(line)
            quoting = False
    return kept


def without_signature(lines: Lines) -> Lines:
    """Cut at a line that is exactly `-- ` or `--` (RFC 3676, 4.3); our own notices have one."""
    at = next((n for n, line in enumerate(lines) if line.rstrip() == "--"), len(lines))
    return lines[:at]


def without_sent_from(lines: Lines) -> Lines:
    """Drop "Sent from my iPhone" where it is the last that is said."""
    end = _end(lines)
    while end and _SENT_FROM.fullmatch(lines[end - 1].strip()):
        end = _end(lines, end - 1)
    return lines[:end]


RULES: tuple[tuple[str, Rule, bool], ...] = (
    ("history", without_history, True),
    ("quotes", without_quotes, True),
    ("signature", without_signature, False),
    ("sent-from", without_sent_from, False),
)
"""The rules in their order: name, function, and whether it applies to answers alone."""


def _attribution_end(lines: Lines, at: int) -> int:
    """The line after "On <date>, <somebody> wrote:" where that begins here; 0 if it does not."""
    if not _ATTRIBUTION_OPENS.match(lines[at].strip()):
        return 0
    said = ""
    for end, line in enumerate(lines[at : at + _ATTRIBUTION_LINES], at + 1):
        line = line.strip()
        if not line or len(said) + len(line) > 600 or (said and _ATTRIBUTION_OPENS.match(line)):
            return 0
        said = f"{said} {line}".strip()
        if said.endswith(":"):
            return end if _ATTRIBUTION.fullmatch(said) and _is_dated(said) else 0
    return 0


def _is_dated(line: str) -> bool:
    """Whether a line has a digit or an address, as every attribution has."""
    return any(each.isdigit() or each == "@" for each in line)


def _first_said(lines: Lines, start: int) -> str:
    """The first line from `start` on that is not blank; "" if there is none."""
    while start < len(lines) and not lines[start].strip():
        start += 1
    return lines[start] if start < len(lines) else ""


def _end(lines: Lines, end: int | None = None) -> int:
    """Where the blank lines before `end` begin; before the end of all without it."""
    end = len(lines) if end is None else end
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _is_block(lines: Lines, at: int) -> bool:
    """Whether the header lines that Outlook puts above an answered mail begin here."""
    if not _LABELS[0].match(lines[at].strip().replace("*", "")):
        return False
    near = [line.strip().replace("*", "") for line in lines[at : at + _LABEL_LINES]]
    return all(any(label.match(line) for line in near) for label in _LABELS[1:])


def _without_rule_above(lines: Lines) -> Lines:
    """Without the row of underscores that Outlook draws above its block."""
    end = _end(lines)
    return lines[: end - 1] if end and _UNDERSCORES.fullmatch(lines[end - 1].strip()) else lines


def _attribution_above(lines: Lines) -> int:
    """Where the attribution begins that ends these lines, in whatever language; else their end.

    It ends in a colon and holds a date or an address; mail programs wrap it over a few lines.
    """
    end = len(lines)
    while end and len(lines) - end < _BLANK_LINES and not lines[end - 1].strip():
        end -= 1
    if not end or not lines[end - 1].rstrip().endswith(":"):
        return len(lines)
    first = max(end - _ATTRIBUTION_LINES, 0)
    for at in range(first, end):
        if _attribution_end(lines, at) == end:
            return at
    for at in range(end - 1, first - 1, -1):
        line = lines[at].strip()
        if not line:
            break
        if _is_dated(line) and not _goes_on(line):
            return at
    return len(lines)


def _goes_on(line: str) -> bool:
    """Whether a line is the second half of an address that was wrapped."""
    return line.startswith("<") or line.count(">") > line.count("<")
