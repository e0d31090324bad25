"""What the SMTP door answers and promises: recipients from policy, 250 after the commit.

A mail that came whole is composed and committed, whether or not its client hangs up; an internal
fault is 451, never a lost mail and never a 5xx.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, cast

from bridge import maillog
from bridge.core import policy as rules
from bridge.core import recipients
from bridge.core.model import Envelope, Facts, Ids, Refusal, Session
from bridge.core.policy import Policy
from bridge.listeners import smtp_relayed
from bridge.listeners.contract import Composes
from bridge.listeners.refusals import Refusals
from bridge.listeners.smtp_own import OwnMail
from bridge.listeners.smtp_recipients import Recipients
from bridge.listeners.smtp_transaction import Transaction
from bridge.listeners.smtp_wire import RcptTo
from bridge.spool.contract import Full, Spool, Unavailable

TRY_LATER = Refusal(451, "4.3.0", "the bridge cannot take this now; please try again later")
FULL = Refusal(452, "4.3.1", "the bridge's disk is full; please try again later")
ROOM_EVERY = 1.0
"""Seconds for which it is believed that the store has room, or has none."""


class Intake:
    """Answers RCPT and DATA for all sessions, and sees commits through."""

    def __init__(
        self,
        policy: Policy,
        spool: Spool,
        compose: Composes,
        *,
        clock: Callable[[], float],
        ids: Callable[[], Ids],
    ) -> None:
        self.refusals = Refusals(policy)
        self._policy = policy
        self._spool = spool
        self._compose = compose
        self._recipients = Recipients(policy, spool)
        self._own = OwnMail(
            policy, spool, compose, recipients=self._recipients, promise=self._promise
        )
        self._clock = clock
        self._ids = ids
        self._tasks: set[asyncio.Task[Any]] = set()
        self._answered: list[str] = []
        self._looked_at = -math.inf
        self._no_room: Refusal | None = None

    async def room(self) -> Refusal | None:
        """Why no mail is taken now; None if one is.

        So a client hears at MAIL what it would hear after it has sent all of its mail.  What the
        commit finds counts.
        """
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < ROOM_EVERY:
            return self._no_room
        self._looked_at = now
        try:
            await self._spool.room()
            self._no_room = None
        except Full as error:
            maillog.store_full(str(error))
            self._no_room = FULL
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp.mail", error)
            self._no_room = TRY_LATER
        return self._no_room

    async def recipient(self, session: Session, mail: Transaction, to: RcptTo) -> Refusal | None:
        """Take one recipient into the transaction, or say why not."""
        try:
            no = await self._admit(session, mail, to)
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp.rcpt", error)
            no = TRY_LATER
        if no is not None:
            mail.refused = True
            self._log(session, no, to.address)
        return no

    async def _admit(self, session: Session, mail: Transaction, to: RcptTo) -> Refusal | None:
        policy, reverse_path = self._policy, mail.said.reverse_path
        name = recipients.own_name(policy, to.address)
        if recipients.is_return(policy, reverse_path, to.address):
            return self._own.admit(session, mail, to, name)
        if rules.relayed(policy, session):
            return smtp_relayed.noted(policy, mail, to)
        no = recipients.refused(policy, session, reverse_path)
        if no is not None:
            return no
        if name is None and mail.own_name is None:
            return await self._recipients.add(session, mail, to)
        return self._own.admit(session, mail, to, name)

    async def take(self, session: Session, mail: Transaction, content: bytes) -> str | Refusal:
        """Compose and commit; the spool id under which the mail is now promised, or why not.

        Until then the task of whoever waits here `keeps` the mail, and is not to be cancelled.
        """
        task = cast(asyncio.Task[Any], asyncio.current_task())
        self._tasks.add(task)
        try:
            return await self._keep(session, mail, content)
        finally:
            self._tasks.discard(task)

    def keeps(self, task: asyncio.Task[None]) -> bool:
        """Whether a task is about to promise a mail."""
        return task in self._tasks

    async def _keep(self, session: Session, mail: Transaction, content: bytes) -> str | Refusal:
        try:
            answer = await self._answer(session, mail, content, self._clock())
        except Full as error:
            maillog.store_full(str(error))
            answer = FULL
        except Unavailable:
            answer = TRY_LATER
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp.data", error)
            answer = TRY_LATER
        if isinstance(answer, Refusal):
            self._log(session, answer)
        return answer

    async def _answer(
        self, session: Session, mail: Transaction, content: bytes, now: float
    ) -> str | Refusal:
        if mail.asked:
            known = await self._known(session, mail, content)
            if isinstance(known, Refusal):
                return known
            session = known
        if mail.own_name is not None:
            return await self._own.take(session, mail, content, name=mail.own_name, now=now)
        return await self._promise(mail.envelope(session, content, now), mail.facts)

    async def _known(
        self, session: Session, mail: Transaction, content: bytes
    ) -> Session | Refusal:
        """The session of a relayed mail, once its author is known and all its recipients are in."""
        known = smtp_relayed.vouched(self._policy, session, mail, content)
        if isinstance(known, Refusal):
            return known
        for to in mail.asked:
            no = await self._admit(known, mail, to)
            if no is not None:
                return smtp_relayed.lasting(no)
        return known

    async def _promise(self, envelope: Envelope, facts: Facts) -> str | Refusal:
        mail = await self._compose(envelope, facts, envelope.received_at, self._ids())
        if isinstance(mail, Refusal):
            return mail
        spool_id = await self._spool.accept(mail)
        maillog.accepted(
            spool_id,
            sender=mail.sender,
            profile=mail.profile,
            peer=envelope.session.peer,
            recipients=sum(len(path.destinations) for path in envelope.forward_paths),
            segments=sum(s.segments * len(s.destinations) for s in mail.submissions),
            took=self._clock() - envelope.received_at,
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

    async def _note(self, ids: list[str]) -> None:
        events = [int(each[1:]) for each in ids if each.startswith("e")]
        mails = [each for each in ids if not each.startswith("e")]
        try:
            await self._spool.acknowledged(mails, events)
        except Exception as error:  # its loss is safe, and nobody waits for it
            maillog.fault("spool.acknowledged", error)

    async def finish(self, grace: float) -> None:
        """Wait for what is being committed, for at most `grace` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)

    def _log(self, session: Session, no: Refusal, address: str = "") -> None:
        # The sentence is left out: it may name the whole number.
        self.refusals.tell(session, f"{no.code} {no.enhanced}", address.rpartition("@")[0])
