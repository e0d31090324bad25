"""Mail that a relay brings: whose it is shows in the mail itself, so DATA decides, and not RCPT.

A relay passes on what strangers send, and what they are answered: so at RCPT all addresses at our
domains are answered alike, and nothing is looked up for them.  Once the mail is there, its author
is vouched for or nobody hears more; and then, as there is but one answer, it goes to all whom it
is for, or to nobody.
"""

from __future__ import annotations

from dataclasses import replace

from bridge import maillog
from bridge.compose.reading import authentication
from bridge.core import recipients, vouching
from bridge.core.model import Refusal, Session
from bridge.core.policy import Policy
from bridge.listeners.smtp_recipients import ONE_CONVERSATION
from bridge.listeners.smtp_transaction import Transaction
from bridge.listeners.smtp_wire import RcptTo


def noted(policy: Policy, mail: Transaction, to: RcptTo) -> Refusal | None:
    """Note whom a mail is for, until it is known whose it is; or say what is wrong for anybody."""
    no = recipients.elsewhere(policy, to.address)
    if no is not None:
        return no
    if not mail.said.reverse_path:
        return vouching.ANONYMOUS
    limit = policy.max_recipients
    if len(mail.asked) >= limit:
        return Refusal(452, "4.5.3", f"too many recipients ({limit} at most)")
    tokens = {recipients.token(policy, each.address) for each in (*mail.asked, to)}
    if len(tokens - {""}) > 1:
        return ONE_CONVERSATION
    mail.asked.append(to)
    return None


def vouched(
    policy: Policy, session: Session, mail: Transaction, content: bytes
) -> Session | Refusal:
    """The session with the address whose mail this is; or what is missing."""
    author = authentication.author(content, policy, mail.said.reverse_path)
    if isinstance(author, Refusal):
        maillog.turned_away(session.peer, why=maillog.unnumbered(author.text))
        return author
    return replace(session, vouched=author)


def lasting(no: Refusal) -> Refusal:
    """A no that was for one recipient, and now is for the mail, which would come again as it is."""
    return replace(no, code=max(no.code, 550), enhanced=f"5{no.enhanced[1:]}")
