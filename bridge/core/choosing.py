"""Which profile a mail is read by: by how it came in, and never by guessing at its content."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.core.model import Session
from bridge.core.policy import Policy, Profile, rule_for, trusted


@dataclass(frozen=True, slots=True)
class Choice:
    """A profile, and why it is the one, in words for `smsbridge explain`."""

    profile: Profile
    why: str


def chosen(
    policy: Policy, session: Session, reverse_path: str, *, answer: bool, auto_generated: bool
) -> Choice:
    """The profile of a mail: the first that applies.

    `answer`: it was sent to a conversation's address; `auto_generated`: it says so itself
    (RFC 3834).  A `[[senders]]` entry comes first and may bring its own `text`.
    """
    rule = rule_for(policy, session, reverse_path)
    if rule and rule.profile:
        name, why = rule.profile, f"[[senders]] says so of {rule.match}"
    elif answer:
        name, why = "person", "it answers in a conversation"
    elif auto_generated:
        name, why = "machine", "its header says Auto-Submitted: auto-generated"
    elif session.user:
        name, why = "person", f"{session.user} logged in"
    elif session.vouched:
        name, why = "person", f"a relay brought it, and DMARC vouches for {session.vouched}"
    elif trusted(policy, session.peer):
        name, why = "machine", f"{session.peer} is in a trusted network, and nobody logged in"
    else:
        name, why = "machine", "nobody logged in"
    found = policy.profiles[name]
    if rule and rule.text:
        found = replace(found, text=rule.text)
    return Choice(found, why)
