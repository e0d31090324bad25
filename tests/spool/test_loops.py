"""T35: answers from one sender to one number are counted where they are accepted, and held."""

from __future__ import annotations

from dataclasses import replace

from bridge.core.events import Delayed, Held, Returned
from bridge.core.loops import ANY_TEXT, SAME_TEXT, WITHIN
from bridge.core.model import Text, Unicode
from bridge.core.promises import Mail
from tests.spool.conftest import ALEX, NOW, SAM, Story, later
from tests.spool.storm import FOLDING

DAY = 86_400.0


def answer(story: Story, words: str = "I am away", *, at: float = 0.0, **more: object) -> Mail:
    """A mail that answers one of ours."""
    mail = story.mail(SAM, texts=(Text(words),), at=NOW + at, **more)  # type: ignore[arg-type]
    return replace(mail, answers_us=True)


async def answers(story: Story, count: int, words: str = "I am away", at: float = 0.0) -> list[str]:
    """Answers, a second apart; how each stands."""
    ids = [await story.spool.accept(answer(story, words, at=at + n)) for n in range(count)]
    return [await story.state(each) for each in ids]


async def pairs(story: Story) -> int:
    return len(await story.sql("SELECT 1 FROM pair"))


async def test_ten_of_the_same_go_and_the_rest_is_held(story: Story) -> None:
    found = await answers(story, SAME_TEXT + 5)
    assert found == ["queued"] * SAME_TEXT + ["held"] * 5


async def test_thirty_of_any_go(story: Story) -> None:
    states = [(await answers(story, 1, f"{n}", at=n))[0] for n in range(ANY_TEXT + 2)]
    assert states == ["queued"] * ANY_TEXT + ["held"] * 2


async def test_mails_that_answer_nothing_are_not_counted(story: Story) -> None:
    for n in range(40):
        await story.spool.accept(story.mail(texts=(Text("Disk full"),), at=NOW + n))
    assert set((await story.states()).values()) == {"queued"}
    assert await pairs(story) == 0


async def test_each_sender_and_each_number_has_its_own(story: Story) -> None:
    await answers(story, SAME_TEXT)
    kim = answer(story, sender="kim@example.com")
    session = replace(kim.envelope.session, user="kim")
    kim = replace(kim, envelope=replace(kim.envelope, session=session))
    both = story.mail(SAM, ALEX, texts=(Text("I am away"),), at=NOW + 20)
    for each in (kim, replace(both, answers_us=True)):
        await story.spool.accept(each)
    assert await story.state(kim.id) == "queued"
    assert await story.states(both.id) == {
        (f"{both.id}.1", SAM.digits): "held",
        (f"{both.id}.1", ALEX.digits): "queued",
    }


async def test_sender_and_postmaster_are_told_once_an_hour(story: Story) -> None:
    await answers(story, SAME_TEXT + 5)
    assert await story.events() == [("Held", "queued")]
    (event,) = await story.spool.lease_events("us", 10, NOW + 60, NOW + 120)
    held = event.item
    assert isinstance(held, Held)
    assert (held.destinations, held.at) == ((SAM,), NOW + 10)
    assert "10 times the same text" in held.reason
    await answers(story, SAME_TEXT + 5, at=WITHIN + 20)
    assert len(await story.events()) == 2


async def test_it_is_told_at_once_and_not_as_delayed_later(story: Story) -> None:
    await answers(story, SAME_TEXT)
    await story.spool.woken("notify", 0)
    held = answer(story, at=20)
    await story.spool.accept(held)
    assert await story.spool.woken("notify", 0)
    await story.spool.remind(NOW + 1000)
    events = await story.told(NOW + 1000)
    late = {each.mail for each in events if isinstance(each, Delayed)}
    assert len(late) == SAME_TEXT
    assert held.id not in late


async def test_a_restart_forgets_nothing(story: Story) -> None:
    await answers(story, SAME_TEXT)
    await story.reopened()
    assert await answers(story, 1, at=20) == ["held"]


async def test_a_client_s_retry_is_counted_once(story: Story) -> None:
    await answers(story, SAME_TEXT - 1)
    mail = answer(story, at=20)
    await story.spool.accept(mail)
    await story.spool.accept(later(mail, 1))
    assert await story.state(mail.id) == "queued"
    assert await answers(story, 1, at=30) == ["held"]


async def test_release_lets_it_go_with_all_its_parts(story: Story) -> None:
    await answers(story, SAME_TEXT)
    await answers(story, ANY_TEXT, "other", at=20)
    mail = story.mail(texts=(Unicode("(1/2) é"), Unicode("(2/2) ü")), at=NOW + 60)
    mail = replace(mail, answers_us=True)
    for n in range(SAME_TEXT):  # the pair is full by now
        await answers(story, 1, f"{n}", at=50)
    await story.spool.accept(mail)
    assert set((await story.states(mail.id)).values()) == {"held"}
    assert await story.ordered("release", mail.id, NOW + 70) == 2
    assert set((await story.states(mail.id)).values()) == {"queued"}


async def test_what_nobody_releases_expires_and_its_sender_is_told(story: Story) -> None:
    await answers(story, SAME_TEXT + 1)
    leases = await story.lease(NOW + 5000)
    for each in leases:
        await story.expired(each, NOW + 5000)
    assert set((await story.states()).values()) == {"expired"}
    assert ("Undelivered", "queued") in await story.events()


async def test_what_a_storm_folds_is_not_counted(story: Story) -> None:
    for n in range(SAME_TEXT + 5):
        await story.spool.accept(answer(story, at=n, folding=FOLDING, profile="machine"))
    assert set((await story.states()).values()) == {"queued", "folded"}
    assert await story.events() == []


async def test_a_pair_is_forgotten_when_its_hour_is_over(story: Story) -> None:
    await answers(story, 3)
    assert await pairs(story) == 1
    await story.spool.sweep(NOW + WITHIN + 10, bodies_before=NOW - DAY, history_before=NOW - DAY)
    assert await pairs(story) == 0


async def test_what_came_back_is_found_by_the_id_of_our_mail(story: Story) -> None:
    ours = "<in.0123456789abcdef0123456789abcdef@sms.example.com>"
    event = Returned(ours, ("jo@example.com",), True, "no such user", "Undelivered", b"x", NOW)
    id_ = await story.spool.tell(event, NOW)
    (line,) = await story.lines("event", ours)
    assert (line.id, line.fields["kind"]) == (f"e{id_}", "Returned")
    (lease,) = await story.spool.lease_events("us", 10, NOW, NOW + 60)
    assert lease.item == event
