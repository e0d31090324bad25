"""Who may call: a secret in the path, perhaps a network, and how often a stranger may try."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence

from bridge.core.policy import Network, within

TRIES_A_MINUTE = 60
MOST_STRANGERS = 10_000

GUESSES = 10
GUESSES_WITHIN = 600.0
BARRED_FOR = 900.0


class Tokens:
    """The secrets that are good now: the current one and, while the portal changes, the last."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._digests = tuple(_digest(token) for token in tokens if token)

    def know(self, token: str) -> bool:
        """Whether a token is good; takes as long for a wrong one as for a right one."""
        digest = _digest(token)
        known = False
        for good in self._digests:
            known |= hmac.compare_digest(digest, good)
        return known


def client_address(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """The client's address: the nearest one that is not a trusted proxy of ours.

    `forwarded` is X-Forwarded-For, believed from the right for as long as the speaker is one of
    `proxies`; what it says may be no address at all, which then belongs to no network.
    """
    hops = forwarded.split(",") if forwarded and proxies else []
    while hops and within(peer, proxies):
        peer = hops.pop().strip()
    return peer


class Strangers:
    """Counts what strangers try, by address and minute, in bounded memory."""

    def __init__(self) -> None:
        self._minute = 0
        self._tries: dict[str, int] = {}

    def tried(self, peer: str, now: float) -> bool:
        """Count one more try; whether it is still to be answered (and logged)."""
        minute = int(now // 60)
        if minute != self._minute or len(self._tries) >= MOST_STRANGERS:
            self._minute = minute
            self._tries.clear()
        tries = self._tries[peer] = self._tries.get(peer, 0) + 1
        return tries <= TRIES_A_MINUTE


class Guesses:
    """Counts wrong passwords by address, in bounded memory.

    Ten within ten minutes bar an address for fifteen; a right one makes up for all before it.
    The clock is the caller's, in seconds.  In IPv6 a client has a /64 to itself, which is one.
    """

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[float, ...]] = {}

    def barred(self, peer: str, now: float) -> bool:
        """Whether an address is to guess no more for now."""
        wrong = self._wrong.get(_household(peer), ())
        many = len(wrong) == GUESSES and wrong[-1] - wrong[0] <= GUESSES_WITHIN
        return many and now - wrong[-1] < BARRED_FOR

    def failed(self, peer: str, now: float) -> None:
        """Count a wrong password; where there are too many addresses, the longest quiet goes."""
        household = _household(peer)
        before = self._wrong.pop(household, ())
        self._wrong[household] = (*before, now)[-GUESSES:]
        if len(self._wrong) > MOST_STRANGERS:
            del self._wrong[next(iter(self._wrong))]

    def succeeded(self, peer: str) -> None:
        """Forget what an address got wrong."""
        self._wrong.pop(_household(peer), None)


class Allowance:
    """So many of a thing for each client within a time (seconds), in bounded memory."""

    def __init__(self, limit: int, within: float) -> None:
        self._limit = limit
        self._within = within
        self._spent: dict[str, tuple[float, ...]] = {}

    def spent(self, client: str, now: float) -> bool:
        """Whether one more is allowed, which is then spent.

        What was spent in the future, by a clock that was then set back, is forgotten.
        """
        before = tuple(at for at in self._spent.pop(client, ()) if 0 <= now - at < self._within)
        allowed = len(before) < self._limit
        self._spent[client] = (*before, now) if allowed else before
        if len(self._spent) > MOST_STRANGERS:
            del self._spent[next(iter(self._spent))]
        return allowed


def _household(peer: str) -> str:
    """The addresses that one client has."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if address.version == 4:
        return peer
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
