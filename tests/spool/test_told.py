"""The life of an event's mail, walked in a store as `core.told` says: each state, each evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from bridge.core.commands import Command
from bridge.core.events import Progress
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.outcomes import Accepted
from bridge.core.told import NoticeEvidence
from bridge.spool.restoring import hold
from bridge.spool.sweeping import ORPHAN_LIFETIME
from tests.spool.conftest import NOW, Story, damage, on_sqlite
from tests.spool.test_echoes import ECHOED, ORDER, heard

COMMANDS: dict[NoticeEvidence, Command] = {
    NoticeEvidence.RELEASED: "release",
    NoticeEvidence.DROPPED: "drop",
}


@dataclass
class Case:
    """A text that came, or a report that nobody knows; `lease` is the last on its mail."""

    story: Story
    event: int
    now: float
    lease: EventLease | None = None

    async def state(self) -> Told:
        """Where its mail stands."""
        name = f"e{self.event}"
        (found,) = [each for each in await self.story.lines("event", name) if each.id == name]
        return Told(str(found.fields["state"]))

    async def leased(self, now: float) -> None:
        """Somebody leases all mails that are due."""
        found = await self.story.spool.lease_events("us", 1000, now, now + 60)
        self.lease = next((each for each in found if each.id == self.event), self.lease)

    async def settled(self, known: NoticeEvidence) -> bool:
        """Who has the lease says what became of it."""
        assert self.lease is not None
        due = self.now + 10 if known is NoticeEvidence.LATER else None
        verdict = NoticeVerdict(known.after, due)
        return await self.story.spool.settle_event(self.lease, verdict, self.now)

    def restored(self) -> None:
        """The store comes back from a backup."""
        with closing(sqlite3.connect(self.story.url.removeprefix("sqlite:///"))) as db, db:
            hold(db, self.now, self.now)


SETTLED = {
    Told.QUEUED: NoticeEvidence.LATER,
    Told.MAILED: NoticeEvidence.TAKEN,
    Told.NOBODY: NoticeEvidence.UNHEARD,
    Told.DEAD: NoticeEvidence.REFUSED,
}


async def standing(story: Story, state: Told, n: int) -> Case:
    """The n-th case of a store, in a state."""
    now, id_ = NOW + n * 10_000, f"{state}-{n}"
    item = story.report(id_, at=now) if state is Told.ORPHAN else story.text(message_id=id_)
    event, _ = await story.spool.receive(story.callback(item, at=now))
    case = Case(story, event, now)
    if state is not Told.ORPHAN:
        await case.leased(now)
    if state in SETTLED:
        assert await case.settled(SETTLED[state])
    if state is Told.HELD:
        case.restored()
    assert await case.state() is state
    return case


async def leased(case: Case, known: NoticeEvidence) -> None:
    await case.leased(case.now + 61)


async def settles(case: Case, known: NoticeEvidence) -> None:
    if case.lease:
        await case.settled(known)


async def becomes_unreadable(case: Case, known: NoticeEvidence) -> None:
    await damage(case.story)
    await case.leased(case.now + 61)


async def nobody_joins(case: Case, known: NoticeEvidence) -> None:
    at = case.now + ORPHAN_LIFETIME + 1
    await case.story.spool.sweep(at, bodies_before=0, history_before=0)


async def restored(case: Case, known: NoticeEvidence) -> None:
    case.restored()


async def ordered(case: Case, known: NoticeEvidence) -> None:
    await case.story.ordered(COMMANDS[known], f"e{case.event}", case.now)


HAPPENINGS: dict[NoticeEvidence, Callable[[Case, NoticeEvidence], Awaitable[None]]] = {
    NoticeEvidence.LEASED: leased,
    NoticeEvidence.TAKEN: settles,
    NoticeEvidence.UNHEARD: settles,
    NoticeEvidence.LATER: settles,
    NoticeEvidence.REFUSED: settles,
    NoticeEvidence.UNREADABLE: becomes_unreadable,
    NoticeEvidence.FORGOTTEN: nobody_joins,
    NoticeEvidence.RESTORED: restored,
    NoticeEvidence.RELEASED: ordered,
    NoticeEvidence.DROPPED: ordered,
}


@on_sqlite
@pytest.mark.parametrize("known", HAPPENINGS, ids=lambda each: each.name)
async def test_from_each_state_it_leads_where_the_table_says_or_nowhere(
    story: Story, known: NoticeEvidence
) -> None:
    found: dict[Told, Told] = {}
    for n, state in enumerate(Told):
        case = await standing(story, state, n)
        await HAPPENINGS[known](case, known)
        found[state] = await case.state()
    assert found == {state: known.moves(state) or state for state in Told}


async def test_a_mail_waits_from_the_beginning(story: Story) -> None:
    await story.spool.receive(story.callback(story.text()))
    assert await story.events() == [("SmsReceived", NoticeEvidence.STORED.after)]


async def test_a_change_that_a_manager_ordered_is_said_in_the_order_s_answer(story: Story) -> None:
    await story.spool.tell(ORDER, NOW)
    assert await heard(story, ECHOED) == NoticeEvidence.SAID.moves(Told.QUEUED)


async def test_a_report_waits_for_its_text_and_finds_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, "https://gateway.example", NOW)
    await story.spool.receive(story.callback(story.report("77", progress=Progress.PENDING)))
    assert await story.events() == [("StatusReport", NoticeEvidence.ORPHANED.after)]
    assert await story.judged(lease, Accepted("77"), NOW + 1)
    assert await story.events() == [("StatusReport", NoticeEvidence.JOINED.moves(Told.ORPHAN))]


async def test_a_report_that_names_a_known_text_is_a_record_from_the_beginning(
    story: Story,
) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, "https://gateway.example", NOW)
    assert await story.judged(lease, Accepted("77"), NOW + 1)
    await story.spool.receive(story.callback(story.report("77", progress=Progress.PENDING)))
    assert await story.events() == [("StatusReport", NoticeEvidence.RECORDED.after)]


def test_each_evidence_has_its_story() -> None:
    told_above = {
        NoticeEvidence.STORED,
        NoticeEvidence.SAID,
        NoticeEvidence.RECORDED,
        NoticeEvidence.ORPHANED,
        NoticeEvidence.JOINED,
    }
    assert {*HAPPENINGS, *told_above} == set(NoticeEvidence)
