"""Orders for lists, round by round: what is done is done once, what is open is asked again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.clients.uplink import Uplink
from bridge.core.addressing import NumberRules
from bridge.core.events import ListOrder
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import Part
from bridge.gateways.intellisms import IntelliSms
from bridge.sandbox.account import LIST
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.trouble import Drop, Reply, Trouble
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.workers.lists import PATIENCE, ROUND_TIME, TURN, Lists
from bridge.workers.loop import LeaseLost

NOW = 1_790_000_000.0
SAM, ALEX, KIM = "447700900123", "447700900124", "447700900125"
LEASE = 900.0

BUSY = Reply(b"DELAY:20\r\n")
FAULT = Reply(b"ERR:GATEWAY_ERROR\r\n")
PAGE = Reply(b"<html><body>Runtime Error</body></html>")
NO_SUCH = Reply(b"ERR:INVALID_NUMBER\r\n")
LOCKED_OUT = Reply(b"ERR:LOGIN_INVALID\r\n")


@dataclass
class Manager:
    """Who orders, and what comes of it; `pace` is what each look at the clock costs, in seconds."""

    spool: Spool
    sandbox: Sandbox
    lists: Lists
    now: float = NOW
    pace: float = 0.0

    def clock(self) -> float:
        self.now += self.pace
        return self.now

    async def orders(self, *numbers: str, action: str = "subscribe", list_name: str = LIST) -> None:
        """An order for a list is in the spool."""
        order = ListOrder(
            to="jo@example.com",
            list_name=list_name,
            key="alerts",
            action=action,
            numbers=numbers,
            unread=(),
            subject="",
            asked_in="",
            at=NOW,
        )
        await self.spool.tell(order, NOW)

    async def leased(self) -> EventLease:
        (lease,) = await self.spool.lease_events("us", 10, self.now, self.now + LEASE)
        return lease

    async def round(self) -> tuple[Part, ...] | NoticeVerdict:
        """What is due is worked on once, and settled where it is to come again."""
        lease = await self.leased()
        assert isinstance(lease.item, ListOrder)
        found = await self.lists.carried_out(lease, lease.item)
        if isinstance(found, NoticeVerdict):
            assert await self.spool.settle_event(lease, found, self.now)
        return found

    async def rounds(self) -> list[str]:
        """All that is due is worked on once, the latest first; which orders are carried out."""
        leases = await self.spool.lease_events("us", 10, self.now, self.now + LEASE)
        done = []
        for lease in sorted(leases, key=lambda each: each.id, reverse=True):
            assert isinstance(lease.item, ListOrder)
            found = await self.lists.carried_out(lease, lease.item)
            if isinstance(found, NoticeVerdict):
                assert await self.spool.settle_event(lease, found, self.now)
            else:
                done.append(lease.item.action)
        return done

    async def waits(self, seconds: float, why: str) -> None:
        """The round leaves something for a later one."""
        found = await self.round()
        assert isinstance(found, NoticeVerdict)
        assert (found.state, found.tried) == (Told.QUEUED, True)
        assert found.due_at == self.now + seconds
        assert why in found.reason

    async def ends(self) -> Mapping[str, str]:
        """The round is the last: the state of each number."""
        found = await self.round()
        assert not isinstance(found, NoticeVerdict)
        return {part.name: json.loads(part.body)["state"] for part in found}

    @property
    def asked(self) -> list[str]:
        """The numbers that were asked for, each time."""
        return [each.form.get("msisdn") for each in self.sandbox.asked]

    def trouble(self, trouble: Trouble, times: int = 1) -> None:
        for door in self.sandbox.doors:
            door.order(trouble, times)


@pytest.fixture
async def manager(tmp_path: Path) -> AsyncIterator[Manager]:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(listen=("127.0.0.1:0",) * 2))
        hosts = tuple(door.url for door in sandbox.doors)
        uplink = Uplink(hosts, timeout=2.0, stay_on_backup=300.0)
        stack.push_async_callback(uplink.close)
        spool = await open_spool(f"sqlite:///{tmp_path}/spool.db", daemon=True)
        stack.push_async_callback(spool.close)
        account = sandbox.account
        gateway = IntelliSms(
            hosts=hosts,
            username=account.username,
            password=account.password,
            charset="utf-8",
            delivery_reports=True,
            numbers=NumberRules(),
        )
        found = Manager(spool, sandbox, Lists(spool, gateway, uplink, clock=lambda: found.clock()))
        yield found


async def test_each_number_has_its_result(manager: Manager) -> None:
    await manager.orders(SAM, ALEX, KIM)
    manager.sandbox.primary.order(NO_SUCH)
    assert await manager.ends() == {SAM: "refused", ALEX: "done", KIM: "done"}
    assert manager.sandbox.account.lists[LIST] == {ALEX, KIM}


async def test_the_other_host_is_asked_where_one_is_down(manager: Manager) -> None:
    await manager.sandbox.primary.down()
    await manager.orders(SAM)
    assert await manager.ends() == {SAM: "done"}


async def test_what_the_gateway_leaves_open_stops_no_other_number(manager: Manager) -> None:
    await manager.orders(SAM, ALEX)
    manager.trouble(FAULT)
    await manager.waits(10, "gateway")
    assert manager.sandbox.account.lists[LIST] == {ALEX}
    manager.now += 10
    before = len(manager.asked)
    assert await manager.ends() == {ALEX: "done", SAM: "done"}
    assert manager.asked[before:] == [SAM]


@pytest.mark.parametrize("trouble", [PAGE, FAULT], ids=["a page", "an error"])
async def test_two_in_a_row_that_stay_open_end_the_round_and_the_next_begins_elsewhere(
    manager: Manager, trouble: Trouble
) -> None:
    await manager.orders(SAM, ALEX, KIM)
    manager.trouble(trouble, 2)
    await manager.waits(10, "gateway")
    assert KIM not in manager.asked
    manager.now += 10
    assert await manager.ends() == dict.fromkeys((SAM, ALEX, KIM), "done")
    assert manager.asked == [ALEX, KIM, SAM]


async def test_a_number_over_which_the_gateway_hangs_holds_up_no_other(manager: Manager) -> None:
    await manager.orders(SAM, ALEX, KIM)
    manager.trouble(Drop())
    await manager.waits(10, "")
    manager.now += 10
    manager.trouble(PAGE)
    await manager.waits(30, "web page")
    assert manager.sandbox.account.lists[LIST] == {SAM, KIM}
    assert manager.asked[-1] == SAM


@pytest.mark.parametrize(
    ("trouble", "why"),
    [(Drop(), ""), (BUSY, "busy"), (LOCKED_OUT, "")],
    ids=["no answer", "busy", "account refused"],
)
async def test_what_would_stop_all_ends_the_round(
    manager: Manager, trouble: Trouble, why: str
) -> None:
    await manager.orders(SAM, ALEX)
    manager.trouble(trouble)
    await manager.waits(10, why)
    assert ALEX not in manager.asked
    manager.sandbox.primary.calm()
    manager.sandbox.backup.calm()
    manager.now += 10
    assert await manager.ends() == {SAM: "done", ALEX: "done"}


async def test_the_waits_grow_and_the_last_one_ends_with_the_hour(manager: Manager) -> None:
    await manager.orders(SAM, ALEX)
    manager.trouble(LOCKED_OUT, 1000)
    for seconds in (10, 30, 60, 120, 300, 600, 1800, PATIENCE - 2920):
        await manager.waits(seconds, "")
        manager.now += seconds
    assert await manager.ends() == {SAM: "late", ALEX: "late"}


async def test_a_late_answer_stays_the_same_while_its_mail_waits(manager: Manager) -> None:
    await manager.orders(SAM)
    manager.trouble(LOCKED_OUT, 2)
    manager.now += PATIENCE
    assert await manager.ends() == {SAM: "late"}
    manager.sandbox.primary.calm()
    manager.sandbox.backup.calm()
    manager.now += LEASE
    assert await manager.ends() == {SAM: "late"}


async def test_a_long_order_lets_others_go_in_between(manager: Manager) -> None:
    await manager.orders(SAM, ALEX, KIM)
    manager.pace = ROUND_TIME / 2 + 1
    found = await manager.round()
    assert isinstance(found, NoticeVerdict)
    assert (found.due_at, found.tried) == (manager.now, False)
    assert manager.asked == [SAM]
    manager.pace = 0.0
    assert await manager.ends() == {SAM: "done", ALEX: "done", KIM: "done"}
    assert sorted(manager.asked) == [SAM, ALEX, KIM]


async def test_orders_for_one_list_do_not_overtake_each_other(manager: Manager) -> None:
    await manager.orders(SAM)
    manager.trouble(FAULT, 1)
    await manager.waits(10, "gateway")
    asked = len(manager.asked)
    await manager.orders(SAM, action="unsubscribe")
    assert await manager.rounds() == []
    assert len(manager.asked) == asked
    manager.now += 10
    assert await manager.rounds() == ["subscribe"]
    manager.now += TURN
    assert await manager.rounds() == ["unsubscribe"], "the first one's answer may wait for long"
    assert manager.sandbox.account.lists[LIST] == set()


async def test_waiting_for_its_turn_is_no_try(manager: Manager) -> None:
    await manager.orders(SAM)
    await manager.orders(SAM, action="unsubscribe")
    for _ in range(3):
        leases = await manager.spool.lease_events("us", 10, manager.now, manager.now + LEASE)
        second = leases[-1]
        assert isinstance(second.item, ListOrder)
        found = await manager.lists.carried_out(second, second.item)
        assert isinstance(found, NoticeVerdict)
        assert (found.due_at, found.tried) == (manager.now + TURN, False)
        assert await manager.spool.settle_event(second, found, manager.now)
        manager.now += TURN
    assert manager.asked == []


async def test_orders_for_two_lists_are_not_in_each_other_s_way(manager: Manager) -> None:
    await manager.orders(SAM, list_name="Others")
    await manager.orders(SAM, action="unsubscribe")
    assert await manager.rounds() == ["unsubscribe", "subscribe"]


async def test_who_lost_the_lease_writes_nothing(manager: Manager) -> None:
    await manager.orders(SAM)
    lease = await manager.leased()
    assert isinstance(lease.item, ListOrder)
    manager.now += LEASE
    await manager.leased()
    with pytest.raises(LeaseLost):
        await manager.lists.carried_out(lease, lease.item)
