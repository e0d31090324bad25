"""What must happen without anybody asking: commands obeyed, lanes probed, old rows erased."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from bridge import maillog
from bridge.clients.asking import ask, ask_one
from bridge.clients.contract import SILENCE, Uplink
from bridge.core.credit import USED_UP
from bridge.core.judge import PROBE_INTERVAL
from bridge.core.outcomes import NOT_SENT
from bridge.gateways.contract import Gateway, NoBalance
from bridge.spool.contract import LimitsOf, Spool
from bridge.workers.balance import weigh
from bridge.workers.loop import ended

COMMANDS_EVERY = 0.5
LANES_EVERY = 1.0
HOSTS_EVERY = 1.0
TIME_EVERY = 1.0
FREE_EVERY = 2.0
REMIND_EVERY = 10.0
RENEW_EVERY = 60.0
BALANCE_EVERY = 900.0
SWEEP_EVERY = 3600.0
"""Seconds between two rounds of a chore."""

BALANCE_FIRST = 60.0
"""Seconds from its start for which a daemon does not ask: one that is restarted again and again
would ask all the time.
"""


class Housekeeper:
    """Runs the daemon's chores, each in a task of its own, until stopped."""

    def __init__(
        self,
        spool: Spool,
        gateway: Gateway,
        uplink: Uplink,
        *,
        keep_bodies: float,
        keep_history: float,
        low_balance: float,
        limits_of: LimitsOf,
        renew: Callable[[], None] = lambda: None,
        clock: Callable[[], float],
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._uplink = uplink
        self._keep_bodies = keep_bodies
        self._keep_history = keep_history
        self._low_balance = low_balance
        self._limits_of = limits_of
        self._renew = renew
        self._clock = clock
        self._returns = uplink.returns
        self._chores: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin the rounds."""
        for every, chore in (
            (TIME_EVERY, self.keep_time),
            (COMMANDS_EVERY, self.obey),
            (LANES_EVERY, self.probe),
            (HOSTS_EVERY, self.find_hosts),
            (FREE_EVERY, self.free),
            (BALANCE_EVERY, self.watch),
            (REMIND_EVERY, self.remind),
            (RENEW_EVERY, self.renew),
            (SWEEP_EVERY, self.sweep),
        ):
            first = BALANCE_FIRST if chore == self.watch else 0.0
            self._chores.append(asyncio.create_task(_repeat(chore, first=first, every=every)))

    async def stop(self) -> None:
        """End the rounds."""
        await ended(self._chores, asyncio.get_running_loop().time())

    async def keep_time(self) -> None:
        """Follow the wall's clock, where it was set."""
        by = await self._spool.keep_time()
        if by:
            maillog.clock_set(by)

    async def obey(self) -> None:
        """Carry out what operators wrote down."""
        await self._spool.obey(self._clock())

    async def probe(self) -> None:
        """Ask for the balance where the lane rests: it shows when login and credit are good."""
        token = await self._spool.to_probe(self._clock())
        if token is not None:
            await self._probe(token)

    async def find_hosts(self) -> None:
        """Ask the hosts that are down for the balance: it shows when they are back.

        Once one is, and none had worked, what waited for that alone is due at once.
        """
        request, read = self._gateway.balance_request(), self._gateway.balance
        asked = (
            ask_one(self._uplink, host, request, read, seconds=SILENCE)
            for host in self._uplink.probes_due()
        )
        balances = await asyncio.gather(*asked)
        returns = self._uplink.returns
        if returns != self._returns:
            await self._spool.recall(NOT_SENT, self._clock())
            self._returns = returns
        for each in balances:
            await self._weighed(each)

    async def _probe(self, token: str) -> None:
        balance = await self._balance()
        if balance is None or (token == USED_UP and balance <= 0):
            await self._spool.rest(self._clock() + PROBE_INTERVAL)
            return
        await self._spool.resume(self._clock())
        maillog.lane("submit", state="goes again", reason=f"balance {balance}")

    async def _balance(self) -> Decimal | None:
        """The credits left, as the first host says that knows."""
        request = self._gateway.balance_request()
        said = await ask(self._uplink, request, self._gateway.balance, beyond=NoBalance)
        *_, found = said.values()
        return await self._weighed(found)

    async def _weighed(self, balance: Decimal | NoBalance) -> Decimal | None:
        """A balance that was told, once it is known whether it runs low; None for none."""
        if not isinstance(balance, Decimal):
            return None
        await weigh(self._spool, balance, low=self._low_balance, now=self._clock())
        return balance

    async def free(self) -> None:
        """Let go what limits hold, as their windows free."""
        await self._spool.free(self._limits_of, self._clock())

    async def renew(self) -> None:
        """Take the certificate anew, where its files changed."""
        self._renew()

    async def watch(self) -> None:
        """Ask for the balance, to tell in time that it runs low."""
        await self._balance()

    async def remind(self) -> None:
        """Tell of texts that still wait, and of reports that never came."""
        await self._spool.remind(self._clock())

    async def sweep(self) -> None:
        """Erase what has been kept long enough."""
        now = self._clock()
        await self._spool.sweep(
            now, bodies_before=now - self._keep_bodies, history_before=now - self._keep_history
        )


async def _repeat(chore: Callable[[], Awaitable[None]], *, first: float, every: float) -> None:
    await asyncio.sleep(first)
    while True:
        try:
            await chore()
        except Exception as error:  # a chore that dies would never be missed
            maillog.fault(chore.__name__, error)
        await asyncio.sleep(every)
