"""Who a sender is to the house: whose limits a mail counts towards, whose closing blocks it has."""

from __future__ import annotations

from bridge.core.model import Session

LEARNED = 3
"""In how many mails of a sender a closing block was seen that is left off the next one."""

MOST_TAILS = 200
"""How many closing blocks of one sender are kept, those seen last."""


def sender_key(session: Session, sender: str) -> str:
    """The user that logged in, else the mailbox that hears how it went, else the machine."""
    if session.user:
        return "user:" + session.user
    return sender.lower() or "peer:" + session.peer


def learner_key(session: Session, sender: str) -> str:
    """Whose closing blocks are learned: the user that logged in, else machine and mailbox together.

    A mailbox that nobody vouches for is anybody's to write: another machine must not teach it.
    """
    if session.user:
        return "user:" + session.user
    return f"{session.peer} {sender.lower()}".strip()
