"""What is mailed to the bridge itself: forms and lists, mails to be explained, mails returned.

It has no other recipient: what it says is for the bridge, and no phone may get it as a text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import assert_never

from bridge import maillog
from bridge.compose import vendor
from bridge.compose.explaining import explaining
from bridge.compose.returned import returned
from bridge.core import managing
from bridge.core.about import About
from bridge.core.audience import audience, reachable
from bridge.core.managing import ListAddress
from bridge.core.model import Envelope, Facts, OwnName, Refusal, Session
from bridge.core.policy import Policy, admitted
from bridge.listeners.admission import Allowance, household
from bridge.listeners.contract import Composes
from bridge.listeners.smtp_recipients import Recipients, talks
from bridge.listeners.smtp_transaction import Transaction
from bridge.listeners.smtp_wire import RcptTo
from bridge.spool.contract import Spool

EXPLANATIONS = 20
EXPLANATIONS_WITHIN = 3600.0
RETURNS = 20
RETURNS_WITHIN = 3600.0
"""Of so many mails that came back the operator hears within these seconds; all are recorded."""

STRANGERS_RETURNS = 20
ONE_STRANGERS_RETURNS = 5
"""So many are taken in that time from those who may not send, and who may be any mail server: from
all of them, and from one."""

ALONE = Refusal(
    452,
    "4.5.3",
    f"a mail to {'@, '.join(OwnName)}@ or a list has no other recipient; "
    "a mail server sends theirs by itself, a person please in a mail of its own",
)
MIXED = Refusal(
    550,
    "5.5.1",
    f"a mail to {OwnName.SENDSMS}@ or a list has no other recipient, "
    "who would be texted its lines; nobody is texted, please send two mails",
)
"""Not for a later try: the others' mail would come again by itself, and be a form or an order
still."""

ONE_TALK = Refusal(
    550, "5.5.3", "a mail answers one conversation; please send a form of its own to the other"
)
UNANSWERABLE = Refusal(
    550, "5.7.1", "an explanation is mailed back, and no mail reaches the sender of this one"
)
UNANSWERED = Refusal(
    550, "5.7.1", "what became of the list is mailed back, and no mail reaches the sender of this"
)
ENOUGH = Refusal(450, "4.7.1", f"{EXPLANATIONS} explanations an hour; please try again later")
NOT_OURS = Refusal(550, "5.7.1", "this names no mail of this bridge that could have come back")
ENOUGH_RETURNS = Refusal(450, "4.7.1", "many mails come back at once; please try again later")


class OwnMail:
    """Takes and answers what is mailed to the bridge's own names.

    `promise` composes a mail for phones and commits it: what it returns is the mail's spool id.
    """

    def __init__(
        self,
        policy: Policy,
        spool: Spool,
        compose: Composes,
        *,
        recipients: Recipients,
        promise: Callable[[Envelope, Facts], Awaitable[str | Refusal]],
    ) -> None:
        self._policy = policy
        self._spool = spool
        self._compose = compose
        self._recipients = recipients
        self._promise = promise
        self._explanations = Allowance(EXPLANATIONS, EXPLANATIONS_WITHIN)
        self._returns = Allowance(RETURNS, RETURNS_WITHIN)
        self._strangers_returns = Allowance(STRANGERS_RETURNS, RETURNS_WITHIN)
        self._one_strangers_returns = Allowance(ONE_STRANGERS_RETURNS, RETURNS_WITHIN)

    def admit(
        self, session: Session, mail: Transaction, to: RcptTo, name: OwnName | ListAddress | None
    ) -> Refusal | None:
        """Take a name of the bridge's own as a mail's one recipient, or say why not.

        `name` is None for a recipient of another kind beside one that was taken.
        """
        if isinstance(name, ListAddress):
            no = managing.refused(self._policy, session, name)
            if no is not None:
                return no
        if mail.paths or mail.own_name not in (None, name):
            mail.mixed = mail.mixed or _is_mixed(name, mail.own_name)
            return MIXED if mail.mixed else ALONE
        mail.own_name, mail.to = name, to
        return None

    async def take(
        self,
        session: Session,
        mail: Transaction,
        content: bytes,
        *,
        name: OwnName | ListAddress,
        now: float,
    ) -> str | Refusal:
        """Do what a mail to one of the names asks for; the id under which it is promised."""
        match name:
            case OwnName.SENDSMS:
                return await self._order(session, mail, content, now)
            case OwnName.EXPLAIN:
                return await self._explain(session, mail, content, now)
            case OwnName.BOUNCES:
                return await self._record(session, content, now)
            case ListAddress():
                return await self._manage(session, mail, content, name, now=now)
            case _:
                assert_never(name)

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
        paths = await self._recipients.paths(
            session, mail, (replace(as_asked, address=each) for each in named)
        )
        if isinstance(paths, Refusal):
            return paths
        if len(talks(*paths)) > 1:  # the form would come again as it is
            return ONE_TALK
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
        facts = await self._recipients.facts(session, mail, addresses)
        envelope = replace(mail.envelope(session, content, now), vendor_form=is_form)
        found = await self._compose.explain(envelope, facts, addresses)
        if isinstance(found, Refusal):
            return found
        return f"e{await self._spool.tell(found, now)}"

    async def _record(self, session: Session, content: bytes, now: float) -> str | Refusal:
        """Keep what came back; nothing of it is ever texted, and not too much of it is told.

        The smarthost that gives a mail back need not be one that may send: what strangers bring is
        kept too, if it names a mail of ours, and so much of it that they cannot fill the disk.
        """
        found = returned(content, self._policy.domains, now)
        if not admitted(self._policy, session):
            if not found.about:
                return NOT_OURS
            one = self._one_strangers_returns.spent(household(session.peer), now)
            if not (one and self._strangers_returns.spent("", now)):
                return ENOUGH_RETURNS
        elif audience(self._policy, found, About()) and not self._returns.spent("", now):
            found = replace(found, told=False)
        event = await self._spool.tell(found, now)
        maillog.returned(event, about=found.about, failed=found.failed)
        return f"e{event}"

    async def _manage(
        self,
        session: Session,
        mail: Transaction,
        content: bytes,
        of: ListAddress,
        *,
        now: float,
    ) -> str | Refusal:
        """Promise to change a list as its manager asks, and to mail how that went."""
        to = mail.said.reverse_path
        if to and not reachable(self._policy, to):
            return UNANSWERED
        order = await self._compose.order(content, of, to=to, now=now)
        if isinstance(order, Refusal):
            return order
        event = await self._spool.tell(order, now)
        maillog.ordered(event, user=session.user, address=str(of), numbers=len(order.numbers))
        return f"e{event}"


def _is_mixed(one: OwnName | ListAddress | None, other: OwnName | ListAddress | None) -> bool:
    """Whether somebody would get what is not for him; None stands for those who are texted."""
    named = (one, other)
    ordered = any(isinstance(each, ListAddress) for each in named)
    return OwnName.SENDSMS in named or (ordered and None in named)
