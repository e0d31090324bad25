"""The vocabulary of IntelliSMS: each word of its page, and those seen beside it, in one table each.

A word that no table holds is shown as it came, and never fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bridge.core.events import Progress
from bridge.core.managing import BY_API
from bridge.core.outcomes import Blocked, Deferred, Refused

LONGEST_DELAY = 120
USUAL_DELAY = 15

ERRORS: Mapping[str, str] = {
    "LOGIN_INVALID": "the gateway does not know this user name and password",
    "INSUFFICIENT_CREDIT": "the account's credit is used up",
    "DAILY_ALLOWANCE_EXCEEDED": "the account's allowance for today is used up",
    "CONNECTION_NOT_SECURE": "the account asks for a secure connection",
    "AUTH_PARAMETER_MISSING": "the gateway misses part of the login",
    "AUTH_PARAMETER_INVALID": "the gateway does not take part of the login",
    "GATEWAY_ERROR": "the gateway cannot send at this time",
    "INTERNAL_ERROR": "the gateway cannot work at this time",
    "INVALID_NUMBER": "the gateway has no route to this number",
    "TOO_MANY_NUMBERS": "these are more numbers than one submission may have",
    "MSGID_INVALID": "the gateway holds no message with this id",
    "INVALID_REQUEST": "the gateway does not take this request",
    "NO_USERNAME": "the user name is missing",
    "NO_PASSWORD": "the password is missing",
    "NO_TO": "the destination is missing",
    "NO_TEXT": "the text is missing",
    "NO_MSGID": "the message id is missing",
    "PARAMETER_MISSING": "a parameter is missing",
    "PARAMETER_INVALID": "a parameter is malformed",
    # The page's own spelling, for updates of subscription lists alone.
    "PPARAMETER_INVALID": "the list's name or the action is not known at the gateway",
    "ACCOUNT_EXISTS": "the account exists already",
}
_ACCOUNT = frozenset(
    {"LOGIN_INVALID", "INSUFFICIENT_CREDIT", "DAILY_ALLOWANCE_EXCEEDED", "CONNECTION_NOT_SECURE"}
)
_MOMENT = frozenset({"GATEWAY_ERROR", "INTERNAL_ERROR"})
_MESSAGE = frozenset({"INVALID_NUMBER", "TOO_MANY_NUMBERS", "MSGID_INVALID"})

# status -> what it means for us, what it says, and RFC 3463's code for it.  13 to 17 are not on
# the page but on the vendor's other ones; 9 and 10 nobody has described.
STATUSES: Mapping[str, tuple[Progress, str, str]] = {
    "0": (Progress.PENDING, "unknown", "4.0.0"),
    "1": (Progress.PENDING, "OK", "2.0.0"),
    "2": (Progress.PENDING, "message queued", "2.0.0"),
    "3": (Progress.PENDING, "message sent", "2.0.0"),
    "4": (Progress.DELIVERED, "message delivered", "2.0.0"),
    "5": (Progress.UNDELIVERABLE, "error with request", "5.5.0"),
    "6": (Progress.UNDELIVERABLE, "unable to deliver", "5.0.0"),
    "7": (Progress.UNDELIVERABLE, "routing error", "5.4.4"),
    "8": (Progress.EXPIRED, "message expired", "4.4.7"),
    "11": (Progress.DELIVERED, "acknowledged by recipient", "2.0.0"),
    "12": (Progress.UNDELIVERABLE, "rejected by recipient", "5.7.1"),
    "13": (Progress.UNDELIVERABLE, "rejected by a spam filter", "5.7.1"),
    "14": (Progress.DELIVERED, "message read", "2.0.0"),
    "15": (Progress.UNDELIVERABLE, "rejected: outside the response window", "5.7.1"),
    "16": (Progress.UNDELIVERABLE, "rejected: age restriction", "5.7.1"),
    "17": (Progress.UNDELIVERABLE, "recipient not provisioned", "5.2.1"),
}

NETWORKS: Mapping[str, str] = {
    "234010": "O2 (UK)",
    "234015": "Vodafone (UK)",
    "234020": "Three (UK)",
    "234030": "T-Mobile (UK)",
    "234033": "Orange (UK)",
    "0": "",
}

LIST_ACTIONS: Mapping[str, str] = {"1": "subscribed", "2": "unsubscribed", "3": "deleted"}
LIST_TYPES: Mapping[str, str] = {
    "1": "premium rate subscription list",
    "2": "user subscription list",
}
LIST_SOURCES: Mapping[str, str] = {
    "1": "inbound SMS",
    "2": "inbound MMS",
    "3": "outgoing SMS",
    "4": "outgoing MMS",
    "5": "web portal",
    "6": "IntelliSoftware support",
    "7": BY_API,
    "8": "platform (such as STOP to 86688)",
    "9": "delivery status report",
    "10": "help desk, by phone",
    "11": "help desk, by e-mail",
    "12": "help desk, by web form",
}


def error(token: str) -> Refused | Deferred | Blocked:
    """What an error token means; one that nobody knows is a refusal that the operator hears of."""
    reason = ERRORS.get(token, f"the gateway refused it with {token[:60]}")
    if token in _ACCOUNT or token.startswith("AUTH_"):
        return Blocked(token, reason)
    if token in _MOMENT:
        return Deferred(token, reason)
    return Refused(token, reason, ours=token not in _MESSAGE)


def delay(seconds: str) -> Deferred:
    """`DELAY:<seconds>`: the server is busy, and wants another try after that time.

    Over two minutes the vendor's own client waits 15 s instead; so it is with what is no number.
    """
    asked = int(seconds) if re.fullmatch(r"[0-9]{1,6}", seconds) else USUAL_DELAY
    wait = USUAL_DELAY if asked > LONGEST_DELAY else asked
    return Deferred("DELAY", "the gateway is busy", retry_after=float(wait), same_host=True)


def status(code: str) -> tuple[Progress, str, str]:
    """What a status report's code means, says, and is in RFC 3463's terms."""
    return STATUSES.get(code, (Progress.PENDING, f"unknown status {code}".strip(), "4.0.0"))


LONGEST = 1000


def shortened(value: str) -> str:
    """At most so many octets of an id, a number or a name.

    Stores look things up by them, and PostgreSQL takes no more than 2,704 into an index.
    """
    return value.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
