"""The files of a multimedia message: fetched from the gateway, each kept beside its event.

What they are called and what they are is a stranger's word: a name is only ever a value in the
body of a request, and everything about a file has its bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from bridge.clients.contract import PART_CAP, Uplink
from bridge.core.events import MmsReceived
from bridge.core.files import told_apart
from bridge.core.judge import MMS_WAIT
from bridge.core.leases import EventLease
from bridge.core.model import Part
from bridge.core.outcomes import Blocked, Deferred, InDoubt, Refused
from bridge.gateways.contract import TOO_LARGE, Gateway, NotSent, Request, Unanswered
from bridge.spool.contract import Spool
from bridge.workers.loop import LeaseLost

MOST_PARTS = 20
MOST_OCTETS = 15 * 1024 * 1024
PART_TIME = 30.0
"""Seconds for one answer, from the first look-up to its last octet."""

ROUND_TIME = 240.0
"""Seconds after which a round ends and another begins, well within the lease of the event."""

BELIEVED_AFTER = 300.0
"""Seconds from its callback for which the gateway is not believed that it has no such file.

It may announce a message a moment before it hands it over.
"""

SHORTEST_WAIT = 10.0
LONGEST_WAIT = 300.0
"""Seconds between two rounds; in between, the next one is when the message is twice as old."""

WORDS = (".txt", ".text")
"""Ends of the names of files that may say anything, also what the gateway says in an error."""

_Fetched: TypeAlias = bytes | Refused | Deferred | Blocked | InDoubt


def next_round(first_at: float, now: float) -> float:
    """When files that did not come are asked for again: the last time when the wait is over."""
    wait = min(max(SHORTEST_WAIT, now - first_at), LONGEST_WAIT)
    return min(now + wait, max(now + SHORTEST_WAIT, first_at + MMS_WAIT))


class Fetcher:
    """Fetches files for `hands` messages at once, so that texts never wait for pictures."""

    def __init__(
        self,
        spool: Spool,
        gateway: Gateway,
        uplink: Uplink,
        *,
        hands: int,
        clock: Callable[[], float],
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._uplink = uplink
        self._free = asyncio.Semaphore(hands)
        self._clock = clock

    @property
    def busy(self) -> bool:
        """Whether a message would have to wait for others' files."""
        return self._free.locked()

    async def fetch(self, lease: EventLease, event: MmsReceived) -> tuple[tuple[Part, ...], str]:
        """The files that are here, and why one is still to come ("" if none is).

        Each is kept as it comes, so nothing is fetched twice.  Raises `LeaseLost`.
        """
        async with self._free:
            return await self._round(lease, event)

    async def _round(self, lease: EventLease, event: MmsReceived) -> tuple[tuple[Part, ...], str]:
        """One look at each file that is not here.

        What the gateway cannot give now ends the round: one that hangs costs one time-out.
        """
        begun = self._clock()
        kept = {part.name: part for part in lease.parts}
        lacking = ""
        for index, name in enumerate(told_apart(event.files)[:MOST_PARTS], 1):
            room = MOST_OCTETS - sum(len(part.body) for part in kept.values())
            if name in kept or room <= 0:
                continue
            if self._clock() - begun > ROUND_TIME:
                return tuple(kept.values()), f"{name}: the files come slowly"
            got = await self._file(
                event, index, cap=min(room, PART_CAP), age=begun - lease.first_at
            )
            if isinstance(got, bytes):
                kept[name] = Part(name, "", got)
                if not await self._spool.keep_parts(lease, [kept[name]]):
                    raise LeaseLost
            elif not isinstance(got, Refused):
                return tuple(kept.values()), f"{name}: {got.reason}"
            elif got.token != TOO_LARGE and begun - lease.first_at < BELIEVED_AFTER:
                lacking = f"{name}: {got.reason}"
        return tuple(kept.values()), lacking

    async def _file(self, event: MmsReceived, index: int, *, cap: int, age: float) -> _Fetched:
        """One file by its name, or by its index where that names no file, or more than one."""
        name = event.files[index - 1]
        last = age >= MMS_WAIT and name.lower().endswith(WORDS)
        if name and event.files.count(name) == 1:
            request = self._gateway.part_request(event.message_id, name)
            got = await self._ask(request, cap=cap, last=last)
            if not isinstance(got, Refused) or got.token == TOO_LARGE:
                return got
        request = self._gateway.part_request(event.message_id, str(index))
        return await self._ask(request, cap=cap, last=last)

    async def _ask(self, request: Request, *, cap: int, last: bool) -> _Fetched:
        """What the first host says that has a word on it."""
        got: _Fetched = Deferred("NOT_SENT", "no gateway host could be reached")
        for host in self._uplink.order():
            try:
                async with asyncio.timeout(PART_TIME):
                    response = await self._uplink.perform(host, request, cap=cap)
            except (NotSent, Unanswered, TimeoutError) as error:  # asking twice costs nothing
                if not isinstance(error, NotSent):
                    self._uplink.report(host, ok=False)
                got = Deferred("NO_ANSWER", str(error) or "the answer took too long")
                continue
            got = self._gateway.part(response, last=last)
            if not isinstance(got, Deferred | InDoubt):
                break
        return got
