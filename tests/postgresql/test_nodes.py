"""Two nodes on one store: each thing is done once, and what one has learned both know."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bridge.core.consent import OptoutChange
from bridge.core.leases import NoticeVerdict, Told
from bridge.core.model import Msisdn, Text
from bridge.core.outcomes import Accepted
from bridge.core.reminding import DELAYED_AFTER
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.spool.postgres import connecting
from bridge.spool.postgres.migrating import TURN
from tests.spool.conftest import HOST, NOW, SAM, Story, later
from tests.spool.storm import FOLDING, Storm


class Pair:
    """Two nodes, and the stories of the first; `both` does the same at either at once."""

    def __init__(self, story: Story, other: Spool) -> None:
        self.story = story
        self.nodes = (story.spool, other)

    @property
    def other(self) -> Spool:
        return self.nodes[1]


@pytest.fixture
async def pair(url: str) -> AsyncIterator[Pair]:
    """Two nodes."""
    one, other = await open_spool(url, daemon=True), await open_spool(url, daemon=True)
    yield Pair(Story(url, one), other)
    await one.close()
    await other.close()


async def test_leases_never_overlap(pair: Pair) -> None:
    for n in range(40):
        await pair.story.spool.accept(pair.story.mail(Msisdn(f"447700901{n:03}")))
    leased: Counter[str] = Counter()

    async def hand(spool: Spool) -> None:
        while found := await spool.lease_submissions("hand", 3, NOW, NOW + 60):
            leased.update(each.item.id for each in found)

    await asyncio.gather(*(hand(spool) for spool in pair.nodes * 2))
    assert len(leased) == 40
    assert set(leased.values()) == {1}


async def test_of_events_neither(pair: Pair) -> None:
    for n in range(40):
        await pair.story.spool.receive(pair.story.callback(pair.story.text(message_id=f"m{n}")))
    leased: Counter[int] = Counter()

    async def hand(spool: Spool) -> None:
        while found := await spool.lease_events("hand", 3, NOW, NOW + 60):
            leased.update(each.id for each in found)

    await asyncio.gather(*(hand(spool) for spool in pair.nodes * 2))
    assert len(leased) == 40
    assert set(leased.values()) == {1}


async def test_a_holder_that_was_paused_before_its_request_sends_nothing(pair: Pair) -> None:
    await pair.story.spool.accept(pair.story.mail())
    paused = await pair.story.one()
    (held,) = await pair.other.lease_submissions("other", 1, NOW + 61, NOW + 121)
    assert not await pair.story.spool.begin(paused, HOST, NOW + 62)
    assert await pair.other.begin(held, HOST, NOW + 62)


async def test_a_holder_that_was_paused_in_its_request_writes_nothing_but_an_id(pair: Pair) -> None:
    await pair.story.spool.accept(pair.story.mail())
    paused = await pair.story.one()
    assert await pair.story.spool.begin(paused, HOST, NOW)
    (orphan,) = await pair.other.lease_submissions("other", 1, NOW + 61, NOW + 121)
    assert orphan.orphaned
    assert await pair.story.judged(paused, Accepted("1"), NOW + 62)
    assert await pair.story.state() == "submitted"


async def test_a_mailer_that_was_paused_writes_nothing(pair: Pair) -> None:
    await pair.story.spool.receive(pair.story.callback(pair.story.text()))
    (paused,) = await pair.story.spool.lease_events("us", 1, NOW, NOW + 60)
    (held,) = await pair.other.lease_events("other", 1, NOW + 61, NOW + 121)
    again = NoticeVerdict(Told.QUEUED, NOW + 70, reason="busy", tried=True)
    assert not await pair.story.spool.settle_event(paused, again, NOW + 62)
    assert await pair.other.settle_event(held, NoticeVerdict(Told.MAILED, None), NOW + 62)


async def test_a_callback_that_both_take_at_once_is_one(pair: Pair) -> None:
    copies = [pair.story.callback(pair.story.text()) for _ in range(6)]
    found = await asyncio.gather(
        *(pair.nodes[n % 2].receive(each) for n, each in enumerate(copies))
    )
    assert len({id_ for id_, _ in found}) == 1
    assert sorted(new for _, new in found) == [False] * 5 + [True]


async def test_a_retry_that_comes_to_the_other_node_joins(pair: Pair) -> None:
    mail = pair.story.mail()
    found = await asyncio.gather(pair.story.spool.accept(mail), pair.other.accept(later(mail, 1.0)))
    assert len(set(found)) == 1
    assert len(await pair.story.states()) == 1


async def test_a_report_may_come_to_any_node(pair: Pair) -> None:
    await pair.story.spool.accept(pair.story.mail())
    await pair.story.sent(Accepted("77"))
    await pair.other.receive(pair.story.callback(pair.story.report("77")))
    assert await pair.story.state() == "delivered"


async def test_a_lane_is_woken_by_the_other_node_within_a_second(pair: Pair) -> None:
    await pair.other.woken("submit", 0.2)  # by its own start
    began = time.monotonic()
    waiting = asyncio.create_task(pair.other.woken("submit", 10.0))
    await pair.story.spool.accept(pair.story.mail())
    assert await waiting
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize("many", [1, 30], ids=["a few", "more than a step"])
async def test_what_both_remind_of_is_told_once(pair: Pair, many: int) -> None:
    for _ in range(many):
        await pair.story.spool.accept(pair.story.mail(reports="all"))
    at = NOW + DELAYED_AFTER + 1
    told = await asyncio.gather(*(spool.remind(at) for spool in pair.nodes))
    assert sum(told) == many
    assert len(await pair.story.lines("event")) == many


async def test_a_command_that_both_obey_is_obeyed_once(pair: Pair) -> None:
    await pair.story.spool.accept(pair.story.mail())
    command = await pair.story.spool.order("hold", "all", "root", NOW)
    obeyed = await asyncio.gather(*(spool.obey(NOW) for spool in pair.nodes))
    assert sum(obeyed) == 1
    assert (await pair.other.commanded(command)).changed == 1
    assert await pair.story.state() == "held"


async def test_a_balance_that_both_see_is_told_once(pair: Pair) -> None:
    found = await asyncio.gather(*(spool.weigh(5.0, 10.0, NOW) for spool in pair.nodes))
    assert sum(each is not None for each in found) == 1


async def test_what_both_erase_is_erased_once(pair: Pair) -> None:
    await pair.story.spool.accept(pair.story.mail())
    await pair.story.sent(Accepted("77"))
    await pair.story.spool.receive(pair.story.callback(pair.story.report("77")))
    await pair.story.told(NOW + 3600)
    at = NOW + 400 * 86400
    erased = await asyncio.gather(
        *(spool.sweep(at, bodies_before=at, history_before=at) for spool in pair.nodes)
    )
    assert sum(erased) > 0
    assert await pair.story.spool.browse() == []


async def test_an_opt_out_at_one_node_holds_at_the_other(pair: Pair) -> None:
    await pair.story.spool.accept(pair.story.mail())
    lease = await pair.story.one()
    await pair.other.optout(OptoutChange(SAM.digits, True, NOW, "operator"))
    assert not await pair.story.spool.begin(lease, HOST, NOW)


async def test_a_storm_over_both_nodes_is_one_storm(pair: Pair) -> None:
    storm = Storm(pair.story)
    for n in range(12):
        mail = storm.mail(Text(f"disk {n} full"), at=float(n), folding=FOLDING)
        await pair.nodes[n % 2].accept(mail)
        await storm.goes(float(n), Accepted(f"id{n}"))
    assert Counter((await pair.story.states()).values())["folded"] > 0


async def test_a_tail_learned_at_either_node_is_known_at_both(pair: Pair) -> None:
    for n in range(3):
        await pair.nodes[n % 2].accept(pair.story.mail(closings=("Sent by Acme",)))
    (tail,) = await pair.other.tails()
    assert (tail.block, tail.seen) == ("Sent by Acme", 3)


async def test_a_node_that_is_paused_in_its_turn_holds_up_the_others_for_moments(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = {**connecting.SESSION, "idle_in_transaction_session_timeout": "300ms"}
    raw = await asyncpg.connect(pair.story.url, server_settings=patience)
    await raw.execute("BEGIN")
    await raw.execute(f"SELECT pg_advisory_xact_lock({TURN})")
    mail = pair.story.mail()
    assert await pair.other.accept(mail) == mail.id
    raw.terminate()


async def test_two_nodes_with_many_hands_send_each_text_once(pair: Pair) -> None:
    mails = [pair.story.mail(Msisdn(f"4477009{n % 7:05}")) for n in range(60)]
    each = iter(mails)
    begun: Counter[str] = Counter()

    async def client(spool: Spool) -> None:
        for mail in each:
            await spool.accept(mail)

    async def hand(spool: Spool) -> None:
        while sum(begun.values()) < len(mails):
            for lease in await spool.lease_submissions("hand", 2, NOW, NOW + 60):
                assert await spool.begin(lease, HOST, NOW)
                begun[lease.item.id] += 1
                assert await pair.story.judged(lease, Accepted(lease.item.id), NOW)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for spool in pair.nodes * 2:
            group.create_task(client(spool))
            group.create_task(hand(spool))
    assert set(begun.values()) == {1}
    assert set((await pair.story.states()).values()) == {"submitted"}
