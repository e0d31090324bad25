"""What the SMTP door answers and promises: recipients from policy, 250 after the commit.

A mail is composed and committed in one task that a client which hangs up does not cancel; an
internal fault is 451, never a lost mail and never a 5xx.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, assert_never

from bridge import maillog
from bridge.compose import vendor
from bridge.compose.explaining import explaining
from bridge.core import policy as rules
from bridge.core import recipients
from bridge.core.audience import reachable
from bridge.core.events import Explained
from bridge.core.model import (
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    OwnName,
    Refusal,
    Session,
)
from bridge.core.policy import Policy
from bridge.core.promises import Mail
from bridge.core.senders import learner_key
from bridge.listeners.admission import Allowance
from bridge.listeners.smtp_transaction import Transaction
from bridge.listeners.smtp_wire import RcptTo
from bridge.spool.contract import Full, Spool

EXPLANATIONS = 20
EXPLANATIONS_WITHIN = 3600.0

TRY_LATER = Refusal(451, "4.3.0", "the bridge cannot take this now; please try again later")
FULL = Refusal(452, "4.3.1", "the bridge's disk is full; please try again later")
ALONE = Refusal(
    452,
    "4.5.3",
    f"a mail to {'@ or '.join(OwnName)}@ has no other recipient; please send theirs by itself",
)
MIXED = Refusal(
    550,
    "5.5.1",
    f"a mail to {OwnName.SENDSMS}@ has no other recipient, who would be texted its form; "
    "nobody is texted, please send two mails",
)
"""Not for a later try: the others' mail would come again by itself, and be the form still."""

UNANSWERABLE = Refusal(
    550, "5.7.1", "an explanation is mailed back, and no mail reaches the sender of this one"
)
ENOUGH = Refusal(450, "4.7.1", f"{EXPLANATIONS} explanations an hour; please try again later")


class Composes(Protocol):
    """What turns mails into texts, here or in a process of its own; all of it is total."""

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        """The mail as understood; see `compose.compose`."""

    async def form(self, content: bytes, *, explained: bool = False) -> vendor.Form | Refusal:
        """A mail in the vendor's form, perhaps only to be explained; see `vendor.form`."""

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        """What a mail would become; see `reply.told`."""


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
        self._policy = policy
        self._spool = spool
        self._compose = compose
        self._explanations = Allowance(EXPLANATIONS, EXPLANATIONS_WITHIN)
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
        policy = self._policy
        no = recipients.refused(policy, session, mail.said.reverse_path)
        if no is not None:
            return no
        own_name = recipients.own_name(policy, to.address)
        if own_name is None and mail.own_name is None:
            return await self._add(session, mail, to)
        if mail.paths or mail.own_name not in (None, own_name):
            mail.mixed = mail.mixed or OwnName.SENDSMS in (own_name, mail.own_name)
            return MIXED if mail.mixed else ALONE
        mail.own_name, mail.to = own_name, to
        return None

    async def _add(self, session: Session, mail: Transaction, to: RcptTo) -> Refusal | None:
        paths = await self._paths(session, mail, (to,))
        if isinstance(paths, Refusal):
            return paths
        fresh = len({each for path in paths for each in path.destinations} - mail.destinations)
        limit = self._policy.max_recipients
        if fresh > limit:
            return Refusal(550, "5.5.3", f"{to.address} has {fresh} members ({limit} at most)")
        if fresh and len(mail.destinations) + fresh > limit:
            return Refusal(452, "4.5.3", f"too many recipients ({limit} at most)")
        for path in paths:
            mail.add(path)
        return None

    async def _paths(
        self, session: Session, mail: Transaction, asked: Iterable[RcptTo]
    ) -> list[ForwardPath] | Refusal:
        """What addresses stand for, or the first no; what was read for them is learned."""
        asked = tuple(asked)
        facts = await self._facts(session, mail, [to.address for to in asked])
        paths: list[ForwardPath] = []
        for to in asked:
            path = recipients.recipient(
                self._policy, facts, session, mail.said.reverse_path, address=to.address
            )
            if isinstance(path, Refusal):
                return path
            paths.append(replace(path, notify=to.notify, orcpt=to.orcpt))
        mail.learn(facts)
        return paths

    async def _facts(self, session: Session, mail: Transaction, addresses: Iterable[str]) -> Facts:
        """What the rules need to know of these addresses, and first of the sender."""
        about = [recipients.asks(self._policy, each) for each in addresses]
        numbers = [each for found, _ in about for each in found]
        tokens = [each for _, found in about for each in found]
        learner = "" if mail.paths else self._learner(session, mail)
        if numbers or tokens or learner:
            return await self._spool.facts(numbers, tokens, learner)
        return Facts()

    def _learner(self, session: Session, mail: Transaction) -> str:
        """The key of a sender whose closing blocks may have been learned; "" where none are."""
        if not any(profile.learn_tails for profile in self._policy.profiles.values()):
            return ""
        sender = rules.sender(self._policy, session, mail.said.reverse_path)
        return "" if isinstance(sender, Refusal) else learner_key(session, sender)

    async def take(self, session: Session, mail: Transaction, content: bytes) -> str | Refusal:
        """Compose and commit; the spool id under which the mail is now promised, or why not.

        Done in a task of its own: whoever waits here may be cancelled, the work goes on.
        """
        task = asyncio.create_task(self._keep(session, mail, content, self._clock()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _keep(
        self, session: Session, mail: Transaction, content: bytes, now: float
    ) -> str | Refusal:
        try:
            match mail.own_name:
                case None:
                    answer = await self._promise(mail.envelope(session, content, now), mail.facts)
                case OwnName.SENDSMS:
                    answer = await self._order(session, mail, content, now)
                case OwnName.EXPLAIN:
                    answer = await self._explain(session, mail, content, now)
                case _:
                    assert_never(mail.own_name)
        except Full as error:
            maillog.store_full(str(error))
            return FULL
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp.data", error)
            return TRY_LATER
        if isinstance(answer, Refusal):
            _log(session, answer)
        return answer

    async def _promise(self, envelope: Envelope, facts: Facts) -> str | Refusal:
        mail = await self._compose(envelope, facts, envelope.received_at, self._ids())
        if isinstance(mail, Refusal):
            return mail
        spool_id = await self._spool.accept(mail)
        maillog.accepted(
            spool_id,
            sender=mail.sender,
            peer=envelope.session.peer,
            recipients=sum(len(path.destinations) for path in envelope.forward_paths),
            segments=sum(s.segments * len(s.destinations) for s in mail.submissions),
        )
        return spool_id

    async def _order(
        self, session: Session, mail: Transaction, content: bytes, now: float
    ) -> str | Refusal:
        """A mail in the vendor's form: sent to all whom it names, or to nobody."""
        form = await self._compose.form(content)
        if isinstance(form, Refusal):
            return form
        if not form.to:
            return vendor.NOBODY
        limit = self._policy.max_recipients
        if len(form.to) > limit:
            return Refusal(550, "5.5.3", f"{len(form.to)} recipients ({limit} at most)")
        as_asked = mail.to or RcptTo("")
        named = explaining.named(form, self._policy)
        paths = await self._paths(
            session, mail, (replace(as_asked, address=each) for each in named)
        )
        if isinstance(paths, Refusal):
            return paths
        for path in paths:
            mail.add(path)
        if len(mail.destinations) > limit:
            return Refusal(550, "5.5.3", f"{len(mail.destinations)} recipients ({limit} at most)")
        envelope = replace(mail.envelope(session, form.content, now), vendor_form=True)
        return await self._promise(envelope, mail.facts)

    async def _explain(
        self, session: Session, mail: Transaction, content: bytes, now: float
    ) -> str | Refusal:
        """Mail its sender what a mail would become, if it were sent to those in its To and Cc."""
        if not reachable(self._policy, mail.said.reverse_path):
            return UNANSWERABLE
        if not self._explanations.spent(session.user or session.peer, now):
            return ENOUGH
        addresses = explaining.addressees(content, self._policy)
        is_form = False
        if explaining.may_be_form(self._policy, addresses):
            form = await self._compose.form(content, explained=True)
            if isinstance(form, Refusal):
                return form
            is_form = bool(addresses or form.to)
            content, addresses = form.content, explaining.named(form, self._policy)
        facts = await self._facts(session, mail, addresses)
        envelope = replace(mail.envelope(session, content, now), vendor_form=is_form)
        found = await self._compose.explain(envelope, facts, addresses)
        if isinstance(found, Refusal):
            return found
        return f"e{await self._spool.tell(found, now)}"

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
