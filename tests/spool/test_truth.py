"""The last text that a phone gets is the last truth, in whatever order texts come to be sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bridge.core.consent import OptoutChange
from bridge.core.events import Progress
from bridge.core.model import Content, Mms, Part, Text, Unicode, Voice
from bridge.core.outcomes import Accepted, InDoubt, Refused, State
from bridge.core.promises import Mail
from tests.spool.conftest import HOST, NOW, SAM, Story
from tests.spool.storm import Storm

NO = Refused("NO", "not this")
LOST = InDoubt("NO_ANSWER", "the connection was reset")
LONG = (Unicode("(1/2) Zażółć "), Unicode("(2/2) gęś"))


@pytest.fixture
def storm(story: Story) -> Storm:
    return Storm(story)


async def undelivered(storm: Storm, mail: Mail, *, at: float) -> None:
    """The network gives a mail's text up, and what that makes due goes."""
    report = storm.story.report(mail.id, progress=Progress.UNDELIVERABLE)
    await storm.story.spool.receive(storm.story.callback(report, at=NOW + at))
    await storm.goes(at)


# ---------------------------------------------------------------- nothing goes after the recovery


async def test_the_sender_of_what_does_not_go_is_told(storm: Storm) -> None:
    down = await storm.alert("web1 DOWN", at=0)
    again = storm.mail(Text("web1 DOWN"), at=10)
    envelope = replace(again.envelope, reverse_path="cron@example.com")
    await storm.story.spool.accept(replace(again, sender="cron@example.com", envelope=envelope))
    await storm.alert("web1 UP", at=20)
    await undelivered(storm, down, at=25)
    (event,) = await storm.story.lines("event", again.id)
    assert event.fields["kind"] == "Undelivered"


async def test_a_problem_does_not_go_instead_of_another_once_it_is_over(storm: Storm) -> None:
    down = await storm.alert("web1 DOWN", at=0)
    again = await storm.alert("web1 DOWN", at=10)
    await storm.alert("web1 UP", at=20)
    await undelivered(storm, down, at=25)
    assert storm.heard() == ["web1 DOWN", "web1 UP"]
    (line,) = await storm.lines(again)
    assert line.fields["state"] == State.REJECTED
    assert str(line.fields["reason"]).endswith("since it is not known to be the latest any more")


async def test_nor_does_it_if_an_operator_drops_the_first(storm: Storm) -> None:
    mails = [
        storm.mail(Text(f"web1 {state}"), at=n) for n, state in enumerate(["DOWN", "DOWN", "UP"])
    ]
    for each in mails:
        await storm.story.spool.accept(each)
    await storm.story.ordered("drop", mails[0].id, NOW + 5)
    await storm.goes(6)
    assert storm.heard() == ["web1 UP"]


async def test_it_goes_while_it_is_the_last_of_its_shape(storm: Storm) -> None:
    down = await storm.alert("web1 DOWN", at=0)
    await storm.alert("web1 DOWN", at=10)
    await storm.alert("mail DOWN", at=20)
    await undelivered(storm, down, at=25)
    assert storm.heard() == ["web1 DOWN", "mail DOWN", "web1 DOWN"]


async def test_it_goes_though_its_loss_is_heard_of_late(storm: Storm) -> None:
    down = await storm.alert("web1 DOWN", at=0)
    await storm.alert("web1 DOWN", at=10)
    await storm.story.spool.sweep(NOW + 1800, bodies_before=NOW, history_before=NOW)
    await undelivered(storm, down, at=1800)
    assert storm.heard() == ["web1 DOWN"] * 2


async def test_what_a_summary_is_going_to_tell_of_stays_folded(storm: Storm) -> None:
    mails = await storm.rage(8)
    await storm.alert("Disk OK again", at=9)
    await undelivered(storm, mails[4], at=12)
    assert await storm.folded(mails[7])
    await storm.goes(700)
    assert storm.heard()[5:] == ["Disk OK again", "+3 similar from nagios1 in 10 min"]


async def test_nothing_goes_instead_to_a_number_that_opted_out(storm: Storm) -> None:
    first, second = [storm.mail(Text("Disk full"), at=n) for n in range(2)]
    for each in (first, second):
        await storm.story.spool.accept(each)
    lease = await storm.story.one(NOW + 1)
    assert await storm.story.spool.begin(lease, HOST, NOW + 1)
    await storm.story.spool.optout(OptoutChange(str(SAM), True, NOW + 2, "with STOP"))
    assert await storm.story.judged(lease, NO, NOW + 3)
    await storm.goes(4)
    assert storm.heard() == []
    (line,) = await storm.lines(second)
    assert line.fields["state"] == State.REJECTED
    assert str(line.fields["reason"]).endswith("none goes instead, since the number opted out")


async def test_it_goes_to_a_number_that_came_back(storm: Storm) -> None:
    for n in range(2):
        await storm.story.spool.accept(storm.mail(Text("Disk full"), at=n))
    lease = await storm.story.one(NOW + 1)
    for out, at in ((True, NOW + 1), (False, NOW + 2)):
        await storm.story.spool.optout(OptoutChange(str(SAM), out, at, "with STOP"))
    await storm.story.sent(NO, NOW + 3, lease=lease)
    await storm.goes(4)
    assert storm.heard() == ["Disk full"]


# ---------------------------------------------------------------- what was sent last, not accepted


async def a_doubt(storm: Storm) -> None:
    await storm.story.spool.accept(storm.mail(Text("web1 DOWN")))
    await storm.story.sent(LOST, NOW + 1)
    await storm.alert("web1 UP", at=2)
    await storm.story.judged(await storm.story.one(NOW + 62), LOST, NOW + 62)
    await storm.goes(63)


async def an_operator_s_retry(storm: Storm) -> None:
    await storm.alert("web1 DOWN", at=0)
    folded = await storm.alert("web1 DOWN", at=1)
    await storm.alert("web1 UP", at=2)
    await storm.story.ordered("retry", folded.id, NOW + 5)
    await storm.goes(6)


async def a_person(storm: Storm) -> None:
    await storm.alert("web1 UP", at=2)
    await storm.alert("web1 DOWN", at=3, folding=None)


async def a_picture(storm: Storm) -> None:
    await storm.alert("web1 UP", at=2)
    picture: Content = Mms("web1 DOWN", (Part("load.png", "image/png", b"x"),))
    await storm.story.spool.accept(storm.mail(picture, at=3))
    await storm.goes(3)


async def a_call(storm: Storm) -> None:
    await storm.alert("web1 UP", at=2)
    await storm.story.spool.accept(storm.mail(Voice("web1 DOWN"), at=3))
    await storm.goes(3)


@pytest.mark.parametrize("comes", [a_doubt, an_operator_s_retry, a_person, a_picture, a_call])
async def test_the_same_text_goes_again_once_another_was_sent_after_it(
    storm: Storm, comes: Callable[[Storm], Awaitable[None]]
) -> None:
    await comes(storm)
    before = len(storm.sent)
    await storm.alert("web1 UP", at=70)
    assert storm.heard()[before:] == ["web1 UP"]


async def test_what_still_waits_goes_last_and_stands_for_the_next(storm: Storm) -> None:
    down, up = storm.mail(Text("web1 DOWN")), storm.mail(Text("web1 UP"), at=1)
    for each in (down, up):
        await storm.story.spool.accept(each)
    first = await storm.story.sent(Accepted("1"), NOW + 2)
    second = await storm.story.one(NOW + 2)
    assert await storm.folded(await storm.alert("web1 UP", at=3))
    assert (first.item.mail, second.item.mail) == (down.id, up.id)


# ---------------------------------------------------------------- the parts of a folded text


async def folded_in_parts(storm: Storm) -> tuple[Mail, Mail]:
    """A long text that waits, and the same one folded into it."""
    first, second = [storm.mail(*LONG, at=n) for n in range(2)]
    for each in (first, second):
        await storm.story.spool.accept(each)
    return first, second


@pytest.mark.parametrize("part", [1, 2])
async def test_the_retry_of_a_part_takes_all_parts_of_a_folded_text(
    storm: Storm, part: int
) -> None:
    first, second = await folded_in_parts(storm)
    await storm.story.ordered("hold", first.id, NOW + 2)
    assert await storm.story.ordered("retry", f"{second.id}.{part}", NOW + 2) == 2
    await storm.goes(3)
    assert storm.heard() == [each.text for each in LONG]


async def test_no_part_is_sent_twice_by_the_loss_of_what_stood_for_it(storm: Storm) -> None:
    first, second = await folded_in_parts(storm)
    lost, *_ = await storm.story.lease(NOW + 2)
    await storm.story.ordered("retry", f"{second.id}.1", NOW + 2)
    await storm.goes(3)
    await storm.story.sent(NO, NOW + 4, lease=lost)
    await storm.goes(5)
    assert storm.heard() == [each.text for each in LONG]
    (event,) = await storm.story.lines("event", first.id)
    assert event.fields["kind"] == "Undelivered"
