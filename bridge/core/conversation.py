"""What ties texts and mails together: tokens, Message-IDs, and subjects as a thread carries them.

A token routes an answer and never authorises it.
"""

from __future__ import annotations

import re
from hashlib import sha256

TOKEN_BITS = 48
MAX_CONTEXT = 100  # characters of a user context

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_DIGITS = "234567"
_TOKEN = re.compile(r"[2-7][a-z2-7]{9}")

_PREFIX = re.compile(
    r"(?:(?P<answer>re|aw|antw|sv|ref|rif|r|res|odp)|(?P<forward>fwd?|wg|tr|rv|i|doorst|vb|enc|pd))"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?[ \t]?:[ \t]*",
    re.IGNORECASE,
)  # what mail clients put in front, in de en es fr it nl pl pt sv


def token(bits: int) -> str:
    """A conversation's token from `TOKEN_BITS` random bits, of which it keeps 47.

    Ten base32 characters (RFC 4648, in lower case) of which the first is a digit, so that no
    contact's name and no option after a dot can look like one.
    """
    first = _DIGITS[bits % len(_DIGITS)]
    return first + "".join(_LETTERS[bits >> n & 31] for n in range(3, TOKEN_BITS, 5))


def is_token(text: str) -> bool:
    """Whether this is spelt as a token; whether it names a conversation is the spool's to say."""
    return _TOKEN.fullmatch(text) is not None


def notice_id(kind: str, key: str, domain: str) -> str:
    """The Message-ID of the mail that tells of an event, with its brackets.

    From the event's dedupe key: the same event is the same mail, and what a text begins can name
    its root before that is mailed.
    """
    digest = sha256(f"{kind}\0{key}".encode("utf-8", "replace")).hexdigest()
    return f"<{kind}.{digest[:32]}@{domain}>"


def thread_subject(subject: str) -> str:
    """The subject of the mail that began the thread: without `Re:`, `AW:`, `Fwd:` in front."""
    start = 0
    while mark := _PREFIX.match(subject, start):
        start = mark.end()
    return subject[start:].strip()


def is_answer(subject: str) -> bool:
    """Whether a subject is marked as an answer's (`Re:`, `AW:`, `Re[2]:`)."""
    mark = _PREFIX.match(subject)
    return mark is not None and mark["answer"] is not None


def is_forward(subject: str) -> bool:
    """Whether a subject is marked as a forwarded mail's (`Fwd:`, `WG:`)."""
    mark = _PREFIX.match(subject)
    return mark is not None and mark["forward"] is not None


def with_context(subject: str, user_context: str) -> str:
    """A subject that shows the sender's user context, as `Friday [ORDER-42]`; once."""
    shown = f"[{user_context}]"
    if not user_context or subject.endswith(shown):
        return subject
    return f"{subject} {shown}".lstrip()


def without_context(subject: str, user_context: str) -> str:
    """A subject without the user context that `with_context` put there."""
    return subject.removesuffix(f"[{user_context}]").rstrip() if user_context else subject
