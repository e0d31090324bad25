"""The state machine, walked in a store: each state and each evidence, and where that leads.

What the table (`core.states`) does not name moves nothing, however it is brought about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core.commands import Command
from bridge.core.consent import OptoutChange
from bridge.core.events import Progress
from bridge.core.leases import Step, Verdict
from bridge.core.loops import SAME_TEXT
from bridge.core.model import ListName, Msisdn, Text
from bridge.core.outcomes import Accepted, State
from bridge.core.promises import Limits
from bridge.core.states import Evidence
from bridge.spool.restoring import hold
from tests.spool.conftest import HOST, NO_ANSWER, NOW, SAM, Story, on_sqlite
from tests.spool.standing import NEVER, Case, standing
from tests.spool.storm import Storm

STOPPED = Msisdn("447700999999")
COMMANDS: dict[Evidence, Command] = {
    Evidence.HOLD: "hold",
    Evidence.RELEASE: "release",
    Evidence.RETRY: "retry",
    Evidence.DROP: "drop",
}


def path_of(story: Story) -> Path:
    """The file of a SQLite store."""
    return Path(story.url.removeprefix("sqlite:///"))


# ---------------------------------------------------------------- what makes things evident


async def leased(case: Case, known: Evidence) -> None:
    await case.leased(case.now + 3600)


async def begins(case: Case, known: Evidence) -> None:
    if case.lease:
        await case.story.spool.begin(case.lease, HOST, case.now)


async def begins_after_a_stop(case: Case, known: Evidence) -> None:
    await case.story.spool.optout(OptoutChange(STOPPED.digits, True, case.now, "with STOP"))
    if case.lease:
        pending = tuple(replace(each, destination=STOPPED) for each in case.lease.pending)
        await case.story.spool.begin(replace(case.lease, pending=pending), HOST, case.now)


async def settles(case: Case, known: Evidence) -> None:
    if case.lease:
        id_ = case.message_id if known is Evidence.TAKEN else ""
        step = Step(case.lease.pending[0].id, known, None, message_id=id_)
        await case.story.spool.settle(case.lease, Verdict((step,)), case.now)


async def grows_old(case: Case, known: Evidence) -> None:
    """What is held is leased once its time is up, and still stands so."""
    if await case.state() is State.HELD:
        await case.leased(case.now + 3600)
    await settles(case, known)


async def daemon_dies(case: Case, known: Evidence) -> None:
    await case.story.reopened()


async def vouches(case: Case, known: Evidence) -> None:
    await case.reported("nobody's", Progress.PENDING, case.now + 5)


async def reports(case: Case, known: Evidence) -> None:
    """Of a text without an id, a report can only be an older one's."""
    progress = Progress.EXPIRED if known is Evidence.NET_EXPIRED else Progress(known.after)
    await case.reported(case.message_id, progress, case.now - 3600)


async def stops(case: Case, known: Evidence) -> None:
    """What slips past a STOP is turned away when it is to be sent."""
    stop = OptoutChange(case.number.digits, True, case.now, "with STOP")
    await case.story.spool.optout(stop)
    if await case.state() is State.CLAIMED:
        await case.leased(case.now + 60)


async def ordered(case: Case, known: Evidence) -> None:
    await case.story.ordered(COMMANDS[known], case.mail.id, case.now)


async def restored(case: Case, known: Evidence) -> None:
    with closing(sqlite3.connect(path_of(case.story))) as db, db:
        hold(db, case.now, case.now)


async def stand_in_fails(case: Case, known: Evidence) -> None:
    """Where one may go instead it is in time, else it is late."""
    progress = Progress.EXPIRED if known is Evidence.STAND_IN_OVERDUE else Progress.UNDELIVERABLE
    late = 0 if known is Evidence.INHERITED else 3600
    await case.reported(case.before, progress, case.now + late)


Happening = Callable[[Case, Evidence], Awaitable[None]]

HAPPENINGS: dict[Evidence, Happening] = {
    Evidence.LEASED: leased,
    Evidence.BEGUN: begins,
    Evidence.GIVEN_BACK: begins_after_a_stop,
    Evidence.DEFERRED: settles,
    Evidence.BLOCKED: settles,
    Evidence.SPLIT: settles,
    Evidence.TAKEN: settles,
    Evidence.REFUSED: settles,
    Evidence.UNANSWERED: settles,
    Evidence.RESENT: settles,
    Evidence.LEFT_IN_DOUBT: settles,
    Evidence.VOUCHED: vouches,
    Evidence.DELIVERED: reports,
    Evidence.UNDELIVERABLE: reports,
    Evidence.NET_EXPIRED: reports,
    Evidence.OVERDUE: grows_old,
    Evidence.HOLD: ordered,
    Evidence.RELEASE: ordered,
    Evidence.RETRY: ordered,
    Evidence.DROP: ordered,
    Evidence.STOPPED: stops,
    Evidence.STOPPED_IN_DOUBT: stops,
    Evidence.INHERITED: stand_in_fails,
    Evidence.STAND_IN_REFUSED: stand_in_fails,
    Evidence.STAND_IN_OVERDUE: stand_in_fails,
}
OF_A_FILE: dict[Evidence, Happening] = {
    Evidence.ABANDONED: daemon_dies,
    Evidence.RESTORED: restored,
}
ABOUT_DOUBT = {Evidence.VOUCHED, Evidence.STOPPED_IN_DOUBT}
"""What tells only of a text that may have been sent once; of any other it is something else."""


@pytest.mark.parametrize("known", HAPPENINGS, ids=lambda each: each.name)
async def test_from_each_state_it_leads_where_the_table_says_or_nowhere(
    story: Story, known: Evidence
) -> None:
    assert await walked(story, known, HAPPENINGS[known]) == drawn(known)


@on_sqlite
@pytest.mark.parametrize("known", OF_A_FILE, ids=lambda each: each.name)
async def test_so_it_is_with_what_happens_to_a_file(story: Story, known: Evidence) -> None:
    assert await walked(story, known, OF_A_FILE[known]) == drawn(known)


async def walked(story: Story, known: Evidence, happening: Happening) -> dict[State, State]:
    """Where a text of each state stands after that happened to it."""
    found: dict[State, State] = {}
    for n, state in enumerate(State):
        doubted = known in ABOUT_DOUBT and state in known.before
        case = await standing(story, state, n, doubted=doubted)
        await happening(case, known)
        found[state] = await case.state()
    return found


def drawn(known: Evidence) -> dict[State, State]:
    """Where it stands by the table."""
    return {state: known.moves(state) or state for state in State}


# ---------------------------------------------------------------- how it begins


async def test_what_is_stored_waits(story: Story) -> None:
    await story.spool.accept(story.mail())
    assert await story.state() == Evidence.STORED.after


async def test_what_another_stands_for_is_spared(story: Story) -> None:
    for at in (0, 1):
        await story.spool.accept(Storm(story).mail(Text("Disk full"), at=at))
    assert set((await story.states()).values()) == {State.QUEUED, Evidence.SPARED.after}


async def test_one_answer_too_many_is_held(story: Story) -> None:
    for at in range(SAME_TEXT + 1):
        mail = story.mail(texts=(Text("I am away"),), at=NOW + at)
        await story.spool.accept(replace(mail, answers_us=True))
    assert await story.state(mail.id) == Evidence.LOOPED.after


async def test_what_a_limit_holds_goes_once_its_window_is_free(story: Story) -> None:
    limits = Limits(per_number=1)
    mails = [replace(story.mail(), limits=limits) for _ in range(2)]
    for each in mails:
        await story.spool.accept(each)
    assert await story.state(mails[1].id) == Evidence.LIMITED.after
    await story.spool.free(lambda *_: limits, NOW + 700)
    assert await story.state(mails[1].id) == Evidence.WINDOW_FREED.moves(State.HELD)


async def test_a_member_of_a_list_is_heard_of_when_it_was_taken(story: Story) -> None:
    await story.spool.accept(story.mail(ListName("Customers")))
    await story.sent(Accepted("77"))
    report = story.report("77", progress=Progress.PENDING)
    await story.spool.receive(story.callback(report))
    states = {number: state for (_, number), state in (await story.states()).items()}
    assert states[SAM.digits] == Evidence.LISTED.after


# ---------------------------------------------------------------- what hangs on another


async def first_taken(story: Story, mail: str) -> None:
    await story.sent(Accepted("1"))


async def first_refused(story: Story, mail: str) -> None:
    await story.sent(NEVER)


async def first_overdue(story: Story, mail: str) -> None:
    found = await story.lease(NOW + 3600)
    await story.expired(next(each for each in found if each.item.part == 1), NOW + 3600)


async def first_in_doubt(story: Story, mail: str) -> None:
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)


async def first_dropped(story: Story, mail: str) -> None:
    await story.ordered("drop", f"{mail}.1")


@pytest.mark.parametrize(
    ("ends", "known"),
    [
        (first_taken, Evidence.BEFORE_TAKEN),
        (first_refused, Evidence.BEFORE_REFUSED),
        (first_overdue, Evidence.BEFORE_OVERDUE),
        (first_in_doubt, Evidence.BEFORE_HELD),
        (first_dropped, Evidence.BEFORE_DROPPED),
    ],
)
@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
async def test_the_next_part_follows(
    story: Story,
    ends: Callable[[Story, str], Awaitable[None]],
    known: Evidence,
    state: State,
) -> None:
    mail = story.mail(texts=(Text("one"), Text("two")))
    await story.spool.accept(mail)
    if state is State.HELD:
        await story.ordered("hold", f"{mail.id}.2")
    await ends(story, mail.id)
    by_operator = state is State.HELD and known is Evidence.BEFORE_TAKEN
    stands = (await story.states())[(f"{mail.id}.2", SAM.digits)]
    assert stands == (State.HELD if by_operator else known.moves(state))


async def test_a_part_that_was_held_with_the_one_before_goes_once_that_was_taken(
    story: Story,
) -> None:
    mail = story.mail(texts=(Text("one"), Text("two")))
    await story.spool.accept(mail)
    await first_in_doubt(story, mail.id)
    await story.spool.receive(story.callback(story.report("77"), at=NOW + 90))
    stands = (await story.states())[(f"{mail.id}.2", SAM.digits)]
    assert stands == Evidence.BEFORE_TAKEN.moves(State.HELD)


async def test_a_summary_of_nothing_is_dropped(story: Story) -> None:
    storm = Storm(story)
    mails = await storm.rage(6)
    await story.ordered("retry", mails[5].id, NOW + 6)
    stands = (await story.states(mails[5].id))[(f"{mails[5].id}.1.similar1", SAM.digits)]
    assert stands == Evidence.UNCOUNTED.moves(State.QUEUED)


# ---------------------------------------------------------------- nothing is left out


def test_each_evidence_has_its_story() -> None:
    begins = {Evidence.STORED, Evidence.SPARED, Evidence.LOOPED, Evidence.LIMITED, Evidence.LISTED}
    begins |= {Evidence.STORED_AND_BEGUN, Evidence.LEASED_AND_BEGUN}  # tests/spool/test_straight.py
    hangs = {each for each in Evidence if each.name.startswith("BEFORE_")} | {Evidence.UNCOUNTED}
    held = {Evidence.WINDOW_FREED}
    assert {*HAPPENINGS, *OF_A_FILE, *begins, *hangs, *held} == set(Evidence)


async def test_the_stores_of_these_tests_take_no_other_arrow(story: Story) -> None:
    await story.spool.accept(story.mail())
    with pytest.raises(Exception, match="no arrow leads a delivery"):
        await story.sql("UPDATE delivery SET state = ?", State.DELIVERED)
    assert await story.state() == State.QUEUED
