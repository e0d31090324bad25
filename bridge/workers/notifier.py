"""The worker of the road in: lease an event, write its mail, hand it to the smarthost, settle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from bridge import maillog
from bridge.clients.contract import PART_CAP, Smarthost, Uplink
from bridge.core.about import About
from bridge.core.audience import audience
from bridge.core.events import MmsReceived
from bridge.core.judge import MMS_WAIT, NOTICE_BACKOFF, backoff, judge_notice, unwritten
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import Part
from bridge.core.outcomes import Blocked, Deferred, InDoubt, Refused
from bridge.core.policy import Policy
from bridge.gateways.contract import Gateway, NotSent, Unanswered
from bridge.notices.render import render
from bridge.spool.contract import Spool
from bridge.workers.loop import LeaseLost, Loop, written

MOST_PARTS = 20
MOST_OCTETS = 15 * 1024 * 1024
LONGEST_WAIT = 300.0
"""Seconds between two tries for files, so that their mail is not much later than `MMS_WAIT`."""

TURN = 2.0
"""Seconds after which an MMS looks again whether it is its turn to be fetched."""

_Fetched: TypeAlias = bytes | Refused | Deferred | Blocked | InDoubt


class Notifier:
    """Carries events from the spool to the inboxes that are to hear of them."""

    def __init__(
        self,
        policy: Policy,
        spool: Spool,
        gateway: Gateway,
        uplink: Uplink,
        *,
        smarthost: Smarthost,
        owner: str,
        hands: int,
        lease_time: float,
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._spool = spool
        self._gateway = gateway
        self._uplink = uplink
        self._smarthost = smarthost
        self._owner = owner
        self._lease_time = lease_time
        self._clock = clock
        self._fetching = asyncio.Semaphore(max(1, hands // 2))
        self.loop: Loop[EventLease] = Loop(
            "notify",
            spool,
            hands=hands,
            lease=self._lease,
            work=self.tell,
            name=lambda lease: lease.id,
            clock=clock,
        )

    async def _lease(self, limit: int) -> Sequence[EventLease]:
        now = self._clock()
        return await self._spool.lease_events(self._owner, limit, now, now + self._lease_time)

    async def tell(self, lease: EventLease) -> None:
        """Mail one event to those who are to hear of it; settled on return."""
        recipients: tuple[str, ...] = ()
        try:
            about = await self._spool.about(lease.item, self._clock())
            readers = audience(self._policy, lease.item, about)
            recipients = tuple(each for each in readers if each not in lease.done)
            verdict = await self._mailed(lease, about, recipients)
        except LeaseLost:
            maillog.lease_lost(f"e{lease.id}")
            return
        except Exception as error:  # a mail that cannot be written must not stall the lane
            maillog.fault("notice", error, item=f"e{lease.id}")
            verdict = unwritten(self._policy, lease, recipients, self._clock())
        await self._settle(lease, verdict, len(recipients))

    async def _mailed(
        self, lease: EventLease, about: About, recipients: tuple[str, ...]
    ) -> NoticeVerdict:
        now = self._clock()
        if not recipients:
            return judge_notice(self._policy, lease, {}, now)
        if isinstance(lease.item, MmsReceived) and self._fetching.locked():
            return NoticeVerdict(Told.QUEUED, now + TURN, "other files are being fetched")
        parts, lacking = await self._parts(lease)
        if lacking and now - lease.first_at < MMS_WAIT:
            wait = min(backoff(NOTICE_BACKOFF, lease.attempts), LONGEST_WAIT)
            return NoticeVerdict(Told.QUEUED, now + wait, lacking)
        notice = render(
            lease.item,
            self._policy,
            about=about,
            parts=parts,
            key=lease.key,
            recipients=recipients,
        )
        if notice is None:
            return NoticeVerdict(Told.NOBODY, None)
        outcomes = await self._smarthost.deliver(notice)
        return judge_notice(self._policy, lease, outcomes, self._clock())

    async def _parts(self, lease: EventLease) -> tuple[tuple[Part, ...], str]:
        """The files of an MMS, and why one is still to come ("" if none is).

        Each file is kept beside the event as it comes, so nothing is fetched twice; the first that
        the gateway cannot give now ends the round, so that a gateway that hangs costs one time-out.
        Files that it refuses for good are simply missing; the mail says so.
        """
        event = lease.item
        if not isinstance(event, MmsReceived):
            return (), ""
        kept = {part.name: part for part in lease.parts}
        lacking = ""
        async with self._fetching:
            for index, name in enumerate(_distinct(event.files[:MOST_PARTS]), 1):
                if name in kept:
                    continue
                if sum(len(part.body) for part in kept.values()) >= MOST_OCTETS:
                    break
                got = await self._part(event.message_id, name, index)
                if isinstance(got, bytes):
                    kept[name] = Part(name, "", got)
                    if not await self._spool.keep_parts(lease, [kept[name]]):
                        raise LeaseLost
                elif not isinstance(got, Refused):
                    lacking = f"{name}: {got.reason}"
                    break
        return tuple(kept.values()), lacking

    async def _part(self, message_id: str, name: str, index: int) -> _Fetched:
        """One file by its name, or by its index where the gateway does not know the name."""
        got = await self._fetch(message_id, name)
        return await self._fetch(message_id, str(index)) if isinstance(got, Refused) else got

    async def _fetch(self, message_id: str, part: str) -> _Fetched:
        request = self._gateway.part_request(message_id, part)
        got: _Fetched = Deferred("NOT_SENT", "no gateway host could be reached")
        for host in self._uplink.order():
            try:
                response = await self._uplink.perform(host, request, cap=PART_CAP)
            except (NotSent, Unanswered) as error:  # asking twice for a file costs nothing
                if isinstance(error, Unanswered):
                    self._uplink.report(host, ok=False)
                got = Deferred("NO_ANSWER", str(error))
                continue
            got = self._gateway.part(response)
            if not isinstance(got, Deferred | InDoubt):
                break
        return got

    async def _settle(self, lease: EventLease, verdict: NoticeVerdict, recipients: int) -> None:
        kept = await written(
            lambda: self._spool.settle_event(lease, verdict, self._clock()),
            until=lease.until,
            clock=self._clock,
            item=f"e{lease.id}",
        )
        if not kept:
            return
        maillog.told(
            lease.id,
            kind=type(lease.item).__name__,
            state=verdict.state,
            recipients=recipients,
            reason=verdict.reason,
        )


def _distinct(names: Sequence[str]) -> list[str]:
    """The files' names, each once: of two files under one name the later goes by its index."""
    return [
        str(index) if name in names[: index - 1] else name for index, name in enumerate(names, 1)
    ]
