"""What texts may cost: how many go for one sender, to one number, and for all (T70 to T73).

A text to one number counts its segments; so does one to a gateway's list, whose members nobody
here knows.  An MMS, a call, a link and octets count one each.  Windows roll, to the minute.  A text
above a limit is *held*: it goes by itself as the windows free, the oldest first, unless its time is
up before.  What an operator lets go is not counted.

Alerts must pass: an urgent text goes above its sender's limits, so many in an hour; and above that
of the whole bridge, so many of all senders in an hour, one of whom may be a thief.  A text that
alone is more than a limit goes when nothing else went in its window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from bridge.core.model import Session
from bridge.core.policy import Policy, rule_for
from bridge.core.promises import Limits
from bridge.core.states import Evidence
from bridge.core.storms import GOES, Ruling

MINUTE: Final = 60.0
MOMENT: Final = 10 * MINUTE
QUARTER: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LIMIT: Final = "LIMIT"
"""The token of what a limit holds."""

MANY: Final = 100
"""Lots that are remembered as they are; of more, those of long ago are put together."""


def limits_of(policy: Policy, session: Session, reverse_path: str) -> Limits:
    """The limits of a sender: its own, of its `[[senders]]`, in place of those of `[limits]`."""
    rule = rule_for(policy, session, reverse_path)
    if rule is None:
        return policy.limits
    said = {
        "per_hour": rule.texts_per_hour,
        "per_day": rule.texts_per_day,
        "per_number": rule.texts_per_number,
    }
    return replace(policy.limits, **{name: n for name, n in said.items() if n is not None})


# ---------------------------------------------------------------- what went


Went: TypeAlias = tuple[tuple[float, float], ...]
"""What went lately, the oldest first: ends of minutes, and how many segments went in each."""


class Spent(NamedTuple):
    """What went lately: for one sender, for it to one number, or for all.

    `above` is what went above a limit, since it was urgent.  Until `told_until` more that is held
    is no news.  `waits`: some of a sender's texts may be held.
    """

    went: Went = ()
    above: Went = ()
    told_until: float = 0.0
    waits: bool = False


NOTHING: Final = Spent()


def recalled(went: Went, now: float, within: float = DAY) -> Went:
    """What is known of so many seconds; of much, what is over an hour old by the quarter.

    So it counts a little longer, never shorter.  What lies ahead counts as of now: a clock that was
    wrong opens no window, and shuts none for good.
    """
    ahead = now + MINUTE
    if len(went) <= MANY and (not went or (went[0][0] + within > now and went[-1][0] <= ahead)):
        return went
    found: dict[float, float] = {}
    for at, segments in went:
        end = min(at, ahead)
        if now - end >= HOUR + QUARTER and len(went) > MANY:
            end = -(-end // QUARTER) * QUARTER
        if end + within > now:
            found[end] = found.get(end, 0) + segments
    return tuple(sorted(found.items()))


def _more(went: Went, segments: int, now: float) -> Went:
    """What went, with so many segments more."""
    end = (now // MINUTE + 1) * MINUTE
    if went and went[-1][0] >= end:
        last, already = went[-1]
        return (*went[:-1], (last, already + segments))
    return (*went, (end, segments))


# ---------------------------------------------------------------- the windows

Whose: TypeAlias = Literal["everybody", "sender", "number"]
"""Whose window it is: that of all texts, of a sender's, of a sender's to one number."""


class Account(NamedTuple):
    """What went for all, for a text's sender, and for its sender to its number."""

    everybody: Spent = NOTHING
    sender: Spent = NOTHING
    number: Spent = NOTHING


class _Window(NamedTuple):
    """A limit: so many segments in so many seconds, of what went; the words name it."""

    whose: Whose
    most: int
    seconds: float
    went: Went
    words: str = ""

    def free_at(self, segments: int, now: float) -> float:
        """When there is room for so many more: now, or once enough is long ago."""
        since = now - self.seconds
        used = sum([each for at, each in self.went if at > since])
        found = now
        for at, each in self.went:
            if not used or used + segments <= self.most:
                break
            if at > since:
                used -= each
                found = at + self.seconds
        return found


_HOURLY = "its sender's limit of {} texts an hour is reached (texts_per_hour)"
_DAILY = "its sender's limit of {} texts a day is reached (texts_per_day)"
_NUMBER = "its sender's limit of {} texts to one number in 10 minutes is reached (texts_per_number)"
_ALL = "the limit of {} texts a day for all senders is reached (texts_per_day_all)"


def _windows(limits: Limits, account: Account) -> Iterator[_Window]:
    """The windows that there are: 0 is no limit."""
    if limits.per_hour:
        yield _Window("sender", limits.per_hour, HOUR, account.sender.went, _HOURLY)
    if limits.per_day:
        yield _Window("sender", limits.per_day, DAY, account.sender.went, _DAILY)
    if limits.per_number:
        yield _Window("number", limits.per_number, MOMENT, account.number.went, _NUMBER)
    if limits.per_day_all:
        yield _Window("everybody", limits.per_day_all, DAY, account.everybody.went, _ALL)


# ---------------------------------------------------------------- what becomes of a text


@dataclass(frozen=True, slots=True)
class Counted:
    """What becomes of a text, and the account from now on; `full` is whose window holds it.

    `tells`: that it is held is news, to its sender and, if it `alarms`, to the operator.
    """

    account: Account
    ruling: Ruling = GOES
    full: Whose | None = None
    tells: bool = False
    alarms: bool = False


def counted(
    limits: Limits,
    account: Account,
    segments: int,
    now: float,
    *,
    urgent: bool = False,
    ahead: int = 0,
) -> Counted:
    """Whether a text of so many segments goes to a number; what is remembered of it.

    `ahead` is what an older one takes that waits: what is shorter does not slip past it.
    """
    wanted = segments + ahead
    full = [each for each in _windows(limits, account) if each.free_at(wanted, now) > now]
    if not full:
        return Counted(_spent(limits, account, segments, now))
    if urgent and (passed := _passed(limits, account, full, segments, now=now)):
        return Counted(_spent(limits, passed, segments, now))
    last = max(full, key=lambda each: each.free_at(wanted, now))
    return _held(account, last, last.free_at(wanted, now), now)


def _spent(limits: Limits, account: Account, segments: int, now: float) -> Account:
    """The account once a text went."""
    everybody, sender, number = account
    return Account(
        _with_more(everybody, segments, now) if limits.per_day_all else everybody,
        _with_more(sender, segments, now) if limits.per_hour or limits.per_day else sender,
        _with_more(number, segments, now) if limits.per_number else number,
    )


def _with_more(spent: Spent, segments: int, now: float) -> Spent:
    return spent._replace(went=_more(spent.went, segments, now))


def _passed(
    limits: Limits, account: Account, full: Sequence[_Window], segments: int, *, now: float
) -> Account | None:
    """The account once an urgent text passed what is full; None where too many did lately."""
    everybody, sender, number = account
    for whose in {each.whose == "everybody": each for each in full}:
        spent = everybody if whose else sender
        allowed = _Window("sender", limits.urgent_per_hour, HOUR, spent.above)
        if not allowed.most or allowed.free_at(segments, now) > now:
            return None
        spent = spent._replace(above=_more(spent.above, segments, now))
        everybody, sender = (spent, sender) if whose else (everybody, spent)
    return Account(everybody, sender, number)


def _held(account: Account, full: _Window, goes_at: float, now: float) -> Counted:
    """A text that is held.  It is told once for as long as the window is, an hour at least."""
    everybody, sender = account.everybody, account.sender._replace(waits=True)
    until = now + max(full.seconds, HOUR)
    tells = alarms = now >= sender.told_until
    if full.whose == "everybody":
        alarms = now >= everybody.told_until
        tells = tells or alarms
        if alarms:
            everybody = everybody._replace(told_until=until)
    if tells:
        sender = sender._replace(told_until=until)
    ruling = Ruling(Evidence.LIMITED.after, LIMIT, full.words.format(full.most), goes_at=goes_at)
    return Counted(Account(everybody, sender, account.number), ruling, full.whose, tells, alarms)
