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
_NOTICE = re.compile(r"<([a-z]{1,20})\.[0-9a-f]{32}@[^<>\s]+>")

_ANSWER = "re|aw|antw|antwort|sv|vs|odp|ynt|回复|回覆|答复|答覆"
_FORWARD = "fwd?|wg|doorst|továbbítás|πρθ|转发|轉寄|転送"
_MAYBE_ANSWER = "réf|ref|rif|r|res"
_MAYBE_FORWARD = "tr|rv|i|vb|vl|ilt|enc|pd"
_EITHER = "vs"
"""What mail clients put in front, in de el en es fi fr hu it ja nl pl pt sv tr zh; and what they
put there that people type as well: `Ref: 12345`, `I: think so`.  One marks a Finn's answers and a
Dane's forwards."""


_COUNTED = r"(?:\[\d{1,3}\]|\(\d{1,3}\))?[ \t\xa0\u202f]?"
_MARK_AGAIN = rf"(?:{_ANSWER}|{_FORWARD}){_COUNTED}[:：]"


def _prefix(answer: str, forward: str) -> re.Pattern[str]:
    """One such mark.

    A colon has a space behind it (`re:invent` is a name), unless a mark or a script follows that
    is written without any.
    """
    return re.compile(
        rf"(?:(?P<answer>{answer})|(?P<forward>{forward})){_COUNTED}"
        rf"(?::(?=\s|$|[\u2e80-\uffff]|{_MARK_AGAIN})|：)\s*",
        re.IGNORECASE,
    )


_PREFIX = _prefix(_ANSWER, _FORWARD)
_MAYBE_PREFIX = _prefix(_MAYBE_ANSWER, _MAYBE_FORWARD)


_ANY_MARKS = re.compile(r"(?:[^\s:：]{1,12}[ \xa0]?[:：]\s*)*")
"""What mail programs of any language put in front of a subject: `Vá:`, `Отв:`, `Re^2:`."""
_CONTEXT = re.compile(r" ?(\[[^\[\]]*\])\Z")


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


def told_apart(key: str, at: float, *, weak: bool) -> str:
    """An event's key as its mail's Message-ID is made from it.

    Two texts without an id may be the same to the octet, and are two: their instants differ.
    """
    return f"{key}@{at!r}" if weak else key


def notice_id(kind: str, key: str, domain: str) -> str:
    """The Message-ID of the mail that tells of an event, with its brackets.

    From the event's dedupe key: the same event is the same mail, and what a text begins can name
    its root before that is mailed.
    """
    digest = sha256(f"{kind}\0{key}".encode("utf-8", "replace")).hexdigest()
    return f"<{kind}.{digest[:32]}@{domain}>"


def notice_kind(message_id: str) -> str:
    """Of which kind the mail of ours is that has this Message-ID; "" if it is none of `notice_id`.

    Others may spell one so: at which domain it is for the caller to ask.
    """
    found = _NOTICE.fullmatch(message_id)
    return found[1] if found else ""


def thread_subject(subject: str, *, answer: bool = False) -> str:
    """The subject of the mail that began the thread: without `Re:`, `AW:`, `Fwd:` in front.

    `answer`: the mail's headers say that it answers one; then its own mark may be `R:` or `TR:`.
    """
    own = _MAYBE_PREFIX.match(subject) if answer else None
    start = own.end() if own else 0
    while mark := _PREFIX.match(subject, start):
        start = mark.end()
    return subject[start:].strip()


def is_answer(subject: str) -> bool:
    """Whether a subject is marked as an answer's (`Re:`, `AW:`, `Re[2]:`)."""
    mark = _PREFIX.match(subject)
    return mark is not None and mark["answer"] is not None


def is_forward(subject: str, *, answer: bool = False) -> bool:
    """Whether a subject is marked as a forwarded mail's (`Fwd:`, `WG:`).

    What people type too (`TR:`) is one here: of what may be passed on nothing is to be cut.
    So is `VS:`, but with `answer`: where the mail is known to be one.
    """
    mark = _PREFIX.match(subject) or _MAYBE_PREFIX.match(subject)
    if mark is None:
        return False
    return mark["forward"] is not None or (not answer and mark["answer"].lower() == _EITHER)


def is_repeated(subject: str, said: str) -> bool:
    """Whether what is said is a subject, with any marks before it and a user context behind it.

    No pattern is made of the subject: each thread has its own, and patterns take long to make.
    """
    context = _CONTEXT.search(said)
    ends = (said, said[: context.start()], said[: context.start(1)]) if context else (said,)
    before = [each.removesuffix(subject) for each in ends if each.endswith(subject)]
    return "" in before or (subject != "" and any(map(_ANY_MARKS.fullmatch, before)))


def with_context(subject: str, user_context: str) -> str:
    """A subject that shows the sender's user context, as `Friday [ORDER-42]`; once."""
    shown = f"[{user_context}]"
    if not user_context or shown in subject:
        return subject
    return f"{subject} {shown}".lstrip()


def without_context(subject: str, user_context: str) -> str:
    """A subject without the user context that `with_context` put there."""
    return subject.removesuffix(f"[{user_context}]").rstrip() if user_context else subject
