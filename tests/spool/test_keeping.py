"""What is kept, how it is shown, and when it is erased."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

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
from bridge.core.leases import NoticeVerdict, Told
from bridge.core.model import ListName, Mms, Part, Text
from bridge.core.outcomes import Accepted, State
from bridge.spool import rows
from bridge.spool.copying import KEYS
from tests.spool.conftest import ALEX, NO_ANSWER, NOW, SAM, Story

EVENTS: tuple[Event, ...] = (
    SmsReceived("1", "text \n \x00 🙂", "m", "2026-11-22T12:00:00Z", "42", "O2", NOW),
    MmsReceived("1", "subject", "m", ("a.jpg", "b"), "", "", "", NOW),
    StatusReport("m", "1", "4", Progress.DELIVERED, "words", "2.0.0", NOW),
    ListChanged("list", "type", "1", "2", "source", "then", NOW),
    Undelivered(
        "mail",
        "submission",
        (
            Ending(SAM, State.REJECTED, "T", "why", "5.1.1"),
            Ending(ListName("Customers"), State.HELD, "T", "why", "4.4.1"),
        ),
        NOW,
        ours=True,
    ),
    Delayed("mail", (SAM, ListName("Customers")), "why", NOW),
    Truncated("mail", "sent", "left", ("a.pdf",), NOW),
    Truncated("mail", "sent", "left", ("a.jpg",), NOW, media_off=True),
    Explained("jo@example.com", "subject", "text", "<1@example.com>", NOW),
    GatewayBlocked("T", "why", NOW),
    Summary("m1", (Ending(SAM, State.DELIVERED, "4", "why", "2.0.0"),), (), 1, NOW),
    Held("m1", (SAM, ListName("Customers")), "a loop?", NOW),
    Gathered("jo@example.com", NOW),
    ListOrder(
        "jo@example.com", "My list", "alerts", "subscribe", ("447700900123",), ("x",), "", "", NOW
    ),
    LowBalance(12.5, 100.0, 3.5, NOW),
    Returned("<in.1@sms.example.com>", ("jo@example.com",), True, "no", "s", b"\x00raw", NOW),
    Unmailed(("jo@example.com",), "what", "why", NOW),
    Unreadable("why", bytes(range(256)), NOW),
)


def test_each_kind_of_event_is_tried_here() -> None:
    assert {type(each) for each in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda each: type(each).__name__)
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    assert rows.event(type(event).__name__, rows.event_item(event)) == event


# ---------------------------------------------------------------- shown


async def test_the_life_of_a_message_is_told_from_any_end(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(Accepted("77"), NOW + 1)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 2), at=NOW + 2))
    await story.ordered("drop", mail.id, NOW + 3)
    await story.spool.accept(story.mail(ALEX, sender="amy@example.com"))
    for about in (mail.id, mail.submissions[0].id, SAM.digits, "77", "jo@example.com"):
        found = await story.spool.browse(about)
        assert [each.what for each in found] == ["mail", "attempt", "delivery", "event", "command"]
        assert found == sorted(found, key=lambda each: each.at)
    assert len(await story.spool.browse()) == 7
    assert len(await story.spool.browse(limit=3)) == 3
    assert [each.id for each in await story.spool.browse("e1")] == ["e1"]
    assert await story.spool.browse("nosuch") == []


async def test_only_what_waits_is_shown_where_only_that_is_asked_for(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Accepted("77"))
    waiting = story.mail(ALEX)
    await story.spool.accept(waiting)
    found = await story.spool.browse(waiting=True)
    assert [(each.what, each.id) for each in found] == [
        ("mail", waiting.id),
        ("delivery", waiting.submissions[0].id),
    ]


async def test_a_status_report_is_shown_with_what_it_says(story: Story) -> None:
    report = replace(story.report("77"), status="6", words="Unable To Deliver")
    await story.spool.receive(story.callback(report, key="k1"))
    await story.spool.receive(story.callback(replace(report, words=""), key="k2"))
    await story.spool.receive(story.callback(story.text(), key="k3"))
    found = {each.id: each.fields["status"] for each in await story.lines("event")}
    assert found == {"e1": "6 - Unable To Deliver", "e2": "6", "e3": ""}


async def test_texts_are_shown_to_those_who_ask_for_them(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("the secret"),)))
    await story.spool.receive(story.callback(story.text("another secret")))
    assert "secret" not in repr(await story.spool.browse())
    shown = repr(await story.spool.browse(content=True))
    assert "the secret" in shown
    assert "another secret" in shown


# ---------------------------------------------------------------- erased


async def octets(story: Story) -> bytes:
    """All that a thief of the tables would read."""
    found = [row for table in KEYS for row in await story.sql(f"SELECT * FROM {table}")]
    values = [value for row in found for value in row]
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


async def test_texts_go_first_and_the_rows_later(story: Story) -> None:
    picture = Mms("a secret", (Part("secret.jpg", "image/jpeg", b"secret"),))
    mail = story.mail(texts=(Text("my secret"), picture), raw=b"Subject: s\r\n\r\nmy secret\r\n")
    await story.spool.accept(mail)
    await story.sent(Accepted("1"))
    await story.sent(Accepted("2"))
    await story.spool.receive(story.callback(story.text("their secret"), key="k"))
    (lease,) = await story.spool.lease_events("us", 9, NOW, NOW + 60)
    assert await story.spool.keep_parts(lease, [Part("secret.jpg", "image/jpeg", b"secret")])
    assert await story.spool.settle_event(lease, NoticeVerdict(Told.MAILED, None), NOW)
    await story.ordered("drop", mail.id)

    assert await story.spool.sweep(NOW + 10, bodies_before=NOW, history_before=NOW) == 0
    assert await story.spool.sweep(NOW + 10, bodies_before=NOW + 1, history_before=NOW) == 2
    dump = await octets(story)
    assert b"secret" not in dump
    assert b"secret".hex().upper().encode() not in dump
    assert len(await story.states()) == 2
    assert await story.ordered("retry", mail.id, NOW + 10) == 0, "its text is gone"
    assert (await story.spool.receive(story.callback(story.text(), key="k")))[1] is False

    assert await story.spool.sweep(NOW + 99, bodies_before=NOW + 50, history_before=NOW + 50) > 0
    assert await story.spool.browse() == []
    assert (await story.spool.receive(story.callback(story.text(), key="k")))[1] is True
    assert (await story.spool.facts([], [mail.conversation.token])).conversations == {}


async def test_what_waits_is_kept_however_old(story: Story) -> None:
    held = story.mail()
    await story.spool.accept(held)
    await story.ordered("hold", held.id)
    await story.spool.receive(story.callback(story.text()))
    assert await story.spool.sweep(NOW, bodies_before=NOW + 99, history_before=NOW + 99) == 1
    assert [each.what for each in await story.spool.browse()] == ["mail", "delivery", "event"]
    await story.ordered("release", held.id)
    await story.sent(Accepted("1"))


async def test_what_is_held_in_doubt_is_over_when_its_time_is(story: Story) -> None:
    """Its sender was told, and no report came: nothing waits for it but an operator's memory."""
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    assert len(await story.told(NOW + 65)) == 1

    assert await story.spool.sweep(NOW, bodies_before=NOW + 60, history_before=NOW) == 0
    assert await story.spool.sweep(NOW, bodies_before=NOW + 66, history_before=NOW) == 2
    assert b"hello" not in await octets(story)
    assert await story.state() == State.HELD
    assert await story.spool.sweep(NOW, bodies_before=NOW + 66, history_before=NOW + 66) == 2
    assert await story.spool.browse() == []


async def test_a_great_many_go_in_one_sweep(story: Story) -> None:
    for _ in range(450):
        await story.spool.receive(story.callback(story.text(), key=str(next(story.numbers))))
    for lease in await story.spool.lease_events("us", 1000, NOW, NOW + 60):
        await story.spool.settle_event(lease, NoticeVerdict(Told.NOBODY, None), NOW)
    assert await story.spool.sweep(NOW, bodies_before=NOW + 1, history_before=NOW + 1) == 900
    assert await story.spool.browse() == []
