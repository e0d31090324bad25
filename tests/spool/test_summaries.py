"""The text that counts what was folded: a text like any other, until it is kept long enough."""

from __future__ import annotations

import re
import sqlite3

import pytest

from bridge.core.commands import Command
from bridge.core.judge import judge
from bridge.core.model import Text
from bridge.core.outcomes import Accepted, Refused
from bridge.spool import accepting, leaping
from tests.spool.conftest import HOST, NOW, POLICY, SAM, Story, on_sqlite
from tests.spool.storm import FOLDING, Storm, words_of

NO = Refused("NO", "not this")


@pytest.fixture
def storm(story: Story) -> Storm:
    return Storm(story)


# ---------------------------------------------------------------- the summary


async def test_a_summary_is_the_first_folded_mail_s_and_answers_reach_its_sender(
    storm: Storm,
) -> None:
    mails = await storm.rage(7)
    lease = await storm.story.one(NOW + 605)
    summary, folded = lease.item, mails[5].submissions[0]
    assert summary.mail == mails[5].id
    assert summary.destinations == (SAM,)
    assert (summary.part, summary.parts, summary.segments) == (1, 1, 1)
    assert summary.user_context == folded.user_context
    assert summary.expires_at == NOW + 605 + FOLDING.expires
    about = await storm.story.spool.about(storm.story.text(context=folded.user_context))
    assert about.mail
    assert about.mail.sender == "nagios1@example.com"


async def test_once_it_is_leased_a_new_summary_begins(storm: Storm) -> None:
    await storm.rage(6)
    await storm.alert("Disk 6% full", at=300)
    lease = await storm.story.one(NOW + 605)
    mail = await storm.alert("Disk 7% full", at=605)
    await storm.story.sent(Accepted("1"), NOW + 605, lease=lease)
    assert words_of(lease) == "+2 similar from nagios1 in 10 min"
    assert (await storm.folded(mail)).endswith(f"counted in {mail.id}.1.similar1")
    await storm.goes(1205)
    assert storm.heard()[5:] == ["+1 similar from nagios1 in 10 min"]


async def test_a_summary_that_waits_while_the_lane_rests_counts_on(storm: Storm) -> None:
    await storm.rage(6)
    for at in range(60, 1260, 60):
        await storm.story.spool.accept(storm.mail(Text(f"Disk {at}% full"), at=at))
    await storm.goes(1260)
    assert storm.heard()[5:] == ["+21 similar from nagios1 in 20 min"]


async def test_a_summary_that_is_refused_is_told_like_any_text(storm: Storm) -> None:
    mails = await storm.rage(6)
    lease = await storm.story.one(NOW + 605)
    assert await storm.story.spool.begin(lease, HOST, NOW + 605)
    verdict = judge(POLICY, lease, {SAM: NO}, NOW + 605)
    assert await storm.story.spool.settle(lease, verdict, NOW + 605)
    (event,) = await storm.story.lines("event")
    assert (event.fields["kind"], event.fields["mail"]) == ("Undelivered", mails[5].id)


async def test_a_summary_expires_after_its_profile_s_time(storm: Storm) -> None:
    await storm.rage(6)
    await storm.story.expired(await storm.story.one(NOW + 605 + 3600), NOW + 605 + 3600)
    assert storm.heard()[5:] == []


async def test_an_operator_may_drop_a_summary_and_the_next_fold_begins_another(
    storm: Storm,
) -> None:
    mails = await storm.rage(6)
    assert await storm.story.ordered("drop", f"{mails[5].id}.1.similar1", NOW + 6) == 1
    await storm.alert("Disk 6% full", at=7)
    await storm.goes(607)
    assert storm.heard()[5:] == ["+1 similar from nagios1 in 10 min"]
    assert await storm.story.events() == []


@pytest.mark.parametrize(("command", "moved"), [("drop", 0), ("hold", 0), ("retry", 1)])
async def test_commands_on_the_mail_that_began_a_summary_leave_it_alone(
    storm: Storm, command: Command, moved: int
) -> None:
    mails = await storm.rage(6)
    for n in range(6, 40):
        await storm.alert(f"Disk {n}% full", at=n)
    assert await storm.story.ordered(command, mails[5].id, NOW + 50) == moved
    await storm.goes(605)
    assert storm.heard()[5 + moved :] == [f"+{35 - moved} similar from nagios1 in 10 min"]


async def test_the_log_says_that_a_summary_has_commands_of_its_own(storm: Storm) -> None:
    mails = await storm.rage(6)
    _, line = await storm.lines(mails[5])
    assert (line.fields["token"], line.fields["reason"]) == (
        "SUMMARY",
        "counts what was folded; commands take it by its own id",
    )


async def test_an_operator_may_send_what_was_folded(storm: Storm) -> None:
    mails = await storm.rage(7)
    assert await storm.story.ordered("retry", mails[6].id, NOW + 8) == 1
    await storm.goes(8)
    assert storm.heard()[5:] == ["Disk 6% full"]
    await storm.goes(605)
    assert storm.heard()[6:] == ["+1 similar from nagios1 in 10 min"], "it is not counted any more"


async def test_all_that_waits_includes_a_summary_and_nothing_that_was_folded(
    storm: Storm,
) -> None:
    await storm.rage(7)
    (lane, _) = await storm.story.spool.lanes(NOW + 7)
    assert (lane.waiting, lane.head_age) == (1, 0.0)
    assert await storm.story.ordered("hold", "all", NOW + 8) == 1


# ---------------------------------------------------------------- what is kept, and what it costs


async def test_a_folded_mail_is_erased_after_its_summary_went(storm: Storm) -> None:
    await storm.rage(6)
    spool, far = storm.story.spool, NOW + 9999.0
    await spool.sweep(far, bodies_before=NOW + 600, history_before=NOW)
    await storm.goes(605)
    assert storm.heard()[5:] == ["+1 similar from nagios1 in 10 min"]
    assert await spool.sweep(far, bodies_before=far, history_before=NOW) == 1


async def test_what_a_number_was_sent_is_forgotten_with_the_storm(storm: Storm) -> None:
    await storm.rage(6)
    await storm.story.spool.sweep(NOW + 1300, bodies_before=NOW, history_before=NOW)
    for table in ("storm", "lately", "summary"):
        assert await storm.story.sql(f"SELECT count(*) FROM {table}") == [(0,)]


@on_sqlite
def test_nothing_is_looked_for_row_by_row(
    story: Story, statements: tuple[sqlite3.Connection, set[str]]
) -> None:
    db, seen = statements
    storm = Storm(story)
    for n in range(7):
        accepting.accept(db, storm.mail(Text(f"Disk {n}% full"), at=n), NOW + n, leaping.latest(db))
    for statement in seen.copy():
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
        scans = [step for step in plan if re.match(r"SCAN (?!CONSTANT ROW|\(subquery|n\b)", step)]
        assert not scans, statement
