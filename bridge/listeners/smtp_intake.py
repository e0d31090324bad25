"""What the SMTP door answers and promises: recipients from policy, 250 after the commit.

A transaction gathers what one mail's commands said.  Its mail is composed and committed in one
task that a client which hangs up does not cancel; an internal fault is 451, never a lost mail and
never a 5xx.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bridge import maillog
from bridge.core import policy as rules
from bridge.core.events import Mail
from bridge.core.model import (
    Conversation,
    Destination,
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    Refusal,
    Session,
)
from bridge.core.policy import Policy
from bridge.listeners.smtp_wire import MailFrom, RcptTo
from bridge.spool.contract import Full, Spool

Compose: TypeAlias = Callable[[Envelope, Facts, float, Ids], Awaitable[Mail | Refusal]]

TRY_LATER = Refusal(451, "4.3.0", "the bridge cannot take this now; please try again later")
FULL = Refusal(452, "4.3.1", "the bridge's disk is full; please try again later")


@dataclass(slots=True)
class Transaction:
    """One mail as its commands say it, until DATA: the paths, and the facts that were read."""

    said: MailFrom
    paths: list[ForwardPath] = field(default_factory=list)
    destinations: set[Destination] = field(default_factory=set)
    refused: bool = False
    _optouts: dict[str, float] = field(default_factory=dict)
    _conversations: dict[str, Conversation] = field(default_factory=dict)
    _partners: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """All that was asked for the recipients so far."""
        return Facts(self._optouts, self._conversations, self._partners)

    def learn(self, facts: Facts) -> None:
        """Keep what was read for one recipient."""
        self._optouts.update(facts.optouts)
        self._conversations.update(facts.conversations)
        self._partners.update(facts.partners)

    def add(self, path: ForwardPath) -> None:
        """Take a recipient in.  A number in three spellings is one text, and the first counts."""
        fresh = tuple(each for each in path.destinations if each not in self.destinations)
        if not fresh:
            return
        self.destinations.update(fresh)
        self.paths.append(replace(path, destinations=fresh))

    def envelope(self, session: Session, content: bytes, now: float) -> Envelope:
        """The transaction as a value, with its mail."""
        said = self.said
        return Envelope(
            said.reverse_path, tuple(self.paths), content, now, session, said.ret, said.envid
        )


class Intake:
    """Answers RCPT and DATA for all sessions, and sees commits through."""

    def __init__(
        self,
        policy: Policy,
        spool: Spool,
        compose: Compose,
        *,
        clock: Callable[[], float],
        ids: Callable[[], Ids],
    ) -> None:
        self._policy = policy
        self._spool = spool
        self._compose = compose
        self._clock = clock
        self._ids = ids
        self._tasks: set[asyncio.Task[object]] = set()
        self._answered: list[str] = []

    async def recipient(self, session: Session, mail: Transaction, to: RcptTo) -> Refusal | None:
        """Take one recipient into the transaction, or say why not."""
        try:
            no = await self._admit(session, mail, to)
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp.rcpt", error)
            no = TRY_LATER
        if no is not None:
            mail.refused = True
            _log(session, no, to.address)
        return no

    async def _admit(self, session: Session, mail: Transaction, to: RcptTo) -> Refusal | None:
        policy, facts = self._policy, Facts()
        if rules.admitted(policy, session):
            numbers, tokens = rules.asks(policy, to.address)
            if numbers or tokens:
                facts = await self._spool.facts(numbers, tokens)
        path = rules.recipient(policy, facts, session, mail.said.reverse_path, address=to.address)
        if isinstance(path, Refusal):
            return path
        fresh = len(set(path.destinations) - mail.destinations)
        limit = policy.max_recipients
        if fresh > limit:
            return Refusal(550, "5.5.3", f"{to.address} has {fresh} members ({limit} at most)")
        if fresh and len(mail.destinations) + fresh > limit:
            return Refusal(452, "4.5.3", f"too many recipients ({limit} at most)")
        mail.learn(facts)
        mail.add(replace(path, notify=to.notify, orcpt=to.orcpt))
        return None

    async def take(self, session: Session, mail: Transaction, content: bytes) -> str | Refusal:
        """Compose and commit; the spool id under which the mail is now promised, or why not.

        Done in a task of its own: whoever waits here may be cancelled, the work goes on.
        """
        envelope = mail.envelope(session, content, self._clock())
        task = asyncio.create_task(self._promise(envelope, mail.facts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _promise(self, envelope: Envelope, facts: Facts) -> str | Refusal:
        session = envelope.session
        try:
            mail = await self._compose(envelope, facts, envelope.received_at, self._ids())
            if isinstance(mail, Refusal):
                _log(session, mail)
                return mail
            spool_id = await self._spool.accept(mail)
        except Full as error:
            maillog.store_full(str(error))
            return FULL
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp.data", error)
            return TRY_LATER
        maillog.accepted(
            spool_id,
            sender=mail.sender,
            peer=session.peer,
            recipients=sum(len(path.destinations) for path in envelope.forward_paths),
            segments=sum(s.segments * len(s.destinations) for s in mail.submissions),
        )
        return spool_id

    def answered(self, spool_id: str) -> None:
        """The 250 for a mail is on the wire: note it, together with those of the same moment."""
        if not self._answered:
            asyncio.get_running_loop().call_soon(self._acknowledge)
        self._answered.append(spool_id)

    def _acknowledge(self) -> None:
        task = asyncio.create_task(self._note(self._answered))
        self._answered = []
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note(self, mails: list[str]) -> None:
        try:
            await self._spool.acknowledged(mails=mails)
        except Exception as error:  # its loss is safe, and nobody waits for it
            maillog.fault("spool.acknowledged", error)

    async def finish(self, grace: float) -> None:
        """Wait for what is being committed, for at most `grace` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)


def _log(session: Session, no: Refusal, address: str = "") -> None:
    # The sentence is left out: it may name the whole number.
    local = address.rpartition("@")[0]
    maillog.refused(session.peer, reply=f"{no.code} {no.enhanced}", recipient=local)
