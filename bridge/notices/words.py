"""The words that all mails share: who somebody is, when something was, what it was about."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from bridge.core.about import About, SentMail
from bridge.core.addressing import national
from bridge.core.conversation import is_token, thread_subject, with_context
from bridge.core.model import Destination, Msisdn
from bridge.core.policy import Policy
from bridge.notices.mime import quoted
from bridge.notices.neutral import LINE_LIMIT, line

WHO_LIMIT = 48
CONTEXT_LIMIT = 100
# strftime would ask the locale
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_SHORTEST_WITH_PLUS = 7  # digits; below it is a short code


# ---------------------------------------------------------------- who


def caller(number: str) -> str:
    """The digits that a callback's `from` holds, "" if it is no number.

    The gateway pads some with zeros on the left, and passes names of letters through.
    """
    found = re.fullmatch(r"\+?0*([1-9][0-9]{2,14})", number)
    return found[1] if found else ""


def written(policy: Policy, number: str) -> str:
    """A number as its country writes it; what is no number, as one line."""
    digits = caller(number)
    if digits:
        return national(digits, policy.numbers.default_region)
    return line(number, WHO_LIMIT) or "an unknown sender"


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
    return "the list " + line(destination.name, WHO_LIMIT)


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


def instant(at: float) -> datetime:
    """An instant of ours; said in UTC."""
    return datetime.fromtimestamp(int(at), UTC)


def stated(text: str, received_at: float) -> datetime:
    """The instant that a callback states (W3CDTF), in its own zone; else when it was received.

    A clock that is a day fast, or stands before 2000, is no evidence: such a mail would be buried
    in the inbox, or stay on top of it.  A form that did not escape the plus of an offset turned it
    into a space.
    """
    received = instant(received_at)
    try:
        then = datetime.fromisoformat(text.strip().replace(" ", "+")).replace(microsecond=0)
        if "T" not in text:
            return received
        then = then.replace(tzinfo=timezone(then.utcoffset() or timedelta(0), ""))
        believable = _EARLIEST <= then <= received + timedelta(days=1)
    except (ValueError, OverflowError):
        return received
    return then if believable else received


def said(at: datetime) -> str:
    """`Fri 20 Nov 2026 13:50`; where the zone is ours and not the sender's, with `UTC`."""
    day = f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year}"
    return f"{day} {at:%H:%M} {at.tzname()}".rstrip()


def said_before(at: float, reader: datetime) -> str:
    """An earlier instant, as a mail of a given date says it: `Fri 13:41` within a week."""
    then = datetime.fromtimestamp(int(at), reader.tzinfo)
    if timedelta(0) <= reader - then < timedelta(days=6):
        return f"{_DAYS[then.weekday()]} {then:%H:%M}"
    return said(then)


# ---------------------------------------------------------------- about what


def context_of(about: About, given: str = "") -> str:
    """The user context that a person gave, "" if none: never a token of ours.

    `given` is what the gateway sent with the event.
    """
    own = about.mail.conversation.user_context if about.mail else ""
    tokens = {about.mail.conversation.token} if about.mail else set()
    if given and given not in tokens and (given == own or not is_token(given)):
        return line(given)
    return line(own)


def root_subject(mail: SentMail | None) -> str:
    """The subject that began the thread, "" if there is none."""
    if mail is None:
        return ""
    return thread_subject(line(mail.conversation.subject or mail.subject, 4 * LINE_LIMIT))


def titled(head: str, subject: str, context: str) -> str:
    """A subject line of at most 200 characters: `head`, the subject, the user context whole."""
    context = line(context, CONTEXT_LIMIT)
    room = LINE_LIMIT - len(head) - len(context) - len(" []")
    if subject:
        return with_context(head + line(subject, room), context)
    return with_context(head.rstrip(" :"), context)
