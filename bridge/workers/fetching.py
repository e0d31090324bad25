"""The files of a multimedia message: fetched from the gateway, each kept beside its event.

What they are called and what they are is a stranger's word: a name is only ever a value in the
body of a request, and everything about a file has its bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeAlias

from bridge.clients.asking import ask
from bridge.clients.contract import PART_CAP, Uplink
from bridge.core.events import MmsReceived
from bridge.core.files import told_apart
from bridge.core.judge import MMS_WAIT
from bridge.core.leases import EventLease, turned
from bridge.core.model import Part
from bridge.core.outcomes import Blocked, Deferred, InDoubt, Refused
from bridge.gateways.contract import TOO_LARGE, Gateway, Request, Response
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


def _wanted(event: MmsReceived) -> tuple[str, ...]:
    """The names under which files are kept: those of the first, all told apart."""
    return told_apart(event.files)[:MOST_PARTS]


def _files(kept: Mapping[str, Part]) -> tuple[Part, ...]:
    """The files among what is kept; one without an octet says that it never came."""
    return tuple(part for part in kept.values() if part.body)


def _disbelieved(said: Refused, age: float) -> bool:
    return said.token != TOO_LARGE and age < BELIEVED_AFTER


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

        Each is kept as it comes, so nothing is fetched twice.  When nothing is to come any more,
        what did not come is written down as well: each try to mail it says the same, under one
        Message-ID.  Raises `LeaseLost`.
        """
        async with self._free:
            begun = self._clock()
            kept, lacking = await self._round(lease, event, begun)
            if lacking and begun - lease.first_at < MMS_WAIT:
                return _files(kept), lacking
            given_up = [each for each in _wanted(event) if each not in kept]
            await self._keep(lease, *(Part(each, "", b"") for each in given_up))
            return _files(kept), ""

    async def _round(
        self, lease: EventLease, event: MmsReceived, begun: float
    ) -> tuple[Mapping[str, Part], str]:
        """One look at each file that is not here; what is known of the files, and what lacks.

        A file that the gateway cannot give now costs no other; one that is silent, or refuses the
        account, ends the round, and the next one begins with another file.
        """
        kept = {part.name: part for part in lease.parts}
        lacking = ""
        for index, name in turned(lease, tuple(enumerate(_wanted(event), 1))):
            room = MOST_OCTETS - sum(len(part.body) for part in kept.values())
            if name in kept or room <= 0:
                continue
            if self._clock() - begun > ROUND_TIME:
                return kept, f"file {index}: the files come slowly"
            got = await self._file(
                event, index, cap=min(room, PART_CAP), age=begun - lease.first_at
            )
            if isinstance(got, bytes):
                kept[name] = Part(name, "", got)
                await self._keep(lease, kept[name])
            elif isinstance(got, InDoubt | Blocked):
                return kept, f"file {index}: {got.reason}"
            elif isinstance(got, Deferred) or _disbelieved(got, begun - lease.first_at):
                lacking = f"file {index}: {got.reason}"
        return kept, lacking

    async def _keep(self, lease: EventLease, *parts: Part) -> None:
        if parts and not await self._spool.keep_parts(lease, parts):
            raise LeaseLost

    async def _file(self, event: MmsReceived, index: int, *, cap: int, age: float) -> _Fetched:
        """One file by its name; by its index where that brings none, or names more than one."""
        name = event.files[index - 1]
        last = age >= MMS_WAIT and name.lower().endswith(WORDS)
        by_name: _Fetched | None = None
        if name and event.files.count(name) == 1:
            request = self._gateway.part_request(event.message_id, name)
            by_name = await self._ask(request, cap=cap, last=last)
            if not isinstance(by_name, Refused | Deferred) or by_name.token == TOO_LARGE:
                return by_name
        request = self._gateway.part_request(event.message_id, str(index))
        by_index = await self._ask(request, cap=cap, last=last)
        unknown = isinstance(by_index, Refused) and by_index.token != TOO_LARGE
        # a name of which it says anything else names a file
        return by_name if isinstance(by_name, Deferred) and unknown else by_index

    async def _ask(self, request: Request, *, cap: int, last: bool) -> _Fetched:
        """What the hosts say; `InDoubt` is that none says anything: asking twice costs nothing."""

        def read(response: Response) -> bytes | Refused | Deferred | Blocked:
            found = self._gateway.part(response, last=last)
            return Deferred(found.token, found.reason) if isinstance(found, InDoubt) else found

        said = await ask(self._uplink, request, read, cap=cap, seconds=PART_TIME, of_one=True)
        *_, got = said.values()
        return got
