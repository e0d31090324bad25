"""The closing blocks of a sender's mails: counted, known once there were three, and forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.model import Session
from bridge.core.senders import LEARNED, MOST_TAILS, learner_key, sender_key
from tests.spool.conftest import NOW, Story, later

JO = "user:jo"
SMALL_PRINT = "ACME Ltd\nReg. no. 01234567"


async def mailed(story: Story, *closings: str, at: float = NOW) -> None:
    """A mail of Jo's that ends in these blocks."""
    await story.spool.accept(story.mail(closings=closings, at=at))


async def learned(story: Story, sender: str = JO) -> tuple[str, ...]:
    return (await story.spool.facts([], [], sender)).tails


async def test_a_block_is_a_tail_once_three_mails_ended_in_it(story: Story) -> None:
    for times in range(1, LEARNED + 1):
        assert await learned(story) == ()
        await mailed(story, SMALL_PRINT, f"mail {times}")
    assert await learned(story) == (SMALL_PRINT,)
    assert await learned(story, "amy@example.com") == ()


async def test_nobody_s_tails_are_read_where_no_sender_is_named(story: Story) -> None:
    for _ in range(LEARNED):
        await mailed(story, SMALL_PRINT)
    assert (await story.spool.facts([], [])).tails == ()


async def test_a_mail_counts_once_however_often_it_ends_in_a_block(story: Story) -> None:
    await mailed(story, SMALL_PRINT, SMALL_PRINT)
    (tail,) = await story.spool.tails()
    assert (tail.sender, tail.block, tail.seen, tail.last_at) == (JO, SMALL_PRINT, 1, NOW)


async def test_a_client_s_retry_is_not_counted_again(story: Story) -> None:
    mail = story.mail(closings=(SMALL_PRINT,))
    await story.spool.accept(mail)
    await story.spool.accept(later(mail, 1))
    assert [tail.seen for tail in await story.spool.tails(JO)] == [1]


async def test_tails_outlive_the_daemon(story: Story) -> None:
    for _ in range(LEARNED):
        await mailed(story, SMALL_PRINT)
    await story.reopened()
    assert await learned(story) == (SMALL_PRINT,)


async def test_of_a_sender_s_many_blocks_those_seen_last_are_kept(story: Story) -> None:
    await mailed(story, SMALL_PRINT, "old")
    for n in range(MOST_TAILS // 10):
        await mailed(story, SMALL_PRINT, *(f"{n} {each}" for each in range(10)), at=NOW + 1 + n)
    found = await story.spool.tails(JO)
    assert len(found) == MOST_TAILS
    assert (found[0].block, found[0].seen) == (SMALL_PRINT, MOST_TAILS // 10 + 1)
    assert "old" not in {tail.block for tail in found}


async def test_a_block_is_erased_like_a_text_when_it_was_long_not_seen(story: Story) -> None:
    await mailed(story, "old")
    await mailed(story, SMALL_PRINT, at=NOW + 100)
    await story.spool.sweep(NOW + 200, bodies_before=NOW + 100, history_before=NOW)
    assert [tail.block for tail in await story.spool.tails()] == [SMALL_PRINT]


async def test_an_operator_sees_and_forgets_them_sender_by_sender(story: Story) -> None:
    await mailed(story, SMALL_PRINT)
    await mailed(story, SMALL_PRINT, "Jo")
    assert [(tail.block, tail.seen) for tail in await story.spool.tails(JO)] == [
        (SMALL_PRINT, 2),
        ("Jo", 1),
    ]
    assert await story.spool.forget_tails("user:amy") == 0
    assert await story.spool.forget_tails(JO) == 2
    await mailed(story, SMALL_PRINT)
    assert await story.spool.forget_tails() == 1
    assert await story.spool.tails() == ()


@pytest.mark.parametrize(
    ("session", "sender", "key"),
    [
        (Session("192.0.2.1", "jo"), "jo@example.com", "user:jo"),
        (Session("192.0.2.1"), "Jo@Example.com", "jo@example.com"),
        (Session("192.0.2.1"), "", "peer:192.0.2.1"),
    ],
)
def test_a_sender_is_a_user_else_a_mailbox_else_a_machine(
    session: Session, sender: str, key: str
) -> None:
    assert sender_key(session, sender) == key


@pytest.mark.parametrize(
    ("session", "sender", "key"),
    [
        (Session("192.0.2.1", "jo"), "jo@example.com", "user:jo"),
        (Session("192.0.2.1"), "Jo@Example.com", "192.0.2.1 jo@example.com"),
        (Session("192.0.2.1"), "", "192.0.2.1"),
    ],
)
def test_who_teaches_is_a_user_else_a_mailbox_on_one_machine(
    session: Session, sender: str, key: str
) -> None:
    assert learner_key(session, sender) == key


async def test_no_other_machine_teaches_what_is_left_off_a_sender_s_mails(story: Story) -> None:
    mail = story.mail(closings=("Call me now",))
    for n in range(LEARNED):
        forged = replace(mail.envelope, session=Session("192.0.2.66"), content=b"%d" % n)
        token = replace(mail.conversation, token=f"2tok{n}")
        await story.spool.accept(
            replace(mail, id=f"{n}", envelope=forged, conversation=token, submissions=())
        )
    relay = learner_key(Session("192.0.2.1"), "jo@example.com")
    assert await learned(story, relay) == ()
    assert await learned(story, "192.0.2.66 jo@example.com") == ("Call me now",)
    (tail,) = await story.spool.tails("jo@example.com")
    assert tail.sender == "192.0.2.66 jo@example.com"
    assert await story.spool.forget_tails("jo@example.com") == 1
