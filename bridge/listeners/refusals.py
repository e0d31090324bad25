"""Who heard no at the SMTP door, as the log tells it.

Whoever may send, and what comes by a relay, is told of each time: a text did not go.  Strangers are
named once a minute each, so that scanners do not fill the disk.
"""

from __future__ import annotations

import asyncio

from bridge import maillog
from bridge.core.model import Session
from bridge.core.policy import Policy, admitted, relayed
from bridge.listeners.admission import Allowance, household

NAME_EVERY = 60.0


class Refusals:
    """Writes refusals into the log, in bounded numbers."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._named = Allowance(1, NAME_EVERY)

    def tell(self, session: Session, reply: str, recipient: str = "") -> None:
        """A session heard no, with this code; `recipient` is a local part."""
        known = admitted(self._policy, session) or relayed(self._policy, session)
        news = known or self.is_news(session.peer)
        maillog.refused(session.peer, reply=reply, recipient=recipient, news=news)

    def is_news(self, peer: str) -> bool:
        """Whether this stranger was not named within the last minute; then it is now."""
        return self._named.spent(household(peer), asyncio.get_running_loop().time())
