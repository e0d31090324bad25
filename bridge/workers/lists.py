"""Orders for lists: each number's change is asked of the gateway, and its result kept.

A change may be asked for twice without harm, so whatever the gateway leaves open is asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from bridge import maillog
from bridge.clients.contract import Uplink
from bridge.core.events import ListOrder
from bridge.core.judge import NOTICE_BACKOFF, backoff
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.managing import Result, undecided
from bridge.core.model import Part
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways.contract import Gateway, NotSent, Request, Unanswered
from bridge.spool.contract import Spool
from bridge.workers.loop import LeaseLost

PATIENCE = 3600.0
"""Seconds after which an order is answered, whatever is not done by then."""

ROUND_TIME = 60.0
"""Seconds after which a round ends and lets others go before the next: far less than a lease."""

Open: TypeAlias = Deferred | Blocked | InDoubt


class Lists:
    """Carries out what managers ordered, in rounds."""

    def __init__(
        self, spool: Spool, gateway: Gateway, uplink: Uplink, *, clock: Callable[[], float]
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._uplink = uplink
        self._clock = clock

    async def carried_out(
        self, lease: EventLease, order: ListOrder
    ) -> tuple[Part, ...] | NoticeVerdict:
        """The result of each number; or that the rest is for a later round.  Raises `LeaseLost`."""
        begun = self._clock()
        results = list(lease.parts)
        left_open: Open | None = None
        for number in undecided(order.numbers, lease.parts):
            if self._clock() - begun > ROUND_TIME:
                break
            found = _decided(number, await self._asked(order, number))
            if isinstance(found, Result):
                results.append(await self._kept(lease, found))
                continue
            left_open = found
            if not isinstance(found, Deferred) or found.same_host:  # what stops one stops all
                break
        return await self._ended(lease, order, results, left_open)

    async def _ended(
        self, lease: EventLease, order: ListOrder, results: list[Part], left_open: Open | None
    ) -> tuple[Part, ...] | NoticeVerdict:
        """What the round came to: all is decided, or time is up, or another round follows."""
        now, rest = self._clock(), undecided(order.numbers, results)
        if not rest:
            return tuple(results)
        if now - lease.first_at >= PATIENCE:
            reason = left_open.reason if left_open else "the gateway was too slow"
            late = [await self._kept(lease, Result(each, "late", reason)) for each in rest]
            return (*results, *late)
        if left_open is None:
            return NoticeVerdict(Told.QUEUED, now, "the rest of the list follows", tried=False)
        wait = backoff(NOTICE_BACKOFF, lease.attempts)
        due = max(now + 1, min(now + wait, lease.first_at + PATIENCE))
        return NoticeVerdict(Told.QUEUED, due, left_open.reason)

    async def _kept(self, lease: EventLease, result: Result) -> Part:
        """Write a result down beside its order, so that a restart goes on where this one was."""
        part = result.as_part()
        if not await self._spool.keep_parts(lease, [part]):
            raise LeaseLost
        maillog.list_changed(
            lease.id, number=result.number, state=result.state, reason=result.reason
        )
        return part

    async def _asked(self, order: ListOrder, number: str) -> Outcome:
        """What the first host says that has a word on it."""
        request = self._gateway.list_request(order.list_name, number, order.action)
        found: Outcome = InDoubt("NOT_SENT", "no gateway host could be reached")
        for host in self._uplink.order():
            found = await self._said(host, request)
            if not isinstance(found, Deferred | InDoubt):
                break
        return found

    async def _said(self, host: str, request: Request) -> Outcome:
        try:
            response = await self._uplink.perform(host, request)
        except NotSent as error:
            return InDoubt("NOT_SENT", str(error))
        except Unanswered as error:
            self._uplink.report(host, ok=False)
            return InDoubt("NO_ANSWER", str(error))
        found = self._gateway.list_outcome(response)
        self._uplink.report(host, ok=not isinstance(found, Deferred | InDoubt))
        return found


def _decided(number: str, outcome: Outcome) -> Result | Open:
    """The result that an outcome is, or what leaves things open."""
    match outcome:
        case Accepted():
            return Result(number, "done")
        case Refused(_, reason):
            return Result(number, "refused", reason)
        case Deferred() | Blocked() | InDoubt():
            return outcome
        case _:
            assert_never(outcome)
