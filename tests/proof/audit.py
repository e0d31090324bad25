"""The ledger against the promises: what was acknowledged, what became of it, and what must be 0."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.cli.playground import OWNER
from bridge.core.outcomes import State
from bridge.sandbox.inbox import Mailed
from tests.proof.clients import Letter
from tests.proof.ledger import Ledger
from tests.proof.stands import Stand

SENT = {State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE}
FAILED = {State.HELD, State.REJECTED, State.UNDELIVERABLE}
ENDED = SENT | FAILED
"""How a text may end here: nothing expires, is folded or dropped (P2)."""

_SHOWN = re.compile(r"\b0(\d{4}) (\d{6})\b")
_FINAL = re.compile(r"^Final-Recipient: rfc822; (\d+)@", re.MULTILINE | re.IGNORECASE)


@dataclass
class Figures:
    """What is counted, line by line, and what must not be: `broken` names those who know why."""

    counted: Counter[str] = field(default_factory=Counter)
    broken: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def lines(self) -> Iterator[tuple[str, int]]:
        """The table's lines."""
        for name in (*COUNTED, *sorted(self.counted.keys() - set(COUNTED))):
            yield name, self.counted[name]
        for name in (*PROMISES, *sorted(self.broken.keys() - set(PROMISES))):
            yield name, len(self.broken.get(name, ()))

    def __iadd__(self, other: Figures) -> Figures:
        self.counted += other.counted
        for name, who in other.broken.items():
            self.broken[name] += who
        return self

    @property
    def kept(self) -> bool:
        """Whether every promise was."""
        return not any(self.broken.values())

    def __str__(self) -> str:
        return "\n".join(f"{name:<58}{count:>8}" for name, count in self.lines())


LOST = "lost"
DOUBLED = "doubled outside in doubt"
OVER = "resent against the policy, or more than once"
COPIED = "mails stored twice"
UNSETTLED = "neither sent nor told of at the end"
UNTOLD = "failures of which the sender did not hear"
RETOLD = "failures told in two mails"
UNMAILED = "texts of phones answered 200 without their one mail"
CHANGED = "mails that came again and were not the same"
PROMISES = (LOST, DOUBLED, OVER, COPIED, UNSETTLED, UNTOLD, RETOLD, UNMAILED, CHANGED)
"""What must be 0."""

ACKNOWLEDGED = "recipients acknowledged"
UNACKNOWLEDGED = "never acknowledged, and sent all the same"
DOUBTED = "in doubt"
SETTLED = "  settled by the network's report, or a late answer"
RESENT = "  sent once more"
HELD = "  held, and the sender told"
NEVER = "    of these the gateway never had"
TWICE = "  of all these the phone got twice"
RESENDS = "  resends in all"
ANSWERS = "texts of phones answered 200"
AGAIN = "mails that came again, the same to the octet"
COUNTED = (
    ACKNOWLEDGED,
    UNACKNOWLEDGED,
    DOUBTED,
    SETTLED,
    RESENT,
    HELD,
    NEVER,
    RESENDS,
    TWICE,
    ANSWERS,
    AGAIN,
)


def audit(
    ledger: Ledger,
    stored: Mapping[str, Sequence[Stand]],
    acknowledged: Iterable[Letter],
    abandoned: Iterable[Letter] = (),
) -> Figures:
    """All figures; those who broke a promise are in `Figures.broken`."""
    figures = Figures()
    taken = Counter((each.to, each.text) for each in ledger.taken)
    told, failures = _told(ledger.mails), _failures(ledger.mails)
    for letter in acknowledged:
        for number in letter.numbers:
            figures.counted[ACKNOWLEDGED] += 1
            found = stored.get(number, ())
            if len(failures[number]) > 1 + any(stand.doubted for stand in found):
                figures.broken[RETOLD].append(number)
            _kept(figures, letter, number, found, taken=taken)
            for stand in found:
                _sent(figures, letter, stand, taken[number, stand.text])
                _heard(figures, letter, stand, told)
    for letter in abandoned:
        for number in letter.numbers:
            for stand in stored.get(number, ()):
                times = taken[number, stand.text]
                figures.counted[UNACKNOWLEDGED] += times > 0
                _sent(figures, letter, stand, times)
    _answered(figures, ledger)
    _same(figures, ledger.mails)
    return figures


def _kept(
    figures: Figures,
    letter: Letter,
    number: str,
    found: Sequence[Stand],
    *,
    taken: Mapping[tuple[str, str], int],
) -> None:
    """P1 and P2: each part of what was acknowledged is stored once, and came to an end."""
    parts = Counter(stand.part for stand in found)
    if any(n not in parts for n in range(1, letter.parts + 1)):
        figures.broken[LOST].append(number)
    if any(count > 1 for count in parts.values()):
        figures.broken[COPIED].append(number)
    for stand in found:
        if stand.state not in ENDED:
            figures.broken[UNSETTLED].append(f"{number} {stand.state}")
        if stand.state in SENT and not taken[number, stand.text]:
            figures.broken[LOST].append(number)


def _sent(figures: Figures, letter: Letter, stand: Stand, times: int) -> None:
    """P3 and P4: once, but for a doubt; and then once more at most, if its profile says so."""
    counted = figures.counted
    if times > 1 + stand.resends or (times > 1 and not stand.doubted):
        figures.broken[DOUBLED].append(f"{stand.number}: {times} times, {stand}")
    if stand.resends > (letter.sender != OWNER):
        figures.broken[OVER].append(stand.number)
    if not stand.doubted:
        return
    counted[DOUBTED] += 1
    if stand.state is State.HELD:
        counted[HELD] += 1
        counted[NEVER] += times == 0
    elif stand.resends:
        counted[RESENT] += 1
    else:
        counted[SETTLED] += 1
    counted[RESENDS] += stand.resends
    counted[TWICE] += times > 1


def _heard(figures: Figures, letter: Letter, stand: Stand, told: Mapping[str, set[str]]) -> None:
    """P2: what was held or could not be delivered was told to its sender."""
    if stand.state in FAILED and stand.number not in told[letter.sender]:
        figures.broken[UNTOLD].append(f"{stand.number} {stand.state}")


def _told(mails: Iterable[Mailed]) -> Mapping[str, set[str]]:
    """The numbers of which each mailbox was told."""
    found: dict[str, set[str]] = defaultdict(set)
    for mail in mails:
        if "X-SMS-Message-Id" in mail.message:
            continue
        numbers = {f"44{a}{b}" for a, b in _SHOWN.findall(mail.text)}
        numbers |= set(_FINAL.findall(mail.raw.decode("utf-8", "replace")))
        for reader in mail.forward_paths:
            found[reader] |= numbers
    return found


def _failures(mails: Iterable[Mailed]) -> Mapping[str, set[str]]:
    """The reports that tell of a failure to each number, by their Message-IDs."""
    found: dict[str, set[str]] = defaultdict(set)
    for mail in mails:
        for number in _FINAL.findall(mail.raw.decode("utf-8", "replace")):
            found[number].add(str(mail.message["Message-ID"]))
    return found


def _answered(figures: Figures, ledger: Ledger) -> None:
    """P8: what a phone texted, and was answered 200, is one mail."""
    mails: dict[str, set[str]] = defaultdict(set)
    for mail in ledger.mails:
        mails[str(mail.message["X-SMS-Message-Id"])].add(str(mail.message["Message-ID"]))
    taken = {each.fields["msgid"] for each in ledger.posted if each.status == 200}
    for id_ in ledger.answers:
        figures.counted[ANSWERS] += id_ in taken
        if id_ not in taken or len(mails[id_]) != 1:
            figures.broken[UNMAILED].append(f"{id_}: {len(mails[id_])} mails")


def _same(figures: Figures, mails: Iterable[Mailed]) -> None:
    """P8: a mail that comes again, since its 250 was lost, is the same to the octet."""
    first: dict[str, Mailed] = {}
    for mail in mails:
        before = first.setdefault(str(mail.message["Message-ID"]), mail)
        if before is not mail:
            figures.counted[AGAIN] += 1
            if before.raw != mail.raw:
                figures.broken[CHANGED].append(str(mail.message["Message-ID"]))
