"""Composing off the loop: what is light inline; what is not, or has pictures, in a child process.

There are three children, each with one mail at a time: one for mails that are not small; one for
small ones whose pictures have to be opened, so that an alert with a chart does not wait behind
somebody's photographs; and one for explanations, so that nothing that is to be sent waits for what
is not.  Clients have their turns one after another.  Who would wait for longer than clients do is
asked to come again, at once: it would come again beside itself.

A mail that is too much for its child is composed without its pictures, so that its words go; if
that is too much as well, roughly: from its headers and the beginning of its text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bridge.child import TIME, Child
from bridge.compose import ordering, vendor
from bridge.compose.compose import compose, composed_lightly
from bridge.compose.explaining import reply
from bridge.compose.media import Heavy
from bridge.compose.reading.weight import is_small, may_be_light
from bridge.core.events import Explained, ListOrder
from bridge.core.managing import ListAddress
from bridge.core.model import Envelope, Facts, Ids, Refusal, Session
from bridge.core.policy import Policy
from bridge.core.promises import Mail


class Composer:
    """`await composer(envelope, facts, now, ids)` is `compose`, wherever it runs.

    `patience` is how long one mail may take, in seconds.
    """

    def __init__(self, policy: Policy, *, patience: float = TIME) -> None:
        self._policy = policy
        self._large = Child(patience)
        self._small = Child(patience)
        self._explaining = Child(patience)

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        """The mail as understood, or why not; raises as `Child.done` does."""
        if may_be_light(envelope.content):
            lightly = composed_lightly(envelope, self._policy, facts, now, ids)
            if not isinstance(lightly, Heavy):
                return lightly
        child = self._small if is_small(envelope.content) else self._large
        work = partial(compose, envelope, self._policy, facts, now, ids)
        ways = (work, partial(work, pictures="left out"), partial(work, rough=True))
        works = (partial(_bare, each) for each in ways)
        found = await child.done(*works, of=_client(envelope.session))
        return found if isinstance(found, Refusal) else _with_content(found, envelope.content)

    async def form(self, content: bytes, *, explained: bool = False) -> vendor.Form | Refusal:
        """`vendor.form`, wherever it runs; raises as composing does."""
        work = partial(vendor.form, content)
        if is_small(content):
            return work()
        return await (self._explaining if explained else self._large).done(work, of="forms")

    async def order(
        self, content: bytes, of: ListAddress, *, to: str, now: float
    ) -> ListOrder | Refusal:
        """`ordering.ordered`, wherever it runs; raises as composing does."""
        work = partial(ordering.ordered, content, self._policy, of, to=to, now=now)
        return work() if is_small(content) else await self._large.done(work, of="orders")

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        """`reply.told`, always in a child: it opens pictures, and is in no hurry."""
        work = partial(reply.told, envelope, self._policy, facts, addresses)
        client = _client(envelope.session)
        return await self._explaining.done(work, of=client)

    def close(self) -> None:
        """End the children, if there are any, whatever they do."""
        for child in (self._large, self._small, self._explaining):
            child.close()


def _client(session: Session) -> str:
    """Whose turn a mail waits for: a relay brings many clients' mails."""
    return session.user or session.vouched or session.peer


def _bare(work: Callable[[], Mail | Refusal]) -> Mail | Refusal:
    """In the child: the mail without its octets, which need not come back."""
    found = work()
    return found if isinstance(found, Refusal) else _with_content(found, b"")


def _with_content(mail: Mail, content: bytes) -> Mail:
    return replace(mail, envelope=replace(mail.envelope, content=content))
