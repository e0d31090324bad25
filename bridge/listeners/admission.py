"""Who may call: a secret in the path, perhaps a network, and how often a stranger may try."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from bridge.core.policy import Network, within

TRIES_A_MINUTE = 60
ANSWERS_A_MINUTE = 600
MOST_STRANGERS = 10_000

UNKNOWN = "unknown"
"""The client's address where a proxy names none: it belongs to no network."""

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
    `proxies`; what it says may be no address at all, and then the client is `UNKNOWN`.
    """
    hops = forwarded.split(",") if forwarded and proxies else []
    while hops and within(peer, proxies):
        peer = _address(hops.pop())
    return peer


def _address(hop: str) -> str:
    """The address in a hop of X-Forwarded-For, to which some proxies add a port."""
    host = hop.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return UNKNOWN


class Due(NamedTuple):
    """What a stranger's try still gets: an answer, and a line in the log."""

    answer: bool
    line: bool


class Strangers:
    """Counts what strangers try, by address and minute, in bounded memory.

    An address is named once a minute.  A crowd is answered, and named, no more often than ten that
    do all that they may are answered.
    """

    def __init__(self) -> None:
        self._minute = 0
        self._tries: dict[str, int] = {}
        self._answered = 0

    def tried(self, peer: str, now: float) -> Due:
        """Count one more try; what it still gets.

        Where there are too many addresses, the longest quiet is forgotten.
        """
        minute = int(now // 60)
        if minute != self._minute:
            self._minute, self._answered = minute, 0
            self._tries.clear()
        client = household(peer)
        tries = self._tries.pop(client, 0) + 1
        self._tries[client] = tries
        if len(self._tries) > MOST_STRANGERS:
            del self._tries[next(iter(self._tries))]
        if tries > TRIES_A_MINUTE or self._answered >= ANSWERS_A_MINUTE:
            return Due(answer=False, line=False)
        self._answered += 1
        return Due(answer=True, line=tries == 1)


class Guess(NamedTuple):
    """A wrong password: when, and for which name, as a digest of that."""

    at: float
    name: bytes


class Guesses:
    """Counts wrong passwords by address, in bounded memory.

    Ten within ten minutes bar an address for fifteen; a right one makes up for those that were
    tried for the same name, and for no others: whoever has one account may still be guessing at
    the rest.  The clock is the caller's, in seconds.
    """

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[Guess, ...]] = {}

    def barred(self, peer: str, now: float) -> bool:
        """Whether an address is to guess no more for now."""
        wrong = self._wrong.get(household(peer), ())
        many = len(wrong) == GUESSES and wrong[-1].at - wrong[0].at <= GUESSES_WITHIN
        return many and now - wrong[-1].at < BARRED_FOR

    def failed(self, peer: str, name: str, now: float) -> None:
        """Count a wrong password; where there are too many addresses, the longest quiet goes."""
        client = household(peer)
        before = self._wrong.pop(client, ())
        self._wrong[client] = (*before, Guess(now, _digest(name)))[-GUESSES:]
        if len(self._wrong) > MOST_STRANGERS:
            del self._wrong[next(iter(self._wrong))]

    def succeeded(self, peer: str, name: str) -> None:
        """Forget what an address got wrong for a name."""
        client, right = household(peer), _digest(name)
        left = tuple(each for each in self._wrong.get(client, ()) if each.name != right)
        if left:
            self._wrong[client] = left
        else:
            self._wrong.pop(client, None)


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


@lru_cache(maxsize=1024)
def household(peer: str) -> str:
    """The addresses that one client has: in IPv6 a /64."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if address.version == 4:
        return peer
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
