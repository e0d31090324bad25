"""A storm of a machine's texts: what is folded, what goes, and what is the same text again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.commands import Command
from bridge.core.model import ListName, Mms, Part, Text, Unicode, Voice
from bridge.core.outcomes import Accepted, Refused, State
from tests.spool.conftest import ALEX, NOW, SAM, Story, later
from tests.spool.storm import FOLDING, Storm

NO = Refused("NO", "not this")


@pytest.fixture
def storm(story: Story) -> Storm:
    return Storm(story)


# ---------------------------------------------------------------- similar texts


async def test_a_storm_is_five_texts_and_one_that_counts_the_rest(storm: Storm) -> None:
    for n in range(42):
        await storm.alert(f"Disk {n}% full", at=n)
    assert storm.heard() == [f"Disk {n}% full" for n in range(5)]
    await storm.goes(604)
    assert len(storm.heard()) == 5, "not before ten minutes after the first that was folded"
    await storm.goes(605)
    assert storm.heard()[5:] == ["+37 similar from nagios1 in 10 min"]


async def test_a_storm_that_goes_on_is_counted_each_ten_minutes(storm: Storm) -> None:
    for minute in range(40):
        await storm.alert(f"Queue {minute}", at=minute * 59)
    assert storm.heard()[:5] == [f"Queue {minute}" for minute in range(5)]
    assert storm.heard()[5:] == ["+11 similar from nagios1 in 10 min"] * 3


async def test_what_differs_a_recovery_and_an_urgent_text_go_at_once(storm: Storm) -> None:
    await storm.rage(8)
    await storm.alert("RECOVERY: disk 12% full", at=8)
    await storm.alert("Fan 1 stopped", at=9)
    await storm.alert("Disk 99% full", at=10, urgent=True)
    assert storm.heard()[5:] == ["RECOVERY: disk 12% full", "Fan 1 stopped", "Disk 99% full"]
    await storm.alert("Fan 2 stopped", at=11)
    assert len(storm.heard()) == 8, "the second of its shape is folded like any"


async def test_after_a_recovery_the_next_problem_of_each_shape_goes_at_once(storm: Storm) -> None:
    await storm.rage(6)
    told = ["PROBLEM web1 DOWN", "RECOVERY web1 UP", "PROBLEM web1 DOWN", "Disk 7% full"]
    for n, words in enumerate(told):
        await storm.alert(words, at=200 + 200 * n)
    await storm.alert("PROBLEM web1 DOWN", at=950)
    await storm.alert("Disk 8% full", at=951)
    assert [each for each in storm.heard()[5:] if not each.startswith("+")] == told


async def test_what_is_read_out_is_counted_in_a_call_and_a_text_in_a_text(storm: Storm) -> None:
    await storm.rage(5)
    for n in range(4):
        await storm.story.spool.accept(storm.mail(Voice(f"Call {n}"), at=10 + n))
        await storm.story.spool.accept(storm.mail(Text(f"Disk {n}% full"), at=10 + n))
    found = []
    while due := await storm.story.lease(NOW + 700):
        for lease in due:
            await storm.story.sent(Accepted(lease.item.id), NOW + 700, lease=lease)
            found.append(lease.item.content)
    assert found == [
        Voice("Call 0"),
        Text("+4 similar from nagios1 in 10 min"),
        Voice("+3 similar from nagios1 in 10 min"),
    ]


async def test_no_alert_joins_a_summary_that_goes_by_a_clock_since_set_back(storm: Storm) -> None:
    day = 86_400
    for n in range(8):
        await storm.alert(f"Disk {n}% full", at=day + n)
    for n in range(8):
        await storm.alert(f"Disk {n + 20}% full", at=n)
    await storm.goes(610)
    assert storm.heard()[-1] == "+3 similar from nagios1 in 10 min"
    await storm.goes(day + 610)
    assert storm.heard()[-2:] == ["+3 similar from nagios1 in 10 min"] * 2


async def test_after_ten_quiet_minutes_the_storm_is_over(storm: Storm) -> None:
    await storm.rage(6)
    await storm.goes(606)
    await storm.alert("Disk 6% full", at=606)
    assert storm.heard()[5:] == ["+1 similar from nagios1 in 10 min", "Disk 6% full"]


async def test_the_log_says_what_a_folded_text_joined(storm: Storm) -> None:
    mails = await storm.rage(7)
    summary = f"{mails[5].id}.1.similar1"
    assert await storm.folded(mails[4]) == ""
    assert await storm.folded(mails[5]) == (
        f"SIMILAR: like the text that came 1 s before, in {mails[4].id}; counted in {summary}"
    )
    assert await storm.folded(mails[6]) == (
        f"SIMILAR: like the text that came 2 s before, in {mails[4].id}; counted in {summary}"
    )
    _, line = await storm.lines(mails[5])
    assert line.id == summary
    assert (line.fields["state"], line.fields["due_at"]) == (State.QUEUED, NOW + 605)


async def test_another_number_has_weather_of_its_own(storm: Storm) -> None:
    await storm.rage(6)
    for n in range(6, 13):
        await storm.alert(f"Disk {n}% full", SAM, ALEX, at=n)
    assert len(storm.heard(SAM)) == 5
    assert storm.heard(ALEX) == [f"Disk {n}% full" for n in range(6, 11)]
    await storm.goes(612)
    assert storm.heard(SAM)[5:] == ["+8 similar from nagios1 in 10 min"]
    assert storm.heard(ALEX)[5:] == ["+2 similar from nagios1 in 10 min"]


async def test_a_gateway_s_list_is_spared_like_a_number(storm: Storm) -> None:
    team = ListName("Team")
    await storm.rage(7, team)
    await storm.goes(605)
    assert storm.heard(team)[5:] == ["+2 similar from nagios1 in 10 min"]


async def test_senders_in_one_storm_share_a_summary(storm: Storm) -> None:
    await storm.rage(6)
    await storm.alert("Disk 9% full", at=6, folding=replace(FOLDING, name="nagios2"))
    await storm.goes(605)
    assert storm.heard()[5:] == ["+2 similar from nagios1 and others in 10 min"]


async def test_a_person_s_texts_are_neither_folded_nor_counted(storm: Storm) -> None:
    for n in range(9):
        await storm.alert(f"Disk {n}% full", at=n, folding=None)
    await storm.alert("Disk 9% full", at=9)
    await storm.alert("Disk 8% full", at=10, folding=None)
    assert len(storm.heard()) == 11


async def test_pictures_are_never_folded(storm: Storm) -> None:
    for n in range(9):
        mms = Mms("Door", (Part("door.jpg", "image/jpeg", b"x"),))
        await storm.story.spool.accept(storm.mail(mms, at=n))
    assert set((await storm.story.states()).values()) == {State.QUEUED}


async def test_the_parts_of_a_long_text_are_folded_together(storm: Storm) -> None:
    await storm.rage(6)
    for at, last in ((6, "gęś 1"), (7, "gęś 2"), (8, "kot")):
        mail = storm.mail(Unicode("(1/2) Zażółć 1 "), Unicode(f"(2/2) {last}"), at=at)
        await storm.story.spool.accept(mail)
        await storm.goes(at)
    assert storm.heard()[5:] == [
        *("(1/2) Zażółć 1 ", "(2/2) gęś 1"),
        *("(1/2) Zażółć 1 ", "(2/2) kot"),
    ]


async def test_a_storm_outlives_its_daemon(storm: Storm) -> None:
    await storm.rage(8)
    await storm.story.reopened()
    await storm.alert("Disk 8% full", at=8)
    await storm.goes(605)
    assert storm.heard()[5:] == ["+4 similar from nagios1 in 10 min"]


async def test_a_client_s_retry_is_counted_once(storm: Storm) -> None:
    mails = await storm.rage(6)
    again = later(mails[-1], 1)
    assert await storm.story.spool.accept(again) == mails[-1].id
    await storm.goes(605)
    assert storm.heard()[5:] == ["+1 similar from nagios1 in 10 min"]


# ---------------------------------------------------------------- the same text


async def test_the_same_text_is_not_sent_twice_within_two_minutes(storm: Storm) -> None:
    first, second, third = [await storm.alert("Disk full", at=at) for at in (0, 34, 120)]
    assert storm.heard() == ["Disk full", "Disk full"]
    reason = f"SAME_TEXT: the same text came 34 s before, in {first.id}"
    assert [await storm.folded(each) for each in (first, second, third)] == ["", reason, ""]


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["web1 DOWN", "web1 UP", "web1 DOWN"], id="down, up, down"),
        pytest.param(["web1 OK", "web1 CRITICAL", "web1 OK"], id="well, ill, well"),
    ],
)
async def test_the_same_text_goes_again_once_another_was_told(
    storm: Storm, texts: list[str]
) -> None:
    for n, words in enumerate(texts):
        await storm.alert(words, at=30 * n)
    assert storm.heard() == texts


async def test_an_urgent_text_goes_again_though_it_is_the_same(storm: Storm) -> None:
    await storm.alert("web1 DOWN", at=0)
    await storm.alert("web1 DOWN", at=10, urgent=True)
    assert storm.heard() == ["web1 DOWN"] * 2


async def test_the_same_text_may_be_new_to_one_number_and_known_to_another(storm: Storm) -> None:
    await storm.alert("Disk full")
    mail = await storm.alert("Disk full", SAM, ALEX, at=1)
    assert (storm.heard(SAM), storm.heard(ALEX)) == (["Disk full"], ["Disk full"])
    states = {str(line.fields["number"]): line.fields["state"] for line in await storm.lines(mail)}
    assert states == {SAM.digits: State.FOLDED, ALEX.digits: State.SUBMITTED}


async def test_the_same_alert_each_minute_is_a_storm_as_well(storm: Storm) -> None:
    for minute in range(30):
        await storm.alert("Disk full", at=minute * 59)
    assert storm.heard()[:2] == ["Disk full"] * 2
    assert storm.heard()[2:] == ["+11 similar from nagios1 in 10 min"] * 2


async def test_the_same_text_goes_again_if_the_first_was_lost(storm: Storm) -> None:
    await storm.alert("Disk full", outcome=NO)
    await storm.alert("Disk full", at=1)
    assert storm.heard() == ["Disk full"] * 2


@pytest.mark.parametrize("command", ["hold", "drop"])
async def test_the_same_text_goes_if_an_operator_stopped_the_first(
    storm: Storm, command: Command
) -> None:
    mail = storm.mail(Text("Disk full"))
    await storm.story.spool.accept(mail)
    assert await storm.story.ordered(command, mail.id) == 1
    await storm.alert("Disk full", at=1)
    assert storm.heard() == ["Disk full"]


async def test_the_same_text_waits_for_nothing_if_the_second_part_was_refused(
    storm: Storm,
) -> None:
    parts = (Unicode("(1/2) Zażółć "), Unicode("(2/2) gęś"))
    await storm.story.spool.accept(storm.mail(*parts))
    await storm.story.sent(Accepted("1"), NOW)
    await storm.story.sent(NO, NOW)
    again = storm.mail(*parts, at=1)
    await storm.story.spool.accept(again)
    await storm.goes(1)
    assert storm.heard() == ["(1/2) Zażółć ", "(2/2) gęś"]


async def test_similar_texts_go_while_none_of_them_can(storm: Storm) -> None:
    for n in range(9):
        await storm.alert(f"Disk {n}% full", at=n, outcome=NO)
    assert len(storm.heard()) == 9
