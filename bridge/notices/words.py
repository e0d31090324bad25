"""The words that all mails share: who somebody is, when something was, what it was about."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bridge.core.about import About
from bridge.core.conversation import is_token, thread_subject, with_context
from bridge.core.instants import instant
from bridge.core.model import Conversation, Destination, Msisdn
from bridge.core.numbering import national
from bridge.core.policy import Policy
from bridge.notices.language import Language, language
from bridge.notices.mime import quoted
from bridge.notices.neutral import LINE_LIMIT, line

WHO_LIMIT = 48
CONTEXT_LIMIT = 100
_SHORTEST_WITH_PLUS = 7  # digits; below it is a short code
_CALLER = re.compile(r"\+?0*([1-9][0-9]{2,14})")


def words(policy: Policy) -> Language:
    """The words of the language that the bridge's mails are in."""
    return language(policy.language)


# ---------------------------------------------------------------- who


def caller(number: str) -> str:
    """The digits that a callback's `from` holds, "" if it is no number.

    The gateway pads some with zeros on the left, and passes names of letters through.
    """
    found = _CALLER.fullmatch(number)
    return found[1] if found else ""


def written(policy: Policy, number: str) -> str:
    """A number as its country writes it; what is no number, as one line."""
    digits = caller(number)
    if digits:
        return national(digits, policy.numbers.default_region)
    return line(number, WHO_LIMIT) or words(policy).phrase("unknown")


def name_of(policy: Policy, number: str) -> str:
    """The name that `[contacts]` gives a number, "" if none."""
    digits = caller(number)
    names = (c.name for c in policy.contacts.values() if digits and c.number.digits == digits)
    return line(next(names, ""), WHO_LIMIT)


def who(policy: Policy, number: str, form: str = "{name} ({number})") -> str:
    """`Sam Jones (07700 900123)`, or the number alone if nobody knows a name."""
    name, number = name_of(policy, number), written(policy, number)
    return form.format(name=name, number=number) if name else number


def whom(policy: Policy, destination: Destination) -> str:
    """A destination as its sender knows it."""
    if isinstance(destination, Msisdn):
        return who(policy, destination.digits)
    return words(policy).phrase("list", line(destination.name, WHO_LIMIT))


def phone_address(policy: Policy, number: str, token: str = "") -> str:
    """The address whose mail becomes a text to a number; `unknown@` where there is none."""
    digits = caller(number)
    if not digits:
        return f"unknown@{policy.domain}"
    return f"{digits}.{token}@{policy.domain}" if token else f"{digits}@{policy.domain}"


def destination_address(policy: Policy, destination: Destination) -> str:
    """The address of this bridge that stands for a destination."""
    if isinstance(destination, Msisdn):
        return f"{destination.digits}@{policy.domain}"
    for key, group in policy.gateway_groups.items():
        if group == destination:
            return f"{key}@{policy.domain}"
    return f"{quoted(line(destination.name, WHO_LIMIT))}@{policy.domain}"


def plus(number: str) -> str:
    """A number in E.164 with its plus; a short code, or what is no number, as it is."""
    digits = caller(number)
    return "+" + digits if len(digits) >= _SHORTEST_WITH_PLUS else digits or line(number)


# ---------------------------------------------------------------- when


def said(policy: Policy, at: datetime) -> str:
    """`Fri 20 Nov 2026 13:50`, in the readers' zone."""
    return words(policy).date(at.astimezone(policy.zone))


def said_before(policy: Policy, at: float, now: datetime) -> str:
    """An earlier instant, as a mail of a given date says it: `Fri 13:41` within a week."""
    then = instant(at)
    if timedelta(0) <= now - then < timedelta(days=6):
        return words(policy).day(then.astimezone(policy.zone))
    return said(policy, then)


# ---------------------------------------------------------------- about what


def conversation_of(about: About) -> Conversation | None:
    """The conversation in which the mail is answered."""
    return about.conversation or (about.mail.conversation if about.mail else None)


def in_thread(about: About) -> bool:
    """Whether the mail that a text answers is in the thread in which it is answered itself."""
    talk = conversation_of(about)
    root = about.mail.conversation.thread_root if about.mail else None
    return talk is not None and talk.thread_root == root


def context_of(about: About, given: str = "") -> str:
    """The user context that a person gave, "" if none: never a token of ours.

    `given` is what the gateway sent with the event.
    """
    talk = conversation_of(about)
    own = talk.user_context if talk else ""
    tokens = {talk.token} if talk else set()
    if given and given not in tokens and (given == own or not is_token(given)):
        return line(given)
    return line(own)


def root_subject(about: About) -> str:
    """The subject that began the thread, "" if there is none."""
    talk = conversation_of(about)
    found = talk.subject if talk else ""
    if not found and about.mail and in_thread(about):
        found = about.mail.subject
    return thread_subject(line(found, 4 * LINE_LIMIT))


def titled(head: str, subject: str, context: str) -> str:
    """A subject line of at most 200 characters: `head: subject [context]`, the context whole."""
    context = line(context, CONTEXT_LIMIT)
    room = LINE_LIMIT - len(context) - len(" []")
    head = line(head, room)
    subject = line(subject, max(room - len(head) - len(": "), 0))
    return with_context(f"{head}: {subject}" if subject else head, context)
