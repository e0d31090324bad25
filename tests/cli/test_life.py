"""`smsbridge log` for people: what happened in words, in their zone, with its ids at the end."""

from __future__ import annotations

from datetime import UTC
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bridge.cli.life import _STATES, at_rest, line, says_nothing_new
from bridge.core.events import Event
from bridge.core.outcomes import State
from bridge.spool.views import Lane, Record

AT = 1_795_182_067.0  # 2026-11-20 13:41:07 UTC

MAIL = {
    "sender": "jo@example.com",
    "profile": "person",
    "peer": "192.0.2.1",
    "user": "jo",
    "answered": True,
}
DELIVERY = {
    "number": "447700900123",
    "state": "queued",
    "due_at": None,
    "attempts": 1,
    "resends": 0,
    "token": "",
    "reason": "",
    "message_id": "1001",
    "kind": "Text",
    "segments": 2,
    "part": 1,
    "parts": 1,
    "goes_at": None,
}
LIMITED = {"token": "LIMIT", "reason": "its sender's limit of 60 texts an hour is reached"}
ATTEMPT = {"host": "https://gw", "recipients": 2, "ended_at": AT + 3, "outcome": "submitted"}
EVENT = {
    "kind": "SmsReceived",
    "state": "mailed",
    "number": "447700900123",
    "message_id": "5001",
    "status": "",
    "progress": "",
    "effect": "",
    "token": "",
    "list": "",
    "action": "",
    "user_context": "ORDER-42",
    "mail": "",
    "attempts": 1,
    "reason": "",
    "conflict": "",
    "told": ["jo@example.com"],
    "changed_at": AT + 60,
}
COMMAND = {"verb": "hold", "target": "019f", "by": "root", "changed": 2, "reason": ""}
REPORT = EVENT | {"kind": "StatusReport", "state": "not-mailed", "told": [], "user_context": ""}


@pytest.mark.parametrize(
    ("what", "fields", "words"),
    [
        ("mail", MAIL, "mail from jo@example.com (user jo, person)"),
        (
            "mail",
            MAIL | {"sender": "", "user": "", "answered": False},
            "mail from nobody (192.0.2.1, person); its 250 may not have been heard",
        ),
        (
            "mail",
            MAIL | {"subject": "Hi"},
            'mail from jo@example.com (user jo, person) subject="Hi"',
        ),
        (
            "delivery",
            DELIVERY | {"state": "delivered", "token": "4", "reason": "delivered"},
            "text to 447700900123 delivered (2 segments)",
        ),
        (
            "delivery",
            DELIVERY | {"due_at": AT + 30, "token": "DELAY", "reason": "busy", "segments": 1},
            "text to 447700900123 waits until 13:41:37: DELAY, busy (1 segment)",
        ),
        (
            "delivery",
            DELIVERY | {"due_at": AT, "token": "NO_CREDIT", "reason": "the credit is used up"},
            "text to 447700900123 waits: NO_CREDIT, the credit is used up (2 segments)",
        ),
        (
            "delivery",
            DELIVERY | {"state": "held", "due_at": AT - 60, "reason": "hold by root"},
            "text to 447700900123 held: hold by root (2 segments)",
        ),
        (
            "delivery",
            DELIVERY | {"state": "held", "due_at": AT + 86400, "reason": "hold by root"},
            "text to 447700900123 held until 2026-11-21 13:41:07: hold by root (2 segments)",
        ),
        (
            "delivery",
            DELIVERY | {"state": "held", "due_at": AT + 86400, "goes_at": AT + 60, **LIMITED},
            "text to 447700900123 held, goes by itself from 13:42:07 on, as the limit allows:"
            " LIMIT, its sender's limit of 60 texts an hour is reached (2 segments)",
        ),
        (
            "delivery",
            DELIVERY | {"state": "held", "due_at": AT + 60, "goes_at": AT + 86400, **LIMITED},
            "text to 447700900123 held until 13:42:07:"
            " LIMIT, its sender's limit of 60 texts an hour is reached (2 segments)",
        ),
        (
            "delivery",
            DELIVERY | {"state": "submitted", "parts": 3, "part": 2, "attempts": 2, "resends": 1},
            "text to 447700900123 taken by the gateway"
            " (2 segments, part 2 of 3, 2 requests, sent again 1x)",
        ),
        (
            "delivery",
            DELIVERY | {"state": "undeliverable", "kind": "Mms", "segments": 1},
            "MMS to 447700900123 NOT delivered (1 segment)",
        ),
        (
            "attempt",
            ATTEMPT,
            "asked https://gw to send to 2 numbers: submitted at 13:41:10",
        ),
        (
            "attempt",
            ATTEMPT | {"ended_at": None, "outcome": "", "recipients": 1},
            "asked https://gw to send to 1 number: no answer is known",
        ),
        ("event", EVENT, "text from 447700900123; mailed to jo@example.com at 13:42:07"),
        (
            "event",
            EVENT | {"effect": "stopped"},
            "text from 447700900123, who is opted out now; mailed to jo@example.com at 13:42:07",
        ),
        (
            "event",
            EVENT | {"kind": "MmsReceived", "state": "queued", "told": [], "reason": "a.gif: busy"},
            "picture message from 447700900123; not mailed so far: a.gif: busy",
        ),
        (
            "event",
            EVENT | {"kind": "ListChanged", "list": "News", "action": "unsubscribed"},
            "list News: 447700900123 unsubscribed; mailed to jo@example.com at 13:42:07",
        ),
        (
            "event",
            REPORT | {"status": "4 - delivered"},
            "report on 447700900123: 4 - delivered",
        ),
        ("event", REPORT, "report on 447700900123"),
        (
            "event",
            EVENT | {"kind": "GatewayBlocked", "token": "TOO_DEAR"},
            "trouble at the gateway: TOO_DEAR; mailed to jo@example.com at 13:42:07",
        ),
        (
            "event",
            REPORT | {"status": "5 - failed", "conflict": "delivered before"},
            "report on 447700900123: 5 - failed (delivered before)",
        ),
        (
            "event",
            EVENT | {"conflict": "another under this id: e6"},
            "text from 447700900123 (another under this id: e6);"
            " mailed to jo@example.com at 13:42:07",
        ),
        (
            "event",
            EVENT | {"kind": "Delayed", "state": "not-mailed", "told": [], "reason": "told in e9"},
            "delayed: told in e9",
        ),
        (
            "event",
            EVENT | {"kind": "Held", "told": ["jo@x.y"], "reason": "told a@b.c with others in e9"},
            "held; mailed to jo@x.y at 13:42:07: told a@b.c with others in e9",
        ),
        (
            "event",
            EVENT | {"kind": "LowBalance", "state": "dead", "told": [], "reason": "no such user"},
            "the credit runs low; NOT mailed: no such user",
        ),
        ("event", EVENT | {"kind": "Newer", "told": []}, "Newer; mailed at 13:42:07"),
        ("command", COMMAND, "root ordered: hold 019f; 2 changed"),
        (
            "command",
            COMMAND | {"changed": 0, "reason": "it stands as held"},
            "root ordered: hold 019f; 0 changed: it stands as held",
        ),
        ("command", COMMAND | {"changed": None}, "root ordered: hold 019f; not obeyed yet"),
    ],
)
def test_a_line_says_what_happened(what: str, fields: dict[str, object], words: str) -> None:
    said = line(Record(AT, "019fa2c4", what, fields), UTC, AT)
    assert said.startswith(f"2026-11-20 13:41:07  {words}  ")
    assert "019fa2c4" in said.removeprefix(f"2026-11-20 13:41:07  {words}")


def test_ids_come_last() -> None:
    record = Record(AT, "e7", "event", EVENT | {"mail": "019fa2c4"})
    assert line(record, UTC, AT).split()[-4:] == ["e7", "5001", "019fa2c4", "ORDER-42"]


def test_times_are_those_of_its_readers() -> None:
    record = Record(AT, "c1", "command", COMMAND)
    assert line(record, ZoneInfo("Europe/Berlin"), AT).startswith("2026-11-20 14:41:07  ")


REST = Lane("submit", 3, 60.0, AT - 60, "NO_CREDIT", "the credit is used up")
AWAKE = Lane("notify", 0, 0.0)


@pytest.mark.parametrize(
    ("fields", "lanes", "words"),
    [
        pytest.param({}, (AWAKE, REST), "waits: NO_CREDIT, the credit is used up", id="due"),
        pytest.param({"due_at": AT + 1}, (REST,), "waits until 13:41:08", id="due later"),
        pytest.param({"due_at": None}, (REST,), "waits", id="after another part"),
        pytest.param({"reason": "busy"}, (REST,), "waits: busy", id="with a reason of its own"),
        pytest.param({"state": "submitted"}, (REST,), "taken by the gateway", id="gone"),
        pytest.param({}, (AWAKE,), "waits", id="no rest"),
    ],
)
def test_a_text_that_waits_for_its_lane_says_why_that_rests(
    fields: dict[str, object], lanes: tuple[Lane, ...], words: str
) -> None:
    record = Record(AT - 60, "019fa2c4", "delivery", DELIVERY | {"due_at": AT - 60} | fields)
    said = line(at_rest(record, lanes, AT), UTC, AT)
    assert f"text to 447700900123 {words} (2 segments)" in said


def test_a_mail_is_told_as_it_is_while_a_lane_rests() -> None:
    record = Record(AT, "019fa2c4", "mail", MAIL)
    assert at_rest(record, (REST,), AT) is record


@pytest.mark.parametrize(
    ("fields", "quiet"),
    [
        ({"progress": "pending", "status": "3 - sent"}, True),
        ({"progress": "delivered", "status": "4 - delivered"}, False),
        ({"progress": "", "status": ""}, True),
        ({"progress": "pending", "status": "3 - sent", "state": "queued"}, False),
        ({"progress": "", "kind": "SmsReceived"}, False),
        ({"progress": "undeliverable", "conflict": "delivered before"}, False),
    ],
)
def test_a_report_that_is_no_end_is_left_out(fields: dict[str, object], *, quiet: bool) -> None:
    assert says_nothing_new(Record(AT, "e1", "event", REPORT | fields), set()) is quiet


def test_a_report_that_was_heard_before_is_left_out() -> None:
    heard: set[object] = set()
    report = Record(AT, "e1", "event", REPORT | {"progress": "delivered", "status": "4"})
    assert [says_nothing_new(report, heard) for _ in range(3)] == [False, True, True]


def test_a_report_that_contradicts_another_is_never_left_out() -> None:
    heard: set[object] = set()
    fields = {"progress": "undeliverable", "conflict": "delivered before"}
    report = Record(AT, "e1", "event", REPORT | fields)
    assert [says_nothing_new(report, heard) for _ in range(2)] == [False, False]


@pytest.mark.parametrize("kind", get_args(Event))
def test_every_event_has_its_words(kind: type) -> None:
    said = line(Record(AT, "e1", "event", EVENT | {"kind": kind.__name__}), UTC, AT)
    assert not said.startswith(f"2026-11-20 13:41:07  {kind.__name__}")


def test_every_state_has_its_words() -> None:
    assert _STATES.keys() == set(State)
