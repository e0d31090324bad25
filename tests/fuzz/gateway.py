"""The gateway's side: what it answers to a submission, and what it posts to us."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from bridge.core.addressing import NumberRules
from bridge.core.events import (
    ListChanged,
    MmsReceived,
    SmsReceived,
    StatusReport,
    Unreadable,
)
from bridge.core.hearing import heard
from bridge.core.model import ListName, Msisdn
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways.contract import RawCallback, Response
from bridge.gateways.intellisms import IntelliSms
from bridge.gateways.intellisms_words import ERRORS
from tests.fuzz import words
from tests.fuzz.target import Target, check_line, check_text
from tests.mails.table import POLICY

GATEWAY = IntelliSms(("https://gateway.example",), "jo", "secret", numbers=NumberRules("GB"))
BATCH = (Msisdn("447700900123"), Msisdn("447700900124"), Msisdn("33612345678"))
STATUSES = (200, 200, 200, 204, 301, 400, 401, 404, 429, 500, 502, 503)

# ---------------------------------------------------------------- answers


def answers(octets: bytes) -> None:
    """T63: whatever the gateway answers, each destination has one of the five outcomes.

    The first octet says how it came: with which status, whole or cut off.
    """
    how, body = octets[0] if octets else 0, octets[1:]
    response = Response(STATUSES[how % len(STATUSES)], body, complete=how < 128)
    for to in (BATCH, BATCH[:1], (ListName("Customers"),)):
        found = GATEWAY.submit_outcomes(to, response)
        assert set(found) == set(to), found
        for outcome in found.values():
            check_outcome(outcome, body)
    check_outcome(GATEWAY.list_outcome(response), body, listed=True)
    balance = GATEWAY.balance(response)
    if isinstance(balance, Decimal):
        assert balance.is_finite()
    else:
        check_outcome(balance, body)
    for last in (False, True):
        part = GATEWAY.part(response, last=last)
        if isinstance(part, bytes):
            assert part == body
        else:
            check_outcome(part, body)


def check_outcome(outcome: Outcome, body: bytes, *, listed: bool = False) -> None:
    """An outcome is as its nouns say; only what the gateway said to have taken is accepted."""
    match outcome:
        case Accepted(message_id):
            check_line(message_id)
            assert b"OK" in body.upper() if listed else b"ID" in body.upper(), outcome
            assert listed or message_id, "an empty id"
        case Deferred(token, reason, retry_after):
            assert retry_after is None or 0 <= retry_after <= 120, outcome
            check_line(token + reason)
        case Refused(token, reason) | Blocked(token, reason) | InDoubt(token, reason):
            check_line(token + reason)
            assert token
            assert reason
        case _:
            assert_never(outcome)


def _answers() -> Sequence[bytes]:
    said = [
        "ID:1234567890",
        "447700900123,ID:1\r\n447700900124,ID:1\r\n33612345678,ERR:INVALID_NUMBER\r\n",
        "ERR:INSUFFICIENT_CREDIT",
        "447700900123,DELAY:30\n07700900124,ID:2\n",
        "<html><body>502</body></html>",
        "\ufeffID:1<br/>id:2",
        "BALANCE:100.50",
        "OK",
        "",
    ]
    return [bytes([how]) + each.encode() for how in (0, 3, 9, 200) for each in said]


# ---------------------------------------------------------------- callbacks


def callbacks(octets: bytes) -> None:
    """T45 to T48: any request is an event that can be stored and told, the same each time.

    The first line is its Content-Type, the second its query, the rest its body.
    """
    content_type, query, body = (*octets.split(b"\n", 2), b"", b"")[:3]
    raw = RawCallback(query, body, content_type.decode("utf-8", "replace"), 9.0)
    found = GATEWAY.callback(raw)
    assert found == GATEWAY.callback(raw)
    assert found.raw in (query, body, query + b"\n" + body), "not as it came"
    assert re.fullmatch(r"[a-z]+:[0-9a-f]{64}", found.key), found.key
    event = found.event
    lines: tuple[str, ...]
    match event:
        case SmsReceived(number, text, message_id, sent, context, network):
            check_text(text)
            lines = (number, message_id, sent, context, network)
        case MmsReceived(number, subject, message_id, files, sent, context, network):
            check_text(subject)
            lines = (number, message_id, *files, sent, context, network)
        case StatusReport(message_id, number, status, _, words, enhanced):
            assert re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", enhanced), enhanced
            lines = (message_id, number, status, words)
        case ListChanged(name, kind, number, action, source, timestamp):
            lines = (name, kind, number, action, source, timestamp)
        case Unreadable(why, kept):
            assert kept == found.raw
            lines = (why,)
        case _:
            raise AssertionError(f"{type(event)} is no callback's")
    for each in lines:
        check_line(each)
    wish = heard(POLICY, found, lambda: "2newtokenx")
    check_line(wish.root)
    check_line(wish.route)


def _callbacks() -> Sequence[bytes]:
    form = b"application/x-www-form-urlencoded"
    several = (
        b'--b\r\nContent-Disposition: form-data; name="from"\r\n\r\n447700900123\r\n--b\r\n'
        b"Content-Disposition: form-data; name=text; charset=iso-8859-1\r\n\r\nHi \xa3\r\n--b--\r\n"
    )
    sms = b"from=447700900123&text=Yes+4pm%0D%0A%E2%82%AC&msgid=5001&usercontext=X&networkcode=1"
    return [
        form + b"\n\n" + sms,
        b"\n" + sms + b"\n",
        form + b"; charset=iso-8859-1\n\nfrom=ACME&text=%A3+STOP&sent=2010-02-03T13:50:05-00:00",
        form + b"\n\nfrom=447700900123&type=5&text=My+holiday&filelist=a.gif,%2C,..%2Fb&msgid=1",
        form + b"\n\nstatus=4&toaddr=447700900123&msgid=0123",
        form + b"\n\nsublistname=Alerts&sublisttype=2&msisdn=07700900123&action=2&source=1&"
        b"timestamp=2026-11-20T14:50:05",
        b"multipart/form-data; boundary=b\n\n" + several,
        b"multipart/form-data\n\n" + several,
        form + b"\n\nfrom=0%00044&text=a%00b%0D%0A&msgid=1%0A2&sent=%C2%85&usercontext=%E2%80%A8",
        b"text/plain; charset=punycode\na=1\n\xff\xfe=%ff&&=&+",
    ]


TARGETS = (
    Target("answers", answers, _answers, words.ANSWER + tuple(token.encode() for token in ERRORS)),
    Target("callbacks", callbacks, _callbacks, words.CALLBACK),
)
