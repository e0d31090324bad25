"""What the mails of all kinds have in common, before they are octets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from bridge.core.about import About
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.neutral import block
from bridge.notices.words import conversation_of, in_thread, words

Kind: TypeAlias = Literal["in", "dsn", "note", "reply", "return"]
THREAD_LIMIT = 10  # Message-IDs in References: the root and the latest
SHOWN = 20_000  # characters of a long text that a mail shows
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,248}>")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in its own words.

    `author` is the From address, `name` what readers see of it, `reply_to` where answers go ("" for
    the author); `subject` and the values of `headers` are fit for a header; `thread` are the
    Message-IDs of what it answers, the mail itself last; `parts` are written MIME parts.  A
    `report` is a DSN (RFC 3464) and goes out with the null reverse path; a `reply` answers a mail
    that asked for it; a `return` tells of a mail that came back (`core.audience` knows it by its
    Message-ID).
    """

    kind: Kind
    author: str
    name: str
    subject: str
    at: datetime
    parts: tuple[bytes, ...]
    thread: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    reply_to: str = ""

    @property
    def report(self) -> bool:
        """Whether this is a DSN."""
        return self.kind == "dsn"


def note(
    policy: Policy,
    subject: str,
    body: str,
    at: datetime,
    *,
    thread: tuple[str, ...] = (),
    kind: Kind = "note",
) -> Letter:
    """A mail in plain words from the bridge itself."""
    author = f"postmaster@{policy.domain}"
    name = words(policy).phrase("bridge")
    parts = (mime.text(block(body)),)
    return Letter(kind, author, name, subject, at, parts, thread)


def thread_of(about: About) -> tuple[str, ...]:
    """The Message-IDs of the thread that a mail joins (RFC 5322, 3.6.4): its root, then the latest.

    The last is the mail that was texted, even where an odd client names it among its references.
    """
    talk, mail = conversation_of(about), about.mail
    ids = [talk.thread_root] if talk else []
    if mail and in_thread(about):
        ids += [*mail.references, mail.message_id]
    known = list(dict.fromkeys(each for each in ids if _MESSAGE_ID.fullmatch(each)))
    if not known:
        return ()
    parent = mail.message_id if mail and mail.message_id in known else known[-1]
    known = [each for each in known if each != parent]
    return (*known[:1], *known[1:][-(THREAD_LIMIT - 2) :], parent)


def asked_in(message_id: str) -> tuple[str, ...]:
    """The thread of a reply to the mail that asked for it."""
    return (message_id,) if _MESSAGE_ID.fullmatch(message_id) else ()


def shown(text: str) -> str:
    """A text, or its beginning where it is very long."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "\n[...]"
