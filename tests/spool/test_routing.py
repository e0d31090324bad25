"""Who gets a text, in which conversation and with which context: each case as a row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import pytest

from bridge.core.about import About
from bridge.core.addressing import NumberRules
from bridge.core.audience import audience
from bridge.core.conversation import notice_id
from bridge.core.events import MmsReceived, SmsReceived
from bridge.core.hearing import heard
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import Destination, ListName
from bridge.core.outcomes import Accepted, Outcome, Refused
from bridge.core.policy import Route
from bridge.core.promises import Callback
from bridge.gateways import intellisms_callbacks
from bridge.gateways.contract import RawCallback
from bridge.spool.opening import open_spool
from tests.spool.conftest import ALEX, NO_ANSWER, NOW, POLICY, SAM, Story

DAY = 86400.0
JO, KIM, ROOT = "jo@example.com", "kim@example.com", "root@web1"
INBOX, HELP, VIP = "inbox@example.com", "help@example.com", "vip@example.com"
JOS, KIMS, ROOTS = "2jojojojoj", "3kimkimkim", "5rootrootr"
FRESH, FORGOTTEN = "4freshfres", "6forgotten"
CUSTOMERS = ListName("Customers")
SENT, REJECTED = Accepted("1"), Refused("INVALID_NUMBER", "no such number")

HOUSE = replace(
    POLICY,
    routes=(
        Route((HELP, KIM), keyword="HELP"),
        Route((VIP,), number=ALEX.digits),
        Route((INBOX,), keyword="help", number=ALEX.digits),
    ),
    inbox=INBOX,
)


@dataclass(frozen=True)
class Texted:
    """A mail that was texted, some days ago; `outcome` is None where it still waits.

    `answers`: it was sent to the conversation's address, whoever sent it.
    """

    by: str
    token: str
    to: tuple[Destination, ...] = (SAM,)
    context: str = ""
    days: float = 0.1
    outcome: Outcome | None = SENT
    answers: str = ""


@dataclass(frozen=True)
class Came:
    """A text that came; `context` is what the gateway gave with it."""

    words: str = "ok"
    number: str = SAM.digits
    context: str = ""
    picture: bool = False


async def sent(story: Story, each: Texted) -> None:
    """Accept a mail, and have the gateway take it, or not."""
    at = NOW - each.days * DAY
    mail = story.mail(*each.to, sender=each.by, token=each.token, user_context=each.context, at=at)
    if each.answers:
        mail = replace(mail, conversation=replace(mail.conversation, owner=each.answers))
    await story.spool.accept(mail)
    if each.outcome is not None:
        (lease,) = await story.lease(at)
        await story.sent(each.outcome, at, lease=lease)


async def came(
    story: Story, text: Came, *, token: str = FRESH, at: float = NOW
) -> tuple[EventLease, About]:
    """What is known of a text once it was stored."""
    n = next(story.numbers)
    event: SmsReceived | MmsReceived = SmsReceived(
        text.number, text.words, f"in{n}", "", text.context, "", at
    )
    if text.picture:
        event = MmsReceived(text.number, text.words, f"in{n}", (), "", text.context, "", at)
    callback = Callback(event, f"sms:{n}", False, b"raw=1", "text/plain", at)
    id_, new = await story.spool.receive(heard(HOUSE, callback, lambda: token))
    assert new
    lease = next(
        each for each in await story.spool.lease_events("us", 99, at, at) if each.id == id_
    )
    return lease, await story.spool.about(lease.item)


async def routed(story: Story, text: Came) -> tuple[tuple[str, ...], str, str]:
    """Who gets a text, the token in its address, and the context in its subject."""
    lease, about = await came(story, text)
    assert about.conversation is not None
    readers = audience(HOUSE, lease.item, about)
    return readers, about.conversation.token, about.conversation.user_context


ORDER = "ORDER-42"


@pytest.mark.parametrize(
    ("before", "text", "gets"),
    [
        # ---------------- by our token
        pytest.param(
            [Texted(JO, JOS), Texted(KIM, KIMS)], Came(context=JOS), ((JO,), JOS, ""), id="token"
        ),
        pytest.param(
            [Texted(JO, JOS)], Came(context=JOS.upper()), ((JO,), JOS, ""), id="token_in_capitals"
        ),
        pytest.param(
            [Texted(JO, JOS, days=300)], Came(context=JOS), ((JO,), JOS, ""), id="token_of_long_ago"
        ),
        pytest.param(
            [Texted(JO, JOS)],
            Came(context=JOS, number=ALEX.digits),
            ((JO,), JOS, ""),
            id="token_from_a_phone_it_was_never_texted_to",
        ),
        pytest.param(
            [Texted(JO, JOS, context=KIMS), Texted(KIM, KIMS)],
            Came(context=KIMS),
            ((KIM,), KIMS, ""),
            id="context_spelt_as_another_s_token",
        ),
        pytest.param(
            [Texted(JO, JOS), Texted(KIM, JOS, answers=JO)],
            Came(context=JOS),
            ((JO,), JOS, ""),
            id="a_colleague_answered_and_the_owner_stays",
        ),
        pytest.param(
            [Texted(JO, JOS), Texted(KIM, JOS, answers=JO)],
            Came(),
            ((JO,), JOS, ""),
            id="a_colleague_answered_and_no_context_came",
        ),
        pytest.param(
            [Texted(JO, JOS), Texted(KIM, KIMS)],
            Came(context=FORGOTTEN),
            ((KIM, INBOX), KIMS, ""),
            id="a_forgotten_token_says_nothing",
        ),
        # ---------------- by the sender's context
        pytest.param(
            [Texted(JO, JOS, context=ORDER), Texted(KIM, KIMS)],
            Came(context=ORDER),
            ((JO,), JOS, ORDER),
            id="context",
        ),
        pytest.param(
            [Texted(JO, JOS, context=ORDER), Texted(KIM, KIMS, context=ORDER)],
            Came(context=ORDER),
            ((KIM,), KIMS, ORDER),
            id="context_of_two_the_latest",
        ),
        pytest.param(
            [
                Texted(JO, JOS, context=ORDER),
                Texted(KIM, KIMS, context=ORDER, outcome=REJECTED),
            ],
            Came(context=ORDER),
            ((JO,), JOS, ORDER),
            id="context_of_two_one_never_went",
        ),
        pytest.param(
            [
                Texted(JO, JOS, context=ORDER),
                Texted(KIM, KIMS, to=(ALEX,), context=ORDER),
            ],
            Came(context=ORDER),
            ((JO,), JOS, ORDER),
            id="context_of_two_each_has_its_number",
        ),
        pytest.param(
            [Texted(KIM, KIMS, to=(ALEX,), context=ORDER)],
            Came(context=ORDER),
            ((INBOX,), FRESH, ORDER),
            id="context_of_another_number_is_kept_and_routes_nothing",
        ),
        pytest.param(
            [Texted(JO, JOS, to=(CUSTOMERS,), context="NEWS")],
            Came(context="NEWS"),
            ((JO,), JOS, "NEWS"),
            id="context_of_a_list",
        ),
        pytest.param(
            [Texted(JO, JOS, to=(CUSTOMERS, SAM), context="NEWS")],
            Came(context="NEWS"),
            ((JO,), JOS, "NEWS"),
            id="context_of_a_list_whose_member_is_known",
        ),
        pytest.param(
            [Texted(JO, JOS, to=(CUSTOMERS,), context="NEWS"), Texted(KIM, KIMS, context="NEWS")],
            Came(context="NEWS"),
            ((KIM,), KIMS, "NEWS"),
            id="context_of_a_number_before_that_of_a_list",
        ),
        pytest.param(
            [Texted(JO, JOS, to=(CUSTOMERS,))],
            Came(context=JOS),
            ((JO,), JOS, ""),
            id="token_of_a_list",
        ),
        # ---------------- by number
        pytest.param([Texted(JO, JOS)], Came(), ((JO,), JOS, ""), id="number"),
        pytest.param(
            [Texted(JO, JOS, context=ORDER)], Came(), ((JO,), JOS, ORDER), id="number_its_context"
        ),
        pytest.param(
            [Texted(KIM, KIMS, days=0.5), Texted(JO, JOS)],
            Came(),
            ((JO, INBOX), JOS, ""),
            id="two_within_a_day_a_copy_to_the_inbox",
        ),
        pytest.param(
            [Texted(KIM, KIMS, days=2), Texted(JO, JOS)],
            Came(),
            ((JO,), JOS, ""),
            id="two_not_within_a_day",
        ),
        pytest.param(
            [Texted(KIM, KIMS), Texted(JO, JOS)],
            Came(context=JOS),
            ((JO,), JOS, ""),
            id="two_and_the_token_tells",
        ),
        pytest.param(
            [Texted("Jo@Example.com", KIMS), Texted(JO, JOS)],
            Came(),
            ((JO,), JOS, ""),
            id="one_mailbox_in_two_spellings",
        ),
        pytest.param(
            [Texted(JO, JOS), Texted(KIM, KIMS, outcome=REJECTED)],
            Came(),
            ((JO,), JOS, ""),
            id="a_rejected_text_is_nobody_s",
        ),
        pytest.param(
            [Texted(JO, JOS), Texted(KIM, KIMS, outcome=None)],
            Came(),
            ((JO,), JOS, ""),
            id="a_waiting_text_is_nobody_s",
        ),
        pytest.param(
            [Texted(JO, JOS, outcome=NO_ANSWER)],
            Came(),
            ((JO,), JOS, ""),
            id="a_text_in_doubt_may_be_answered",
        ),
        pytest.param([Texted(JO, JOS, days=29.9)], Came(), ((JO,), JOS, ""), id="thirty_days"),
        pytest.param(
            [Texted(JO, JOS, days=30.1)], Came(), ((INBOX,), FRESH, ""), id="more_than_thirty_days"
        ),
        pytest.param(
            [Texted(JO, JOS)],
            Came(context="X9"),
            ((JO,), FRESH, "X9"),
            id="number_a_context_that_nobody_gave_is_kept",
        ),
        pytest.param(
            [Texted(JO, JOS)], Came("HELP"), ((JO,), JOS, ""), id="an_answer_takes_no_route"
        ),
        pytest.param(
            [Texted(JO, JOS)],
            Came("A cat", picture=True),
            ((JO,), JOS, ""),
            id="a_picture_is_an_answer_too",
        ),
        # ---------------- by route, else the inbox
        pytest.param([], Came(), ((INBOX,), FRESH, ""), id="nobody_texted"),
        pytest.param([], Came(context="X9"), ((INBOX,), FRESH, "X9"), id="nobody_gave_the_context"),
        pytest.param(
            [], Came(context=FORGOTTEN), ((INBOX,), FRESH, ""), id="a_forgotten_token_is_not_shown"
        ),
        pytest.param(
            [],
            Came(context="x" * 1000),
            ((INBOX,), FRESH, "x" * 100),
            id="no_context_is_longer_than_is_carried",
        ),
        pytest.param([], Came("Help me"), ((HELP, KIM), FRESH, ""), id="keyword_two_addresses"),
        pytest.param([], Came('- "HELP!" he said'), ((HELP, KIM), FRESH, ""), id="keyword_marks"),
        pytest.param([], Came("helpful"), ((INBOX,), FRESH, ""), id="keyword_is_a_whole_word"),
        pytest.param(
            [], Came("help", picture=True), ((HELP, KIM), FRESH, ""), id="keyword_of_a_picture"
        ),
        pytest.param([], Came(number=ALEX.digits), ((VIP,), FRESH, ""), id="number_route"),
        pytest.param(
            [], Came("help", number=ALEX.digits), ((HELP, KIM), FRESH, ""), id="first_route_wins"
        ),
        pytest.param(
            [Texted(ROOT, ROOTS)], Came("disk?"), ((INBOX,), ROOTS, ""), id="owner_without_mailbox"
        ),
        pytest.param(
            [Texted(ROOT, ROOTS)],
            Came("help", context=ROOTS),
            ((HELP, KIM), ROOTS, ""),
            id="owner_without_mailbox_and_a_keyword",
        ),
        pytest.param(
            [Texted("447700900125@sms.example.com", JOS)],
            Came(),
            ((INBOX,), JOS, ""),
            id="an_answer_never_becomes_a_text",
        ),
        pytest.param(
            [Texted(JO, JOS, to=(ListName("ACME"),))],
            Came(number="ACME"),
            ((INBOX,), FRESH, ""),
            id="a_sender_of_letters_is_no_list",
        ),
        pytest.param([Texted(JO, JOS)], Came(number=""), ((INBOX,), FRESH, ""), id="no_sender"),
    ],
)
async def test_who_gets_a_text_in_which_conversation_with_which_context(
    story: Story, before: list[Texted], text: Came, gets: tuple[tuple[str, ...], str, str]
) -> None:
    for each in before:
        await sent(story, each)
    assert await routed(story, text) == gets


@pytest.mark.parametrize(
    "written",
    ["447700900123", "+447700900123", "000447700900123", "07700900123", "0044 7700 900123"],
)
async def test_a_number_is_known_however_the_gateway_writes_it(story: Story, written: str) -> None:
    await sent(story, Texted(JO, JOS))
    body = f"from={written.replace('+', '%2B')}&text=ok&msgid=1".encode()
    raw = RawCallback(b"", body, "application/x-www-form-urlencoded", NOW)
    callback = intellisms_callbacks.callback(raw, NumberRules())
    await story.spool.receive(heard(HOUSE, callback, lambda: FRESH))
    (lease,) = await story.spool.lease_events("us", 9, NOW, NOW + 60)
    about = await story.spool.about(lease.item)
    assert audience(HOUSE, lease.item, about) == (JO,)


async def test_what_is_texted_before_the_mail_is_written_changes_nothing(story: Story) -> None:
    await sent(story, Texted(JO, JOS))
    lease, about = await came(story, Came())
    await sent(story, Texted(KIM, KIMS, days=-0.01))
    assert await story.spool.about(lease.item) == about
    assert audience(HOUSE, lease.item, about) == (JO,)


async def test_a_text_that_was_sent_twice_is_answered_once(story: Story) -> None:
    await story.spool.accept(story.mail(sender=JO, token=JOS, profile="machine"))
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    await story.sent(SENT, NOW + 120)
    lease, about = await came(story, Came(), at=NOW + 180)
    assert (audience(HOUSE, lease.item, about), about.others) == ((JO,), ())


async def test_a_phone_that_is_told_of_every_alert_is_still_answered(story: Story) -> None:
    """Only the latest texts to a number are looked at; what was queued since counts among them."""
    await sent(story, Texted(JO, JOS, context=ORDER, days=1))
    for _ in range(30):
        await sent(story, Texted(ROOT, ROOTS))
    assert await routed(story, Came(context=ORDER)) == ((JO,), JOS, ORDER)


# ---------------------------------------------------------------- conversations that a phone begins


async def test_texts_in_a_row_are_one_conversation_whose_root_is_the_first_mail(
    story: Story,
) -> None:
    first, about = await came(story, Came("Hello?"))
    assert about.conversation is not None
    root = notice_id("in", first.key, "sms.example.com")
    assert about.conversation.thread_root == root
    for n, words in enumerate(("Anybody?", "Hello??", "I am outside", "ok"), 1):
        _, again = await came(story, Came(words), token=f"5again222{n + 1}", at=NOW + n * DAY)
        assert again == about


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param(Came(number="447700900199"), NOW, id="another_number"),
        pytest.param(Came(context="X9"), NOW, id="another_context"),
        pytest.param(Came("help"), NOW, id="other_readers"),
        pytest.param(Came(), NOW + 31 * DAY, id="a_month_later"),
    ],
)
async def test_it_is_another_conversation_where_anything_differs(
    story: Story, text: Came, at: float
) -> None:
    await came(story, Came())
    _, about = await came(story, text, token="5again2222", at=at)
    assert about.conversation is not None
    assert about.conversation.token == "5again2222"


async def test_senders_without_a_number_share_no_conversation(story: Story) -> None:
    await came(story, Came(number=""))
    _, about = await came(story, Came(number=""), token="5again2222")
    assert about.conversation is not None
    assert about.conversation.token == "5again2222"


async def test_what_a_phone_begins_can_be_answered_and_whoever_is_first_owns_it(
    story: Story,
) -> None:
    _, about = await came(story, Came(context="X9"))
    facts = await story.spool.facts([], [FRESH])
    assert facts.partners == {FRESH: {SAM.digits}}
    assert facts.conversations == {FRESH: about.conversation}

    await sent(story, Texted(JO, FRESH, context="X9", days=-0.1))
    await sent(story, Texted(KIM, FRESH, context="X9", days=-0.2))
    found = (await story.spool.facts([], [FRESH])).conversations[FRESH]
    assert (found.owner, found.user_context) == (JO, "X9")
    lease, about = await came(story, Came(context="X9"), token="5again2222", at=NOW + DAY)
    assert about.by == "context"
    assert audience(HOUSE, lease.item, about) == (JO,)
    lease, about = await came(story, Came(), token="5again2222", at=NOW + DAY)
    assert about.by == "number"
    assert audience(HOUSE, lease.item, about) == (JO,)


async def test_a_conversation_goes_with_its_last_text_and_its_last_mail(story: Story) -> None:
    lease, _ = await came(story, Came())
    await sent(story, Texted(JO, FRESH, days=-0.1))
    assert await story.spool.settle_event(lease, NoticeVerdict(Told.MAILED, None), NOW)
    for days, known in ((0.05, True), (1, False)):
        for _ in range(2):  # the words first, then the rows
            at = NOW + days * DAY
            await story.spool.sweep(at, bodies_before=at, history_before=at)
        assert bool((await story.spool.facts([], [FRESH])).conversations) is known


async def test_a_conversation_outlives_its_mails_and_stays_its_owner_s(story: Story) -> None:
    await sent(story, Texted(JO, JOS, days=20))
    lease, _ = await came(story, Came(context=JOS))
    assert await story.spool.settle_event(lease, NoticeVerdict(Told.MAILED, None), NOW)
    for _ in range(2):
        await story.spool.sweep(NOW, bodies_before=NOW - DAY, history_before=NOW - DAY)
    lease, about = await came(story, Came(context=JOS), at=NOW + DAY)
    assert about.mail is None
    assert audience(HOUSE, lease.item, about) == (JO,)


BEFORE = f"""
INSERT INTO conversation VALUES ('{JOS}', '{JO}', 'News', '<r@x>', 'NEWS', {NOW});
INSERT INTO message (id, received_at, reverse_path, peer, user, tls, sender, sender_key, profile,
    token, message_id, refs, ret, envid, fingerprint) VALUES ('m', {NOW}, '', '', '', 1, '{JO}',
    '', 'person', '{JOS}', '<r@x>', '[]', '', '', x'00');
INSERT INTO submission VALUES ('m.1', 'm', 'm.1', 'Text', '{{"text": "hi"}}', {NOW}, {NOW},
    'person', '{JO}', '', 'NEWS', 1, '', 1, 1);
INSERT INTO delivery (submission, destination, is_list, state, expires_at, begun_at, address,
    notify, orcpt, changed_at) VALUES ('m.1', 'Customers', 1, 'submitted', {NOW}, {NOW}, '', '',
    '', {NOW});
INSERT INTO event (at, kind, key, state, number, user_context, changed_at) VALUES
    ({NOW}, 'SmsReceived', 'a', 'mailed', '447700900123', 'NEWS', {NOW}),
    ({NOW}, 'SmsReceived', 'b', 'mailed', '447700900124', '{JOS}', {NOW}),
    ({NOW}, 'SmsReceived', 'c', 'mailed', '447700900125', 'X9', {NOW});
PRAGMA user_version = 2;
"""


async def test_the_mails_that_version_2_wrote_can_still_be_answered(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "spool.db")) as db:
        for version in ("0001", "0002"):
            name = f"schema/{version}.sql"
            db.executescript(files("bridge.spool.sqlite").joinpath(name).read_text("utf-8"))
        db.executescript(BEFORE)
    spool = await open_spool(f"sqlite:///{tmp_path}/spool.db", daemon=True)
    assert (await spool.facts([], [JOS])).partners == {JOS: {SAM.digits, ALEX.digits}}
    await spool.close()


# ---------------------------------------------------------------- what its mail may say


async def test_what_is_known_says_which_numbers_the_mail_was_texted_to(story: Story) -> None:
    await sent(story, Texted(JO, JOS))

    _, about = await came(story, Came(context=JOS, number=ALEX.digits))

    assert about.by == "token"
    assert about.mail is not None
    assert set(about.mail.asked) == {SAM}


@pytest.mark.parametrize("picture", [False, True])
async def test_a_text_tells_whether_its_number_has_opted_out_by_then(
    story: Story, picture: bool
) -> None:
    before, _ = await came(story, Came("hello", picture=picture))
    await came(story, Came("STOP"))
    after, _ = await came(story, Came("hello again", picture=picture))
    await came(story, Came("START"), at=NOW + 60)
    back, _ = await came(story, Came("hello", picture=picture), at=NOW + 61)

    found = [each.item for each in (before, after, back)]
    assert all(isinstance(each, SmsReceived | MmsReceived) for each in found)
    assert [getattr(each, "opted_out", None) for each in found] == [False, True, False]
