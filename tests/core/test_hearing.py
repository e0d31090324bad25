"""What the settings say of a callback: who reads it, what it begins, what it wishes."""

from __future__ import annotations

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.conversation import notice_id
from bridge.core.events import Event, ListChanged, MmsReceived, SmsReceived, Unreadable
from bridge.core.hearing import heard
from bridge.core.policy import Policy, Route
from bridge.core.promises import Callback

POLICY = Policy(
    hostname="mx.example.com",
    domains=("sms.example.com", "text.example.org"),
    numbers=NumberRules(),
    profiles={},
    routes=(Route(("help@example.com", "jo@example.com"), keyword="HELP"),),
    inbox="inbox@example.com",
)
TOKEN = "7kq2pab3xd"


def callback(event: Event) -> Callback:
    return Callback(event, "sms:1", False, b"raw", "text/plain", 9.0)


def sms(text: str) -> SmsReceived:
    return SmsReceived("447700900123", text, "1", "", "", "", 9.0)


@pytest.mark.parametrize(
    ("event", "route"),
    [
        (sms("Hi"), "inbox@example.com"),
        (sms("help!"), "help@example.com, jo@example.com"),
        (MmsReceived("447700900123", "Hi", "1", (), "", "", "", 9.0), "inbox@example.com"),
    ],
    ids=["inbox", "route", "picture"],
)
def test_a_text_may_begin_a_conversation_in_the_thread_of_its_own_mail(
    event: Event, route: str
) -> None:
    found = heard(POLICY, callback(event), lambda: TOKEN)
    assert (found.token, found.route) == (TOKEN, route)
    assert found.root == notice_id("in", "sms:1", "sms.example.com")
    assert found.event == event


@pytest.mark.parametrize(
    "event",
    [
        ListChanged("News", "", "447700900123", "deleted", "", "", 9.0),
        Unreadable("no fields", b"", 9.0),
    ],
    ids=["list", "unreadable"],
)
def test_nothing_else_begins_one(event: Event) -> None:
    assert heard(POLICY, callback(event), lambda: TOKEN) == callback(event)


def test_a_wish_is_heard_with_it() -> None:
    found = heard(POLICY, callback(sms("STOP")), lambda: TOKEN)
    assert found.optout is not None
    assert (found.optout.number, found.optout.out) == ("447700900123", True)
