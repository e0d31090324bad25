"""What a mail's sender is told of its texts, and when: each destination once, whatever its parts.

Failures are told at once, those within some seconds together; successes that were asked for are
summarised.  The spool keeps which state of each delivery its sender was told of, and asks here
what is news when the mail that tells it is about to be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeAlias

from bridge.core.events import Ending, Summary, Undelivered
from bridge.core.model import Destination, ListName
from bridge.core.outcomes import LIVE, State

TOGETHER: Final = 5.0
"""Seconds for which a failure waits for others of its mail."""

SUMMARY_AFTER: Final = 900.0
"""Seconds after the first success within which its sender hears of it."""

RELAYED_AFTER: Final = 72 * 3600.0
"""Seconds without a report after which a text that was taken is told to be relayed."""

FAILED: Final = frozenset(
    {State.REJECTED, State.EXPIRED, State.HELD, State.UNDELIVERABLE, State.NET_EXPIRED}
)
"""States that are told to who asked for failures; HELD is held in doubt here, without a term."""

_NEVER_WENT: Final = frozenset({State.REJECTED, State.EXPIRED, State.HELD})

MAY_CHANGE: Final = frozenset({"", State.QUEUED, State.HELD, State.SUBMITTED, State.FOLDED})
"""What was told and may turn out otherwise; QUEUED: a failure was told, and it is tried again."""

_DOUBTED: Final = frozenset({State.HELD, State.QUEUED})
"""Who was told so hears how it went, whatever was asked: the bad news was not the last."""

_ENHANCED: Final[Mapping[State, str]] = {
    State.EXPIRED: "4.4.7",
    State.NET_EXPIRED: "4.4.7",
    State.HELD: "4.4.1",
    State.DELIVERED: "2.0.0",
    State.SUBMITTED: "2.0.0",
    State.FOLDED: "2.0.0",
}
"""RFC 3463's status where nobody said it."""

RELAYED: Final = "the gateway took it; no report of its delivery came within 72 hours"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one delivery of a mail stands, and what its sender was told of it ("" for nothing).

    `wanted`: success is to be told.  `waits`: an operator, or a limit, holds it for a time.
    `counts`: it is a summary of folded texts, which is no text of the mail's own.  `is_member`: it
    is what a member of a gateway's list got.
    """

    id: int
    submission: str
    destination: Destination
    state: State
    since: float
    told: str = ""
    token: str = ""
    reason: str = ""
    enhanced: str = ""
    part: int = 1
    parts: int = 1
    wanted: bool = False
    waits: bool = False
    counts: bool = False
    is_member: bool = False

    @property
    def failed(self) -> bool:
        """Whether it ended in a way that is told as a failure."""
        return self.state in FAILED and not self.waits


class Owed(Enum):
    """What a delivery's new state owes to the sender of its mail."""

    NOTHING = "nothing"
    FAILURE = "failure"
    SUCCESS = "success"


def owed(stands: Standing) -> Owed:
    """What is to be told now that a delivery stands so, if its sender was not told already."""
    if not _is_news(stands.told, stands.state):
        return Owed.NOTHING
    if stands.failed:
        return Owed.FAILURE
    good = stands.state in (State.DELIVERED, State.FOLDED) and not stands.counts
    return Owed.SUCCESS if good and hears_success(stands) else Owed.NOTHING


def is_lost(state: State) -> bool:
    """Whether a part that stands so failed for good, and its text with it; a doubt may pass."""
    return state in FAILED and state is not State.HELD


def again(told: str) -> str:
    """What counts as told once a delivery is tried again by an operator's will."""
    return State.QUEUED if told else ""


def _is_news(told: str, state: State) -> bool:
    """Whether a state is worth telling after what was told; states only move forward."""
    return told in MAY_CHANGE and told != state


def hears_success(stands: Standing) -> bool:
    """Whether a delivery's sender is to hear how it went even if it went well."""
    return stands.wanted or stands.told in _DOUBTED


# ---------------------------------------------------------------- one destination


_Parts: TypeAlias = Sequence[Standing]


def _destinations(standings: Iterable[Standing]) -> list[_Parts]:
    """What there is of each text to each destination, in the order of its deliveries.

    A number may get the mail's own text, a summary of folded ones, and what a list brings it.
    """
    found: dict[tuple[Destination, bool, bool], list[Standing]] = {}
    for each in standings:
        text = (each.destination, each.counts, each.is_member)
        found.setdefault(text, []).append(each)
    return list(found.values())


def _ending(parts: _Parts, now: float) -> Ending | None:
    """How a text ended for a destination; None while nobody knows.

    It failed with the first part that did, and was delivered once all parts were.  Of a summary of
    folded texts only a failure is told.
    """
    if failed := next((each for each in parts if each.failed), None):
        return _as_ending(failed, failed.reason + _which(failed))
    if parts[0].counts or len({each.part for each in parts}) < parts[0].parts:
        return None  # of a member of a list maybe only some parts were heard of
    states = {each.state for each in parts}
    if states in ({State.DELIVERED}, {State.FOLDED}):
        return _as_ending(parts[-1], parts[-1].reason)
    if states <= {State.DELIVERED, State.SUBMITTED}:
        waited = [each for each in parts if each.state is State.SUBMITTED]
        if all(now - each.since >= RELAYED_AFTER for each in waited):
            return _as_ending(waited[0], RELAYED)
    return None


def _which(failed: Standing) -> str:
    """Which part of a text in several failed."""
    if failed.parts == 1:
        return ""
    which = f"; this was part {failed.part} of {failed.parts}"
    rest = failed.state in _NEVER_WENT and failed.part < failed.parts
    return f"{which}, the rest is not sent" if rest else which


def _as_ending(stands: Standing, reason: str) -> Ending:
    enhanced = stands.enhanced or _ENHANCED.get(stands.state, "5.0.0")
    doubted = stands.told in _DOUBTED
    return Ending(stands.destination, stands.state, stands.token, reason, enhanced, doubted=doubted)


def _told(parts: _Parts) -> str:
    """What the sender was told of a destination."""
    return next((each.told for each in parts if each.told), "")


# ---------------------------------------------------------------- what a mail tells


@dataclass(frozen=True, slots=True)
class Account:
    """What one mail is to tell (None: nothing any more), and the state now told of deliveries."""

    event: Undelivered | Summary | None
    told: Mapping[int, State]


def joined(event: Undelivered, other: Undelivered) -> Undelivered:
    """Failures of one mail as one event."""
    failures = _firsts((*event.failures, *other.failures))
    return replace(event, failures=failures, ours=event.ours or other.ours)


def _firsts(endings: Iterable[Ending]) -> tuple[Ending, ...]:
    """Each destination once, as it was told of first; twice if of two texts to it one failed."""
    found: dict[tuple[Destination, bool], Ending] = {}
    for each in endings:
        found.setdefault((each.destination, each.state in FAILED), each)
    return tuple(found.values())


def undelivered(event: Undelivered, standings: Iterable[Standing], now: float) -> Account:
    """A mail's failures that are news, with those that the event was given; first come first."""
    grouped = _destinations(standings)
    fresh = [(parts, end) for parts in grouped if (end := _failure(parts, now))]
    failures = _firsts((*event.failures, *(end for _, end in fresh)))
    if not failures:
        return Account(None, {})
    submissions = {each.submission for parts, _ in fresh for each in parts if each.failed}
    if event.failures:
        submissions.add(event.submission)
    # one command of an operator is to mean all of them
    submission = submissions.pop() if len(submissions) == 1 else event.mail
    return Account(replace(event, submission=submission, failures=failures), _marks(fresh))


def _failure(parts: _Parts, now: float) -> Ending | None:
    end = _ending(parts, now)
    failed = end is not None and end.state in FAILED and _is_news(_told(parts), end.state)
    return end if failed else None


def summary(
    mail: str, standings: Sequence[Standing], absorbed: Undelivered | None, now: float
) -> Account:
    """How a mail went, as far as it was asked: what is news, what was told, what is unknown.

    `absorbed` are failures of the mail that were to be told by themselves.
    """
    heard_of = {each.submission for each in standings if not isinstance(each.destination, ListName)}
    fresh: list[tuple[_Parts, Ending]] = []
    before: list[Ending] = []
    outstanding = 0
    for parts in _destinations(standings):
        is_list = isinstance(parts[0].destination, ListName)
        if is_list and any(each.submission in heard_of for each in parts):
            continue  # its members are told of
        told, end = _told(parts), _ending(parts, now)
        if end and _is_news(told, end.state):
            if _belongs(parts, end):
                fresh.append((parts, end))
        elif told and told != State.QUEUED:
            before.append(_as_told(parts, State(told), end))
        elif any(is_open(each) for each in parts):
            outstanding += 1
    given = absorbed.failures if absorbed else ()
    endings = _firsts((*given, *(end for _, end in fresh)))
    if not endings:
        return Account(None, {})
    earlier = _firsts((*endings, *before))[len(endings) :]
    return Account(Summary(mail, endings, earlier, outstanding, now), _marks(fresh))


def precedes(event: Undelivered, account: Account) -> bool:
    """Whether failures are to be told before a summary, since both tell of the same numbers."""
    endings = account.event.endings if isinstance(account.event, Summary) else ()
    return not {e.destination for e in event.failures}.isdisjoint(e.destination for e in endings)


def absorbs(event: Undelivered, standings: Iterable[Standing]) -> bool:
    """Whether a summary may tell a mail's failures: not those of which an operator is to hear."""
    fresh = (each.state for each in standings if each.failed and _is_news(each.told, each.state))
    return not event.ours and State.HELD not in {*fresh, *(each.state for each in event.failures)}


def _belongs(parts: _Parts, end: Ending) -> bool:
    """Whether a summary names an ending: each failure, and what was to be heard of."""
    return end.state in FAILED or any(hears_success(each) for each in parts)


def _as_told(parts: _Parts, told: State, end: Ending | None) -> Ending:
    """An ending that was told earlier, in the words of now where it still stands so."""
    if end and end.state == told:
        return end
    return _as_ending(replace(parts[-1], state=told, enhanced=""), "")


def _marks(told: Iterable[tuple[_Parts, Ending]]) -> Mapping[int, State]:
    return {each.id: end.state for parts, end in told for each in parts}


def is_open(stands: Standing) -> bool:
    """Whether a delivery whose success is to be told will have more to tell."""
    doubt_told = stands.state is State.HELD and not stands.waits
    under_way = stands.state in LIVE and not doubt_told
    unheard = stands.state is State.SUBMITTED and stands.told != State.SUBMITTED
    return (under_way or unheard) and hears_success(stands) and not stands.counts
