"""Orders for lists: each number's change is asked of the gateway, and its result kept.

A change may be asked for twice without harm, so whatever the gateway leaves open is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, assert_never

from bridge import maillog
from bridge.clients.asking import ask
from bridge.clients.contract import Uplink
from bridge.core.events import ListOrder
from bridge.core.judge import NOTICE_BACKOFF, backoff
from bridge.core.leases import EventLease, NoticeVerdict, Told, turned
from bridge.core.managing import ListResult, Result, undecided
from bridge.core.model import ListAction, Part
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways.contract import Gateway, Response
from bridge.spool.contract import Spool
from bridge.workers.loop import LeaseLost

PATIENCE = 3600.0
"""Seconds after which an order is answered, whatever is not done by then."""

ROUND_TIME = 60.0
"""Seconds after which a round ends and lets others go before the next: far less than a lease."""

TURN = 5.0
"""Seconds after which an order looks again whether it is its turn."""

STUCK = 2
"""Numbers in a row that the gateway leaves open, after which a round ends."""

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
        """The result of each number; or that the rest is for a later round.  Raises `LeaseLost`.

        Orders for one list do not overtake each other: the last word of its managers counts.
        """
        rest = undecided(order.numbers, lease.parts)
        earlier = await self._spool.order_before(lease) if rest else None
        if earlier is not None:
            why = f"the order e{earlier} for this list comes first"
            return NoticeVerdict(Told.QUEUED, self._clock() + TURN, why, tried=False)
        return await self._round(lease, order, rest)

    async def _round(
        self, lease: EventLease, order: ListOrder, rest: Sequence[str]
    ) -> tuple[Part, ...] | NoticeVerdict:
        begun = self._clock()
        results = list(lease.parts)
        left_open: Open | None = None
        stuck = 0
        for number in turned(lease, rest):
            if self._clock() - begun > ROUND_TIME:
                left_open = None
                break
            found = _decided(number, await self._asked(order, number))
            if isinstance(found, Result):
                results.append(await self._kept(lease, found))
                stuck = 0
                continue
            left_open = found
            stuck += 1
            if stuck == STUCK or not isinstance(found, Deferred) or found.same_host:
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
            late = [await self._kept(lease, Result(each, ListResult.LATE, reason)) for each in rest]
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
        """What the hosts say; `InDoubt` is that none says anything, and that stops all numbers."""

        def read(response: Response) -> Outcome:
            found = self._gateway.list_outcome(response)
            return Deferred(found.token, found.reason) if isinstance(found, InDoubt) else found

        action = ListAction(order.action)
        request = self._gateway.list_request(order.list_name, number, action)
        *_, found = (await ask(self._uplink, request, read)).values()
        return found


def _decided(number: str, outcome: Outcome) -> Result | Open:
    """The result that an outcome is, or what leaves things open."""
    match outcome:
        case Accepted():
            return Result(number, ListResult.DONE)
        case Refused(_, reason):
            return Result(number, ListResult.REFUSED, reason)
        case Deferred() | Blocked() | InDoubt():
            return outcome
        case _:
            assert_never(outcome)
