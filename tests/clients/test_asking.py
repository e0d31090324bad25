"""A question to a gateway's hosts: asked in turn, until one has a word on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal

import pytest

from bridge.clients.asking import ask, ask_one
from bridge.clients.uplink import Uplink
from bridge.core.outcomes import Blocked, Deferred, InDoubt
from bridge.gateways.contract import NoBalance
from bridge.gateways.intellisms import IntelliSms
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.trouble import Drop, Hang, Reply, Trouble

BUSY = Reply(b"DELAY:20\r\n")
LOCKED_OUT = Reply(b"ERR:LOGIN_INVALID\r\n")
CREDITS = Decimal(1000)


@dataclass
class Account:
    """An account at a gateway with two hosts, and its balance as they tell it."""

    sandbox: Sandbox
    gateway: IntelliSms
    uplink: Uplink

    async def balance(self) -> list[Decimal | NoBalance]:
        """What the hosts said that were asked, in order, all but a balance leading to the next."""
        request = self.gateway.balance_request()
        said = await ask(self.uplink, request, self.gateway.balance, beyond=NoBalance)
        assert list(said) == list(self.gateway.hosts)[: len(said)]
        return list(said.values())


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(listen=("127.0.0.1:0",) * 2))
        hosts = tuple(door.url for door in sandbox.doors)
        uplink = Uplink(hosts, timeout=5.0, stay_on_backup=300.0)
        stack.push_async_callback(uplink.close)
        found = IntelliSms(hosts, sandbox.account.username, sandbox.account.password)
        yield Account(sandbox, found, uplink)


async def test_the_first_host_that_has_a_word_on_it_is_the_last_one_asked(
    account: Account,
) -> None:
    assert await account.balance() == [CREDITS]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(Drop(), InDoubt), (BUSY, Deferred), (LOCKED_OUT, Blocked)],
    ids=["no answer", "busy", "account refused"],
)
async def test_what_is_not_wanted_leads_to_the_next_host(
    account: Account, trouble: Trouble, kind: type
) -> None:
    account.sandbox.primary.order(trouble)
    first, second = await account.balance()
    assert isinstance(first, kind)
    assert second == CREDITS


async def test_by_default_a_host_that_refuses_has_a_word_on_it(account: Account) -> None:
    account.sandbox.primary.order(LOCKED_OUT)
    gateway = account.gateway
    said = await ask(account.uplink, gateway.balance_request(), gateway.balance)
    assert [type(each) for each in said.values()] == [Blocked]


async def test_where_no_host_can_be_reached_the_last_one_says_so(account: Account) -> None:
    for door in account.sandbox.doors:
        await door.down()
    _, last = await account.balance()
    assert isinstance(last, InDoubt)
    assert last.token == "NOT_SENT"


async def test_an_answer_that_takes_too_long_is_none(account: Account) -> None:
    account.sandbox.primary.order(Hang())
    host, *_ = account.gateway.hosts
    request = account.gateway.balance_request()
    found = await ask_one(account.uplink, host, request, account.gateway.balance, seconds=0.1)
    assert found == InDoubt("NO_ANSWER", "the answer took too long")


async def test_a_host_that_fails_again_and_again_is_asked_last(account: Account) -> None:
    account.sandbox.primary.order(BUSY, 3)
    for _ in range(3):
        await account.balance()
    assert account.uplink.order() == account.gateway.hosts[::-1]
