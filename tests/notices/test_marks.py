"""T33: every mail that the bridge writes says what it is, so that no machine answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import message_from_bytes
from typing import get_args

import pytest

from bridge.core.about import About, SentMail
from bridge.core.addressing import NumberRules
from bridge.core.events import (
    Delayed,
    Ending,
    Event,
    Explained,
    GatewayBlocked,
    Gathered,
    Held,
    ListChanged,
    ListOrder,
    LowBalance,
    MmsReceived,
    Progress,
    Returned,
    SmsReceived,
    StatusReport,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import Conversation, Msisdn
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.notices.render import render

PHONE, OWNER, OPS = "447700900001", "jo@example.com", "ops@example.com"
DOMAIN = "sms.example.com"
SAM = Msisdn(PHONE)
OURS = Policy(
    "mx.example.com", (DOMAIN,), NumberRules(), {}, inbox=OWNER, postmaster="ops@example.com"
)
MAIL = SentMail(
    *("m1", OWNER, "person", Conversation("7kq2pab3xd", OWNER, "Friday", "<root@example.com>")),
    *("Friday", "<root@example.com>", (), 0.0),
)
FAILED = Ending(SAM, State.REJECTED, "NO", "not this", "5.0.0")
EVENTS: Sequence[Event] = (
    SmsReceived(PHONE, "Yes", "1", "", "", "", 1.0),
    MmsReceived(PHONE, "Look", "1", ("a.jpg",), "", "", "", 1.0),
    StatusReport("1", PHONE, "5", Progress.UNDELIVERABLE, "failed", "5.0.0", 1.0),
    ListChanged("Team", "", PHONE, "2", "", "", 1.0),
    Undelivered("m1", "m1.1", (FAILED,), 1.0),
    Summary("m1", (FAILED,), (), 0, 1.0),
    Held("m1", (SAM,), "a loop?", 1.0),
    Delayed("m1", (SAM,), "the gateway is down", 1.0),
    Gathered(OWNER, 1.0),
    Truncated("m1", "Hi", "and more", (), 1.0),
    Explained(OWNER, "Friday", "Hi", "", 1.0),
    GatewayBlocked("LOGIN_INVALID", "login", 1.0),
    LowBalance(3.0, 10.0, None, 1.0),
    ListOrder(OWNER, "Team", "team", "subscribe", (PHONE,), (), "", "", 1.0),
    Returned("", (OWNER,), True, "no such user", "", b"", 1.0),
    Unmailed((OWNER,), "SmsReceived (e1)", "no", 1.0),
    Unreadable("no form", b"x", 1.0),
)


def test_the_samples_have_every_event() -> None:
    assert {type(each) for each in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: type(each).__name__)
def test_every_mail_that_we_write_says_that_no_machine_is_to_answer(event: Event) -> None:
    about = About(MAIL, "token", conversation=MAIL.conversation)
    found = render(event, OURS, about=about, parts=(), key="k", recipients=(OWNER,))
    assert found
    mail = message_from_bytes(found.content)
    assert found.reverse_path in ("", f"bounces@{DOMAIN}")
    assert mail["Auto-Submitted"] in ("auto-generated", "auto-replied")
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Bridge-Loop"] == "mx.example.com"
    assert re.fullmatch(rf"<[a-z]+\.[0-9a-f]{{32}}@{DOMAIN}>", mail["Message-ID"])
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Bridge-Loop", "Message-ID"):
        assert len(mail.get_all(name, [])) == 1
    is_answer_to_asker = isinstance(event, Explained | ListOrder)
    assert (mail["Auto-Submitted"] == "auto-replied") == (
        is_answer_to_asker or not found.reverse_path
    )
    returns = mail["Message-ID"].startswith("<return.")
    assert returns == isinstance(event, Returned), "told apart should it come back"
