"""The spool's verbs: each is one transaction at a desk, and a function of a module beside this."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from bridge.core.about import About
from bridge.core.commands import Command
from bridge.core.consent import Optout, OptoutChange, OptoutEffect
from bridge.core.costs import Cost
from bridge.core.events import Event, LowBalance
from bridge.core.leases import EventLease, NoticeVerdict, SubmissionLease, Verdict
from bridge.core.model import Facts, Part
from bridge.core.promises import Callback, Mail
from bridge.spool import (
    accepting,
    commands,
    costs,
    credit,
    gathering,
    knowing,
    lanes,
    leaping,
    line,
    optouts,
    orders,
    queueing,
    reminding,
    settling,
    sweeping,
    tails,
    telling,
)
from bridge.spool.beginning import Fenced
from bridge.spool.browse import browse
from bridge.spool.contract import Hand, LaneName, LimitsOf
from bridge.spool.db import Db, Work
from bridge.spool.desk import LANES, Desk
from bridge.spool.dispatching import Dispatcher
from bridge.spool.freeing import Freer
from bridge.spool.memory import Memory
from bridge.spool.queueing import Holder
from bridge.spool.timekeeping import Timekeeper
from bridge.spool.views import Commanded, Lane, Record, Tail


class Store:
    """`contract.Spool` at a desk, of whatever kind."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._time = Timekeeper(desk)
        self._freer = Freer(desk, self._time.along)
        self._memory = Memory(desk)
        self._dispatcher = Dispatcher(desk, self._time)

    def now(self) -> float:
        """See `Spool.now`."""
        return self._desk.now()

    async def keep_time(self) -> float:
        """See `Spool.keep_time`."""
        return await self._time.keep()

    async def _kept(self, work: Work[None], touched: Sequence[LaneName] = ()) -> bool:
        """Write under a lease; False if it is another's by now."""
        try:
            await self._desk.write(work, touched)
        except Fenced:
            return False
        return True

    # ------------------------------------------------------------ the road out

    async def accept(self, mail: Mail) -> str:
        """See `Spool.accept`."""
        return await self._dispatcher.accept(mail)

    def offer(self, hands: Callable[[], Hand | None]) -> None:
        """See `Spool.offer`."""
        self._dispatcher.hands = hands

    async def acknowledged(self, mails: Iterable[str] = (), events: Iterable[int] = ()) -> None:
        """See `Spool.acknowledged`; written with the next commit, in its order."""
        acked = tuple(mails), tuple(events)
        self._desk.later(lambda db: accepting.acknowledged(db, *acked))

    async def facts(self, numbers: Iterable[str], tokens: Iterable[str], sender: str = "") -> Facts:
        """See `Spool.facts`."""
        return await self._memory.facts(numbers, tokens, sender)

    async def lease_submissions(
        self,
        owner: str,
        limit: int,
        now: float,
        until: float,
        *,
        unsent: bool = False,
        host: str = "",
    ) -> Sequence[SubmissionLease]:
        """See `Spool.lease_submissions`."""
        return await self._dispatcher.lease(Holder(owner, now, until, host), limit, unsent=unsent)

    async def free(self, limits_of: LimitsOf, now: float) -> int:
        """See `Spool.free`; asked often, so it looks first."""
        return await self._freer.free(limits_of, now)

    async def recall(self, token: str, now: float) -> int:
        """See `Spool.recall`."""
        return await self._desk.write(lambda db: line.recall(db, token, now), ("submit",))

    async def begin(self, lease: SubmissionLease, host: str, now: float) -> bool:
        """See `Spool.begin`."""
        return await self._dispatcher.begin(lease, host, now)

    async def give_back(self, lease: SubmissionLease, now: float, *, after: float = 0.0) -> None:
        """See `Spool.give_back`."""
        await self._dispatcher.give_back(lease, now, after=after)

    async def settle(self, lease: SubmissionLease, verdict: Verdict, now: float) -> bool:
        """See `Spool.settle`."""
        try:
            work = self._time.along(
                lambda db, by: settling.settle(db, lease, leaping.along(verdict, by), now + by)
            )
            stirs = await self._desk.write(work)
        except Fenced:
            return await self._desk.write(
                lambda db: settling.salvage(db, lease, verdict, now), LANES
            )
        self._desk.wake(LANES if stirs else ())
        return True

    # ------------------------------------------------------------ the road back

    async def receive(self, callback: Callback) -> tuple[int, bool]:
        """See `Spool.receive`."""
        stirs: list[LaneName] = []

        def work(db: Db) -> tuple[int, bool]:
            received = telling.receive(self._desk.roomy(db), callback)
            stirs[:] = received.stirs
            return received.event, received.new

        received = await self._desk.write(work, stirs)
        if callback.optout is not None:
            self._memory.forget()
        return received

    async def lease_events(
        self, owner: str, limit: int, now: float, until: float
    ) -> Sequence[EventLease]:
        """See `Spool.lease_events`."""
        found = await self._desk.write(
            self._time.at_once(
                lambda db, by: telling.lease(db, owner, limit, now=now + by, until=until + by)
            )
        )
        return found or ()

    async def keep_parts(self, lease: EventLease, parts: Sequence[Part]) -> bool:
        """See `Spool.keep_parts`."""
        return await self._kept(lambda db: telling.keep_parts(db, lease, parts))

    async def order_before(self, lease: EventLease) -> int | None:
        """See `Spool.order_before`."""
        return await self._desk.read(lambda db: orders.before(db, lease))

    async def gather(self, event: int, mailboxes: Sequence[str], now: float) -> Mapping[str, int]:
        """See `Spool.gather`."""
        return await self._desk.write(lambda db: gathering.gather(db, event, mailboxes, now))

    async def settle_event(self, lease: EventLease, verdict: NoticeVerdict, now: float) -> bool:
        """See `Spool.settle_event`."""
        work = self._time.along(
            lambda db, by: telling.settle(db, lease, leaping.notice_along(verdict, by), now + by)
        )
        return await self._kept(work, ("notify",))

    async def tell(self, event: Event, now: float) -> int:
        """See `Spool.tell`."""
        return await self._desk.write(
            lambda db: queueing.event(self._desk.roomy(db), event, now), ("notify",)
        )

    async def remind(self, now: float) -> int:
        """See `Spool.remind`; in steps, so that traffic flows between them."""
        return await reminding.remind(self._desk, now)

    async def about(self, event: Event) -> About:
        """See `Spool.about`."""
        look = self._desk.glance if knowing.is_brief(event) else self._desk.read
        return await look(lambda db: knowing.about(db, event))

    # ------------------------------------------------------------ the lanes

    async def resume(self, now: float) -> None:
        """See `Spool.resume`."""
        await self._desk.write(lambda db: lanes.resume(db, now), ("submit",))

    async def rest(self, probe_at: float) -> None:
        """See `Spool.rest`."""
        await self._desk.write(lambda db: lanes.rest(db, probe_at))

    async def lanes(self, now: float) -> tuple[Lane, ...]:
        """See `Spool.lanes`."""
        return await self._desk.read(lambda db: lanes.lanes(db, now))

    async def to_probe(self, now: float) -> str | None:
        """See `Spool.to_probe`."""
        return await self._desk.read(lambda db: lanes.to_probe(db, now))

    async def next_due(self, lane: LaneName) -> float | None:
        """See `Spool.next_due`."""
        return await self._desk.read(lambda db: lanes.next_due(db, lane))

    async def woken(self, lane: LaneName, at_most: float) -> bool:
        """See `Spool.woken`."""
        return await self._desk.woken(lane, at_most)

    # ------------------------------------------------------------ the house

    async def browse(
        self, about: str = "", *, waiting: bool = False, content: bool = False, limit: int = 1000
    ) -> Sequence[Record]:
        """See `Spool.browse`."""
        return await self._desk.read(
            lambda db: browse(db, about, waiting=waiting, content=content, limit=limit)
        )

    async def order(self, command: Command, target: str, by: str, now: float) -> int:
        """See `Spool.order`."""
        return await self._desk.write(
            lambda db: commands.order(db, command, target, by=by, now=now), LANES
        )

    async def obey(self, now: float) -> int:
        """See `Spool.obey`; asked often, so it looks first; in steps, and traffic flows."""
        work = self._time.in_time(lambda db, late: commands.step(db, now + late))
        return await commands.obey(self._desk, work)

    async def commanded(self, command: int) -> Commanded:
        """See `Spool.commanded`."""
        return await self._desk.read(lambda db: commands.commanded(db, command))

    async def sweep(self, now: float, *, bodies_before: float, history_before: float) -> int:
        """See `Spool.sweep`; in steps, so that traffic flows between them."""
        return await sweeping.sweep(self._desk, sweeping.Terms(now, bodies_before, history_before))

    async def optout(self, change: OptoutChange, by: str = "") -> OptoutEffect:
        """See `Spool.optout`."""
        effect = await self._desk.write(lambda db: optouts.ordered(db, change, by), ("notify",))
        self._memory.forget()
        return effect

    async def optouts(self) -> Sequence[tuple[str, Optout]]:
        """See `Spool.optouts`."""
        return await self._desk.read(optouts.listed)

    async def tails(self, sender: str = "") -> Sequence[Tail]:
        """See `Spool.tails`."""
        return await self._desk.read(lambda db: tails.tails(db, sender))

    async def forget_tails(self, sender: str = "") -> int:
        """See `Spool.forget_tails`."""
        return await self._desk.write(lambda db: tails.forget(db, sender))

    async def weigh(self, balance: float, low: float, now: float) -> LowBalance | None:
        """See `Spool.weigh`."""
        return await self._desk.write(lambda db: credit.weigh(db, balance, low, now), ("notify",))

    async def days_left(self, balance: float, now: float) -> float | None:
        """See `Spool.days_left`."""
        return await self._desk.read(lambda db: credit.days_left(db, balance, now))

    async def costs(self, since: float, until: float, about: str = "") -> Sequence[Cost]:
        """See `Spool.costs`."""
        return await self._desk.read(lambda db: costs.costs(db, since, until, about))

    async def room(self) -> None:
        """See `Spool.room`."""
        await asyncio.to_thread(self._desk.need_room)

    async def alive(self) -> None:
        """See `Spool.alive`."""
        await self._desk.write(lambda db: None)

    async def close(self) -> None:
        """See `Spool.close`."""
        await self._desk.close()
