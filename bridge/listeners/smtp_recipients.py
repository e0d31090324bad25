"""Who is taken into a transaction: addresses become paths by the rules and by what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bridge.core import policy as rules
from bridge.core import recipients
from bridge.core.model import Facts, ForwardPath, Refusal, Session
from bridge.core.policy import Policy
from bridge.core.senders import learner_key
from bridge.listeners.smtp_transaction import Transaction
from bridge.listeners.smtp_wire import RcptTo
from bridge.spool.contract import Spool

ONE_CONVERSATION = Refusal(
    452,
    "4.5.3",
    "a mail answers one conversation; a mail server sends the rest by itself, "
    "a person please in a mail of its own",
)


class Recipients:
    """Asks the spool what the rules need to know, and the rules who may be texted."""

    def __init__(self, policy: Policy, spool: Spool) -> None:
        self._policy = policy
        self._spool = spool

    async def add(self, session: Session, mail: Transaction, to: RcptTo) -> Refusal | None:
        """Take one recipient into the transaction, or say why not."""
        paths = await self.paths(session, mail, (to,))
        if isinstance(paths, Refusal):
            return paths
        fresh = len({each for path in paths for each in path.destinations} - mail.destinations)
        if fresh and len(talks(*mail.paths, *paths)) > 1:
            return ONE_CONVERSATION
        limit = self._policy.max_recipients
        if fresh > limit:
            return Refusal(550, "5.5.3", f"{to.address} has {fresh} members ({limit} at most)")
        if fresh and len(mail.destinations) + fresh > limit:
            return Refusal(452, "4.5.3", f"too many recipients ({limit} at most)")
        for path in paths:
            mail.add(path)
        return None

    async def paths(
        self, session: Session, mail: Transaction, asked: Iterable[RcptTo]
    ) -> list[ForwardPath] | Refusal:
        """What addresses stand for, or the first no; what was read for them is learned."""
        asked = tuple(asked)
        facts = await self.facts(session, mail, [to.address for to in asked])
        paths: list[ForwardPath] = []
        for to in asked:
            path = recipients.recipient(
                self._policy, facts, session, mail.said.reverse_path, address=to.address
            )
            if isinstance(path, Refusal):
                return path
            wished = to.notify or to.orcpt
            paths.append(replace(path, notify=to.notify, orcpt=to.orcpt) if wished else path)
        mail.learn(facts)
        return paths

    async def facts(self, session: Session, mail: Transaction, addresses: Iterable[str]) -> Facts:
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


def talks(*paths: ForwardPath) -> frozenset[str]:
    """The conversations, by their tokens, that these addresses answer in."""
    return frozenset(path.token for path in paths if path.token)
