"""What texts cost: what the gateway took, what it may have taken, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.costs import Cost
from bridge.core.events import Progress
from bridge.core.model import (
    Binary,
    Content,
    Destination,
    ListName,
    Mms,
    Session,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.outcomes import Accepted, Deferred, Outcome, Refused
from bridge.core.promises import Mail
from tests.spool.conftest import ALEX, NO_ANSWER, NOW, SAM, Story

TOOK, REFUSED = Accepted("1"), Refused("INVALID_NUMBER", "no route")
JO = "user:jo"


def long(mail: Mail, segments: int = 3) -> Mail:
    """A mail whose texts have so many segments each."""
    texts = tuple(replace(each, segments=segments) for each in mail.submissions)
    return replace(mail, submissions=texts)


async def costs(story: Story, about: str = "") -> list[Cost]:
    return list(await story.spool.costs(NOW - 10, NOW + 10, about))


@pytest.mark.parametrize(
    ("outcomes", "segments", "doubt"),
    [
        pytest.param([TOOK], 3, 0, id="taken"),
        pytest.param([Deferred("X", "busy"), TOOK], 3, 0, id="taken at the second try"),
        pytest.param([NO_ANSWER], 0, 3, id="in doubt"),
        pytest.param([NO_ANSWER, NO_ANSWER, TOOK], 3, 3, id="in doubt, sent again and taken"),
        pytest.param([NO_ANSWER, NO_ANSWER, REFUSED], 0, 3, id="in doubt, sent again and refused"),
        pytest.param([NO_ANSWER, NO_ANSWER, NO_ANSWER], 0, 6, id="twice in doubt"),
    ],
)
async def test_a_text_costs_its_segments_for_each_request_that_was_taken(
    story: Story, outcomes: list[Outcome], segments: int, doubt: int
) -> None:
    await story.spool.accept(long(story.mail(profile="machine")))
    for n, outcome in enumerate(outcomes):
        lease = await story.one(NOW + 100 * n)
        if not lease.orphaned:
            assert await story.spool.begin(lease, "https://gateway.example", NOW + 100 * n)
        assert await story.judged(lease, outcome, NOW + 100 * n)
    (found,) = await costs(story)
    assert (found.sender, found.kind, found.texts) == (JO, "text", 1)
    assert (found.segments, found.doubt) == (segments, doubt)


@pytest.mark.parametrize("outcome", [REFUSED, Deferred("X", "busy")], ids=["refused", "waits"])
async def test_what_was_not_taken_costs_nothing(story: Story, outcome: Outcome) -> None:
    await story.spool.accept(story.mail())
    await story.sent(outcome)
    assert await costs(story) == []


@pytest.mark.parametrize("progress", list(Progress))
async def test_what_the_network_made_of_it_changes_no_cost(
    story: Story, progress: Progress
) -> None:
    await story.spool.accept(long(story.mail()))
    await story.sent(TOOK)
    await story.spool.receive(story.callback(story.report("1", progress=progress)))
    assert await costs(story) == [Cost(JO, "text", 1, 3, 0, 0)]


async def test_what_an_operator_sends_again_may_have_cost_twice(story: Story) -> None:
    await story.spool.accept(long(story.mail()))
    await story.sent(NO_ANSWER)
    lease = await story.one(NOW + 60)
    assert await story.judged(lease, NO_ANSWER, NOW + 60)
    assert await story.ordered("retry", lease.item.id, NOW + 70) == 1
    await story.sent(TOOK, NOW + 70)
    assert await costs(story) == [Cost(JO, "text", 1, 3, 3, 1)]


@pytest.mark.parametrize(
    ("content", "to", "kind"),
    [
        (Text("a"), SAM, "text"),
        (Unicode("ä"), SAM, "text"),
        (Mms("a", ()), SAM, "mms"),
        (Voice("a"), SAM, "voice"),
        (WapPush("a", "https://example.com"), SAM, "wap-push"),
        (Binary(b"a"), SAM, "binary"),
        (Text("a"), ListName("Customers"), "list"),
    ],
)
async def test_each_kind_is_billed_apart(
    story: Story, content: Content, to: Destination, kind: str
) -> None:
    await story.spool.accept(story.mail(to, texts=(content,)))
    await story.sent(TOOK)
    assert await costs(story) == [Cost(JO, kind, 1, 1, 0, 0)]


async def test_what_is_billed_alike_is_one_line(story: Story) -> None:
    for content in (Text("a"), Unicode("ä"), Voice("a"), Text("b")):
        await story.spool.accept(story.mail(texts=(content,)))
        await story.sent(TOOK)
    for content in (Text("a"), Unicode("ä")):
        await story.spool.accept(story.mail(ListName("Customers"), texts=(content,)))
        await story.sent(TOOK)
    assert await costs(story) == [
        Cost(JO, "list", 2, 2, 0, 0),
        Cost(JO, "text", 3, 3, 0, 0),
        Cost(JO, "voice", 1, 1, 0, 0),
    ]


async def test_the_parts_of_a_text_are_one_text_to_each_number(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX, texts=(Text("a"), Text("b"))))
    for now in (NOW, NOW + 1, NOW + 2):
        for lease in await story.lease(now):
            await story.sent({each.destination: TOOK for each in lease.pending}, now, lease=lease)
    assert await costs(story) == [Cost(JO, "text", 2, 4, 0, 0)]


async def test_a_sender_is_a_user_a_mailbox_or_a_machine_and_has_its_own_line(
    story: Story,
) -> None:
    sessions = {
        JO: Session("192.0.2.1", "jo"),
        "sam@example.com": Session("192.0.2.2"),
        "peer:192.0.2.3": Session("192.0.2.3"),
    }
    for name, session in sessions.items():
        mail = story.mail(sender="Sam@example.com" if "@" in name else "")
        await story.spool.accept(replace(mail, envelope=replace(mail.envelope, session=session)))
        await story.sent(TOOK)
    assert [each.sender for each in await costs(story)] == sorted(sessions)
    for about in ("jo", "JO", "Sam@example.com", "sam@EXAMPLE.com", "192.0.2.3"):
        assert len(await costs(story, about)) == 1
    assert sum(each.texts for each in await costs(story, SAM.digits)) == 3
    assert await costs(story, ALEX.digits) == []


async def test_members_of_a_list_of_whom_reports_came_are_not_counted(story: Story) -> None:
    await story.spool.accept(story.mail(ListName("Customers")))
    await story.sent(TOOK)
    for number in (SAM, ALEX):
        report = story.report("1", number=number.digits)
        await story.spool.receive(story.callback(report, key=number.digits))
    assert await costs(story) == [Cost(JO, "list", 1, 1, 0, 0)]


async def test_the_bill_outlives_the_texts(story: Story) -> None:
    await story.spool.accept(long(story.mail()))
    await story.sent(TOOK)
    before = await costs(story)
    later = NOW + 86400
    await story.spool.sweep(later, bodies_before=later - 1, history_before=NOW - 1)
    assert not await story.sql("SELECT 1 FROM message WHERE kept = 1")
    assert await costs(story) == before


async def test_only_the_mails_of_the_days_asked_for_count(story: Story) -> None:
    for at in (NOW - 1, NOW, NOW + 9, NOW + 10):
        await story.spool.accept(story.mail(at=at))
        await story.sent(TOOK, at)
    assert [each.texts for each in await story.spool.costs(NOW, NOW + 10)] == [2]
