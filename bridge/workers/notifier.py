"""The worker of the road in: lease an event, write its mail, hand it to the smarthost, settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bridge import maillog
from bridge.clients.contract import Smarthost, Uplink
from bridge.core.about import About
from bridge.core.audience import audience
from bridge.core.events import ListOrder, MmsReceived
from bridge.core.gathering import is_report
from bridge.core.judge import MMS_WAIT, judge_notice, unwritten
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import Part
from bridge.core.policy import Policy
from bridge.gateways.contract import Gateway
from bridge.notices.render import render
from bridge.spool.contract import Spool
from bridge.workers.fetching import Fetcher, next_round
from bridge.workers.lists import Lists
from bridge.workers.loop import LeaseLost, Loop, written

TURN = 2.0
"""Seconds after which a message looks again whether it is its turn to be fetched."""

PREPARED = 60.0
"""Seconds after which what was fetched or done is mailed in a lease of its own.

A server may take ten minutes to answer, and a mail that went when its lease was over goes again.
"""


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
        self._smarthost = smarthost
        self._owner = owner
        self._lease_time = lease_time
        self._clock = clock
        self._fetcher = Fetcher(spool, gateway, uplink, hands=max(1, hands // 2), clock=clock)
        self._lists = Lists(spool, gateway, uplink, clock=clock)
        self.loop: Loop[EventLease] = Loop(
            "notify",
            spool,
            hands=hands,
            lease=self._lease,
            work=self.tell,
            names=lambda lease: (lease.id,),
            clock=clock,
        )

    async def _lease(self, limit: int) -> Sequence[EventLease]:
        now = self._clock()
        return await self._spool.lease_events(self._owner, limit, now, now + self._lease_time)

    async def tell(self, lease: EventLease) -> None:
        """Mail one event to those who are to hear of it; settled on return."""
        recipients: tuple[str, ...] = ()
        try:
            about = await self._spool.about(lease.item)
            readers = audience(self._policy, lease.item, about)
            lacking = tuple(each for each in readers if each not in lease.done)
            gathered = await self._gathered(lease, lacking)
            recipients = tuple(each for each in lacking if each not in gathered)
            verdict = await self._mailed(lease, about, recipients)
            if gathered and not verdict.reason:
                verdict = replace(verdict, reason=_told_with_others(gathered))
        except LeaseLost:
            maillog.lease_lost(f"e{lease.id}")
            return
        except Exception as error:  # a mail that cannot be written must not stall the lane
            maillog.fault("notice", error, item=f"e{lease.id}")
            verdict = unwritten(self._policy, lease, recipients, self._clock())
        await self._settle(lease, verdict, len(recipients))

    async def _gathered(self, lease: EventLease, mailboxes: tuple[str, ...]) -> Mapping[str, int]:
        """Who hears of a report with others, since it would be too many mails; in which event."""
        if not is_report(lease.item) or not mailboxes:
            return {}
        return await self._spool.gather(lease.id, mailboxes, self._clock())

    async def _mailed(
        self, lease: EventLease, about: About, recipients: tuple[str, ...]
    ) -> NoticeVerdict:
        now = self._clock()
        if not recipients:
            return judge_notice(self._policy, lease, {}, now)
        parts: tuple[Part, ...] = ()
        if isinstance(lease.item, MmsReceived):
            if self._fetcher.busy:
                return _waits(now + TURN, "other files are being fetched")
            parts, lacking = await self._fetcher.fetch(lease, lease.item)
            if lacking and now - lease.first_at < MMS_WAIT:
                return _waits(next_round(lease.first_at, now), lacking)
        elif isinstance(lease.item, ListOrder):
            done = await self._lists.carried_out(lease, lease.item)
            if isinstance(done, NoticeVerdict):
                return done
            parts = done
        if self._clock() - now > PREPARED:
            return _waits(self._clock(), "all is here, and its mail follows")
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

    async def _settle(self, lease: EventLease, verdict: NoticeVerdict, recipients: int) -> None:
        self.loop.aside()()  # the hand is free: what it leases next shares this commit
        kept = await written(
            lambda: self._spool.settle_event(lease, verdict, self._clock()),
            within=self._lease_time,
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
            took=self._clock() - lease.first_at,
        )


def _told_with_others(gathered: Mapping[str, int]) -> str:
    return "; ".join(f"told {mailbox} with others in e{id_}" for mailbox, id_ in gathered.items())


def _waits(until: float, why: str) -> NoticeVerdict:
    """The mail waits for what it tells: that is no try."""
    return NoticeVerdict(Told.QUEUED, until, why, tried=False)
