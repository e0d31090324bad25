"""Who a sender is to the house: whose limits a mail counts towards, whose closing blocks it has."""

from __future__ import annotations

from bridge.core.model import Session

_VOUCHED = "dmarc:"  # no mailbox has a colon, but in quotes

LEARNED = 3
"""In how many mails of a sender a closing block was seen that is left off the next one."""

MOST_TAILS = 200
"""How many closing blocks of one sender are kept, those seen last."""


def sender_key(session: Session, sender: str) -> str:
    """The user that logged in, else the mailbox that hears how it went, else the machine.

    Of a relayed mail it is the address that is vouched for: nobody else's mail counts towards it.
    """
    if session.user:
        return "user:" + session.user
    if session.vouched:
        return _VOUCHED + session.vouched.lower()
    return sender.lower() or "peer:" + session.peer


def vouched_in(key: str) -> str:
    """The address that was vouched for, in a key of `sender_key`'s; "" where there was none."""
    return key.removeprefix(_VOUCHED) if key.startswith(_VOUCHED) else ""


def learner_key(session: Session, sender: str) -> str:
    """Whose closing blocks are learned: the user that logged in, else machine and mailbox together.

    A mailbox that nobody vouches for is anybody's to write: another machine must not teach it.
    """
    if session.user:
        return "user:" + session.user
    if session.vouched:
        return session.vouched.lower()
    return f"{session.peer} {sender.lower()}".strip()
