"""What texts may cost: how many go for one sender, to one number, and for all (T70 to T73).

A text to one number counts its segments; so does one to a gateway's list, whose members nobody
here knows.  An MMS, a call, a link and octets count one each.  Windows roll, to the minute.  A text
above a limit is *held*: it goes by itself as the windows free, the oldest first, unless its time is
up before.  What an operator lets go is not counted.

Later texts of the same window wait behind one that is held: what a phone hears last is so.

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
    """The limits of a sender: its own, of its `[[senders]]`, in place of those of `[limits]`.

    A user without addresses may write any: the entry of one that nobody proved may only lower them.
    """
    rule = rule_for(policy, session, reverse_path)
    if rule is None:
        return policy.limits
    said = {
        "per_hour": rule.texts_per_hour,
        "per_day": rule.texts_per_day,
        "per_number": rule.texts_per_number,
    }
    own = {name: n for name, n in said.items() if n is not None}
    if "@" in rule.match and session.user and not policy.users.get(session.user):
        own = {name: _lower(n, getattr(policy.limits, name)) for name, n in own.items()}
    return replace(policy.limits, **own)


def _lower(*limits: int) -> int:
    return min([each for each in limits if each], default=0)


# ---------------------------------------------------------------- what went


Went: TypeAlias = tuple[tuple[float, float], ...]
"""What went lately, the oldest first: ends of minutes, and how many segments went in each."""


class Spent(NamedTuple):
    """What went lately: for one sender, for it to one number, or for all.

    `above` is what went above a limit, since it was urgent.  Until `told_until` it is no news that
    more is held, by a window of `told_for` seconds or fewer.  `waits`: texts may wait for it, and
    others behind them.  Of a sender, and of all, `look_at` is when the next of them may go.
    """

    went: Went = ()
    above: Went = ()
    told_until: float = 0.0
    told_for: float = 0.0
    waits: bool = False
    look_at: float | None = None

    def is_news(self, seconds: float, now: float) -> bool:
        """Whether it is to be told that a window of so many seconds is full."""
        return now >= self.told_until or seconds > self.told_for

    def told(self, seconds: float, now: float) -> Spent:
        """The same, once that was told: once for as long as the window is, an hour at least."""
        return self._replace(told_until=now + max(seconds, HOUR), told_for=seconds)

    def looked_at(self, at: float) -> Spent:
        """The same, to be looked at then, or before."""
        return self._replace(look_at=at if self.look_at is None else min(at, self.look_at))


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
    spent: Spent
    words: str = ""

    def free_at(self, segments: int, now: float) -> float:
        """When there is room for so many more: now, or once enough is long ago."""
        since = now - self.seconds
        used = sum([each for at, each in self.spent.went if at > since])
        found = now
        for at, each in self.spent.went:
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
        yield _Window("sender", limits.per_hour, HOUR, account.sender, _HOURLY)
    if limits.per_day:
        yield _Window("sender", limits.per_day, DAY, account.sender, _DAILY)
    if limits.per_number:
        yield _Window("number", limits.per_number, MOMENT, account.number, _NUMBER)
    if limits.per_day_all:
        yield _Window("everybody", limits.per_day_all, DAY, account.everybody, _ALL)


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
    in_turn: bool = False,
) -> Counted:
    """Whether a text of so many segments goes to a number; what is remembered of it.

    What is urgent waits behind nothing, nor does the one whose turn it is (`in_turn`).
    """
    windows = list(_windows(limits, account))
    full = [each for each in windows if each.free_at(segments, now) > now]
    behind = [] if urgent or in_turn else [each for each in windows if each.spent.waits]
    if not full and not behind:
        return Counted(_spent(limits, account, segments, now))
    last = max(full or behind, key=lambda each: each.free_at(segments, now))
    goes_at = last.free_at(segments, now) if full else max(now, account.sender.look_at or now)
    if urgent and limits.urgent_per_hour:
        allowances = list(_allowances(limits, account, full))
        passes_at = max(each.free_at(segments, now) for each in allowances)
        if passes_at <= now:
            return Counted(
                _spent(limits, _passed(account, allowances, segments, now), segments, now)
            )
        goes_at = min(goes_at, passes_at)
    return _held(account, last, goes_at, now)


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


def _allowances(limits: Limits, account: Account, full: Sequence[_Window]) -> Iterator[_Window]:
    """What of urgent texts may go above what is full: for their sender, for all, or for both."""
    if any(each.whose == "everybody" for each in full):
        yield _Window("everybody", limits.urgent_per_hour, HOUR, Spent(account.everybody.above))
    if any(each.whose != "everybody" for each in full):
        yield _Window("sender", limits.urgent_per_hour, HOUR, Spent(account.sender.above))


def _passed(account: Account, allowances: Sequence[_Window], segments: int, now: float) -> Account:
    """The account once an urgent text passed what is full."""
    for whose in [each.whose for each in allowances]:
        spent: Spent = getattr(account, whose)
        passed = spent._replace(above=_more(spent.above, segments, now))
        account = account._replace(**{whose: passed})
    return account


def _held(account: Account, full: _Window, goes_at: float, now: float) -> Counted:
    """A text that is held, by a window that is full, or where another one waits."""
    whose, seconds = full.whose, full.seconds
    account = account._replace(**{whose: full.spent._replace(waits=True)})
    everybody, sender = account.everybody, account.sender
    tells = alarms = sender.is_news(seconds, now)
    if whose == "everybody":
        alarms = everybody.is_news(seconds, now)
        tells = tells or alarms
        everybody = everybody.told(seconds, now) if alarms else everybody
        everybody, sender = everybody.looked_at(goes_at), sender.looked_at(now)
    else:
        sender = sender.looked_at(goes_at)
    if tells:
        sender = sender.told(seconds, now)
    ruling = Ruling(Evidence.LIMITED.after, LIMIT, full.words.format(full.most), goes_at=goes_at)
    return Counted(Account(everybody, sender, account.number), ruling, whose, tells, alarms)
