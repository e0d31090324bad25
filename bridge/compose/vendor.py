"""The form of the vendor's own e-mail service: `Name:Value` parameters in a mail to `sendsms@`.

They stand in the subject, or in the body's first lines, one or several to a line, in any case:

    Subject: To:447700900123 UserContext:42        Username: jo
                                                   Password: secret
    Call me                                        To: 447700900123, 447700900124

                                                   Call me

A value ends where its line does, or where the next name begins; a password only where a space
parts it from that name, for it may have commas and colons in it.  In the body the parameters end at
the first line that is none, and at a blank line once it is said To whom; above a
`[StartOfMessage]` all of them count.  What is left is the text; a subject that holds parameters is
not.  `To` may be repeated, of the others the first counts.

The user's name and password mean nothing here, and are blanked before anything is stored, also
where they follow a `ReplyTo:` that is no parameter.  A mail in which one may be left anywhere, in
a picture's name as in the text, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bridge.compose import blanking, leftovers
from bridge.compose.lines import Line
from bridge.compose.reading import letters, mime
from bridge.compose.reading.letters import Letter
from bridge.compose.wishes import Wishes, context, segments
from bridge.core.model import Refusal

Parameters: TypeAlias = tuple[tuple[str, str], ...]

_NAME = re.compile(rf"(?:^|(?<=[\s,;]))({'|'.join(blanking.NAMES)})\s*:", re.IGNORECASE)
_OTHER = re.compile(r"\s{0,20}[A-Za-z][\w-]{0,40}\s{0,8}:")  # a line that begins as parameters do
_START = re.compile(r"\[StartOfMessage\]", re.IGNORECASE)
_BARE = re.compile(r"[!#-'*+./0-9:=?A-Z^_`a-z{|}~-]+")  # RFC 5321, 4.1.2, and the colon of sms:
_WHOLE = re.compile(r"(?:\D*\d){7}|.*[^\W\d_]", re.DOTALL)

NOBODY = Refusal(
    550,
    "5.6.0",
    "nobody to text: say To:447700900123 in the subject or in the first line of the body",
)
_NOT_BLANKED = Refusal(
    550,
    "5.6.0",
    "this mail says Username: or Password: where it cannot be blanked; leave that out, "
    "it is not needed, or mail what is to be texted to the number's own address",
)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A mail in this form: what is left to text, what its parameters ask for, and who gets it."""

    letter: Letter
    wishes: Wishes
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Who gets a mail in this form, as it says; and the mail as it may be stored.

    `to` is empty where it names nobody: then the mail is no such form, or has a mistake.
    """

    to: tuple[str, ...]
    content: bytes = field(repr=False)


def form(content: bytes) -> Form | Refusal:
    """A mail that is read as this form, blanked, with those whom it names.

    It is refused where it cannot be read, and where something secret may be left in it.
    """
    letter = _letter(content)
    if isinstance(letter, Refusal):
        return letter
    subject = letter.subject
    found = blanking.blanked(content, letter.entity, lambda leaf: _secrets(subject, leaf))
    again = letter if found == content else _letter(found)
    if isinstance(again, Refusal):
        return again
    said, _ = _split(again.subject, again.lines)
    if blanking.secrets(said) or leftovers.are_in(found, again):
        return _NOT_BLANKED
    return Form(_to(said), found)


def read(letter: Letter) -> Ordered | Refusal:
    """A mail without its parameters, and what these ask for."""
    said, lines = _split(letter.subject, letter.lines)
    to = _to(said)
    if not to:
        return NOBODY
    first = dict(reversed(said))
    limit = segments("MaxConcat", first.get("maxconcat", ""))
    if isinstance(limit, Refusal):
        return limit
    wishes = Wishes(
        originator=first.get("from", ""),
        user_context=context(first.get("usercontext", "")),
        max_segments=limit,
    )
    subject = "" if parameters(letter.subject) else letter.subject
    return Ordered(replace(letter, subject=subject, lines=lines), wishes, to)


def parameters(line: str) -> Parameters:
    """What a line of parameters says, names in lower case; () for any other line."""
    line = line.strip()
    if not _NAME.match(line):
        return ()
    marks: list[re.Match[str]] = []
    for mark in _NAME.finditer(line):
        if not marks or not _is_of_password(line, marks[-1], mark):
            marks.append(mark)
    ends = [mark.start() for mark in marks[1:]] + [len(line)]
    return tuple(
        (mark[1].lower(), line[mark.end() : end].strip(" \t\xa0,;"))
        for mark, end in zip(marks, ends, strict=True)
    )


def _is_of_password(line: str, before: re.Match[str], mark: re.Match[str]) -> bool:
    """Whether what looks like a name is a piece of the password before it: `to:day`, `x,to:day`."""
    value = line[before.end() : mark.start()]
    return before[1].lower() == "password" and (not value.strip() or not value[-1].isspace())


# ---------------------------------------------------------------- where the parameters end


def _letter(content: bytes) -> Letter | Refusal:
    entity = mime.parse(content)
    return entity if isinstance(entity, Refusal) else letters.read(entity)


def _split(subject: str, lines: tuple[Line, ...]) -> tuple[Parameters, tuple[Line, ...]]:
    """The parameters of a mail, and the lines that are left."""
    of_subject = parameters(subject)
    of_body, left = _above_mark(lines) or _at_top(lines, {name for name, _ in of_subject})
    return of_subject + of_body, left


def _above_mark(lines: tuple[Line, ...]) -> tuple[Parameters, tuple[Line, ...]] | None:
    """The parameters above `[StartOfMessage]`, and the rest; None where there is no such mark."""
    for at, line in enumerate(lines):
        mark = _START.search(line.text)
        if mark:
            before = (*lines[:at], line._replace(text=line.text[: mark.start()]))
            said = tuple(each for one in before for each in parameters(one.text))
            left = tuple(one for one in before if not parameters(one.text))
            return said, (*left, line._replace(text=line.text[mark.start() :]), *lines[at + 1 :])
    return None


def _at_top(lines: tuple[Line, ...], given: set[str]) -> tuple[Parameters, tuple[Line, ...]]:
    """The parameters in the first lines, and the rest; `given` are the names in the subject.

    What the subject said is text here, and so is what was said here, unless in the line before;
    a user's name or password counts whenever it is said.
    """
    said: list[tuple[str, str]] = []
    here: set[str] = set()
    end, goes_on = 0, False
    for at, line in enumerate(lines):
        if not line.text.strip():
            if "to" in given | here:
                break
            goes_on = False
            continue
        found = parameters(line.text)
        names = {name for name, _ in found}
        again = names - {*blanking.SECRET}
        if not found or again & given or (again & here and not goes_on):
            break
        said += found
        here |= names
        end, goes_on = at + 1, True
    login, left = _login(lines[end:], here)
    return (*said, *login), left


def _login(lines: tuple[Line, ...], here: set[str]) -> tuple[Parameters, tuple[Line, ...]]:
    """The user's name and password below the other parameters, and the lines without them.

    Lines that begin with another name may stand between, or blank ones where half of the login
    was said `here`, above them.
    """
    said: list[tuple[str, str]] = []
    passed: list[Line] = []
    is_below = False
    for at, line in enumerate(lines):
        found = parameters(line.text)
        names = {name for name, _ in found}
        half = (here | {name for name, _ in said}) & {*blanking.SECRET}
        if found and names <= {*blanking.SECRET} and (not is_below or (half and not names & half)):
            said += found
        elif not line.text.strip():
            is_below = True
            passed.append(line)
        elif not is_below and (found or (here and _OTHER.match(line.text))):
            passed.append(line)
        else:
            return tuple(said), (*passed, *lines[at:])
    return tuple(said), tuple(passed)


def _secrets(subject: str, letter: Letter) -> int:
    """How many values in the body's parameters are still to be blanked."""
    given = {name for name, _ in parameters(subject)}
    said, _ = _above_mark(letter.lines) or _at_top(letter.lines, given)
    return blanking.secrets(said)


# ---------------------------------------------------------------- whom they name


def address(name: str, domain: str) -> str:
    """What the form names as an address, with its local part quoted where that must be."""
    if "@" in name:
        return name
    if not _BARE.fullmatch(name):
        name = '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'
    return f"{name}@{domain}"


def _to(said: Parameters) -> tuple[str, ...]:
    """Whom parameters name: numbers, names, or whole addresses, each once."""
    named = (each for name, value in said if name == "to" for each in _names(value))
    return tuple(dict.fromkeys(named))


def _names(value: str) -> Iterable[str]:
    """The numbers and names of a value, between commas, semicolons or spaces.

    A number that is written with spaces stays whole: `+44 7700 900123`.
    """
    for chunk in re.split("[,;]", value):
        words = [word.strip("<>") for word in chunk.split()]
        yield from words if all(map(_WHOLE.match, words)) else [" ".join(words)]
