"""Mail comes in: joined to its own retry, and known to whoever asks later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.about import About
from bridge.core.consent import Optout, OptoutChange
from bridge.core.events import Delayed, Ending, ListChanged, Truncated, Undelivered
from bridge.core.model import Conversation, ListName, Mms, Session, Text, Unicode
from bridge.core.outcomes import Accepted, State
from tests.spool.conftest import ALEX, NOW, SAM, Story, later

DAY = 86400.0


# ---------------------------------------------------------------- a client that tries again


@pytest.mark.parametrize(("seconds", "joins"), [(60, True), (3599, True), (3600, False)], ids=str)
async def test_a_retry_joins_the_mail_whose_250_was_never_sent(
    story: Story, seconds: float, joins: bool
) -> None:
    mail = story.mail()
    again = later(mail, seconds)
    assert await story.spool.accept(mail) == mail.id
    assert await story.spool.accept(again) == (mail.id if joins else again.id)
    assert len(await story.states()) == (1 if joins else 2)


async def test_the_same_alert_after_its_250_is_another_alert(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.spool.acknowledged([mail.id])
    assert await story.spool.accept(later(mail, 1)) == mail.id + "again"


@pytest.mark.parametrize(
    ("read", "joins"),
    [(-10, True), (10, False)],
    ids=["before the copy came", "after it"],
)
async def test_a_mail_that_we_kept_waiting_joins_the_copy_that_overtook_it(
    story: Story, read: float, joins: bool
) -> None:
    """A node was paused before its 250; its client had its 250 of another meanwhile."""
    mail = story.mail()
    await story.spool.accept(mail)
    await story.spool.acknowledged([mail.id])
    late = later(mail, read)
    assert await story.spool.accept(late) == (mail.id if joins else late.id)


async def test_an_acknowledgement_survives_an_orderly_end(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.spool.acknowledged([mail.id])
    await story.reopened()
    assert await story.spool.accept(later(mail, 1)) == mail.id + "again"


@pytest.mark.parametrize("other", ["client", "user", "sender", "recipients", "content"])
async def test_what_differs_in_anything_is_another_mail(story: Story, other: str) -> None:
    mail = story.mail()
    again = later(mail, 1)
    envelope = again.envelope
    changed = {
        "client": replace(envelope, session=Session("192.0.2.2", "jo")),
        "user": replace(envelope, session=Session("192.0.2.1", "amy")),
        "sender": replace(envelope, reverse_path="amy@example.com"),
        "recipients": replace(envelope, forward_paths=envelope.forward_paths * 2),
        "content": replace(envelope, content=b"other"),
    }[other]
    await story.spool.accept(mail)
    assert await story.spool.accept(replace(again, envelope=changed)) == again.id


# ---------------------------------------------------------------- facts


async def test_an_opt_out_is_known_until_the_number_is_back(story: Story) -> None:
    await story.spool.optout(OptoutChange(SAM.digits, True, NOW, "with STOP"))
    assert (await story.spool.facts([SAM.digits, ALEX.digits], [])).optouts == {
        SAM.digits: Optout(NOW, "with STOP")
    }
    await story.spool.optout(OptoutChange(SAM.digits, False, NOW + 1, "START"))
    assert (await story.spool.facts([SAM.digits], [])).optouts == {}


async def test_a_token_names_its_conversation_and_its_partners(story: Story) -> None:
    mail = story.mail(SAM, ListName("Customers"), token="2aaa", user_context="42")
    await story.spool.accept(mail)
    await story.sent(Accepted("1"))
    await story.spool.receive(story.callback(story.text(number=ALEX.digits, context="42")))
    facts = await story.spool.facts([], ["2aaa", "2nobody"])
    assert facts.conversations == {"2aaa": mail.conversation}
    assert facts.partners == {"2aaa": {SAM.digits, ALEX.digits}}


async def test_an_answer_adds_to_a_conversation_which_keeps_its_context(story: Story) -> None:
    await story.spool.accept(story.mail(token="2aaa", user_context="42"))
    answer = story.mail(ALEX, token="2aaa", user_context="43")
    await story.spool.accept(answer)
    facts = await story.spool.facts([], ["2aaa"])
    assert facts.conversations["2aaa"].user_context == "42"
    assert facts.partners["2aaa"] == {SAM.digits, ALEX.digits}


# ---------------------------------------------------------------- whose text is answered


async def about(story: Story, **more: str) -> tuple[str, str]:
    """Whose mail a text from Sam's phone answers, and how that was found."""
    found = await story.spool.about(story.text(**more))
    return (found.mail.sender if found.mail else "", found.by)


async def test_an_answer_finds_its_mail_by_token_then_context_then_number(story: Story) -> None:
    for sender, context, token in (
        ("amy@example.com", "", "2amy"),
        ("bob@example.com", "42", "2bob"),
        ("cat@example.com", "", "2cat"),
    ):
        await story.spool.accept(story.mail(sender=sender, user_context=context, token=token))
        await story.sent(Accepted(token))
    assert await about(story, context="2amy") == ("amy@example.com", "token")
    assert await about(story, context="42") == ("bob@example.com", "context")
    assert await about(story) == ("cat@example.com", "number")
    assert await about(story, context="unheard of") == ("cat@example.com", "number")
    assert await about(story, number=ALEX.digits) == ("", "")


async def test_a_token_s_owner_is_found_from_any_number(story: Story) -> None:
    await story.spool.accept(story.mail(token="2aaa"))
    assert await about(story, context="2aaa", number=ALEX.digits) == ("jo@example.com", "token")


async def test_a_context_alone_is_enough_if_it_went_to_a_list(story: Story) -> None:
    for to, context in ((ListName("Customers"), "NEWS"), (ALEX, "PRIVATE")):
        await story.spool.accept(story.mail(to, user_context=context))
        await story.sent(Accepted(context))
    assert await about(story, context="NEWS") == ("jo@example.com", "context")
    assert await about(story, context="PRIVATE") == ("", "")


async def test_a_number_is_remembered_for_thirty_days(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Accepted("1"))
    for age, found in ((29 * DAY, True), (31 * DAY, False)):
        text = replace(story.text(), received_at=NOW + age)
        assert ((await story.spool.about(text)).mail is not None) is found


async def test_a_text_that_never_left_is_not_answered(story: Story) -> None:
    await story.spool.accept(story.mail())
    assert await about(story) == ("", "")


async def test_others_who_texted_the_number_within_a_day_are_named(story: Story) -> None:
    for sender, at in (
        ("old@example.com", NOW - 2 * DAY),
        ("amy@example.com", NOW),
        ("jo@example.com", NOW),
        ("jo@example.com", NOW),
    ):
        await story.spool.accept(story.mail(sender=sender, at=at))
        await story.sent(Accepted(sender), at)
    found = await story.spool.about(story.text())
    assert (found.by, found.others) == ("number", ("amy@example.com",))


# ---------------------------------------------------------------- the mail that was texted


async def test_what_is_known_of_a_mail_is_what_it_said(story: Story) -> None:
    mail = story.mail(texts=(Text("one"), Unicode("два"), Mms("picture", ())), token="2aaa")
    mail = replace(
        mail,
        references=("<a@x>", "<b@x>"),
        conversation=Conversation("2aaa", "owner@example.com", "Friday", "<root@x>", "42"),
        envelope=replace(mail.envelope, content=b"Subject: =?x?\r\nX: \xff\r\n\r\nbody\r\n\r\n"),
    )
    await story.spool.accept(mail)
    failure = Ending(SAM, State.REJECTED, "T", "why", "5.0.0")
    event = Undelivered(mail.id, mail.submissions[0].id, (failure,), NOW)
    found = (await story.spool.about(event)).mail
    assert found is not None
    assert (found.id, found.sender, found.profile) == (mail.id, "jo@example.com", "person")
    assert found.conversation == mail.conversation
    assert (found.subject, found.message_id) == ("Friday", mail.message_id)
    assert found.references == ("<a@x>", "<b@x>")
    assert found.session == mail.envelope.session
    assert found.texts == ("one", "два", "picture")
    assert found.headers == b"Subject: =?x?\r\nX: \xff"


async def test_each_event_knows_its_mail_or_that_it_has_none(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    for event in (Delayed(mail.id, (SAM,), "", NOW), Truncated(mail.id, "", "", (), NOW)):
        found = await story.spool.about(event)
        assert found.mail is not None
        assert found.mail.id == mail.id
    joined = ListChanged("l", "t", SAM.digits, "1", "", "", NOW)
    assert await story.spool.about(joined) == About()
    assert (await story.spool.about(Delayed("nosuch", (), "", NOW))).mail is None


async def test_what_no_text_should_hold_stops_no_mail(story: Story) -> None:
    odd = Text("a NUL \0 and half of a pair \ud83d")
    mail = replace(story.mail(texts=(odd,), user_context="a\0b"), message_id="<a\0b@example.com>")
    assert await story.spool.accept(mail) == mail.id
    assert (await story.one()).item.content == odd
