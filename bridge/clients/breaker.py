"""Which of a gateway's hosts to ask first, and how many at a time, from how the last requests went.

Pure: the clock is the caller's, in seconds, and may start anywhere.  A host that is down goes to
the end of the order, never out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FAILURES = 3
PROBE_EVERY = 30.0
PROBE_SOON = 5.0
"""Seconds until the first probe where no host is left: a restart is over as fast."""

TRY_EVERY = 300.0
"""Seconds between two texts that are tried while all hosts are down, whatever the probes say."""


@dataclass(slots=True)
class _Host:
    failures: int = 0
    down_since: float | None = None
    probe_at: float = 0.0


class Breaker:
    """Switches to the next host, stays there for a while, and finds out when to return.

    A host goes down when it could not be reached at all, when it let a request wait in vain, or
    when it failed to process three in a row, however far apart.  It is up again with the first
    request that it processes once `stay` seconds have passed, or at once if no other host is up.

    While all hosts are down only probes are sent, and a text now and then.  The first host that is
    back gets one text at a time until it has processed one more request: then all that waits goes.
    If it fails that one, it is down again.
    """

    def __init__(self, hosts: Sequence[str], *, stay: float) -> None:
        self._hosts = {host: _Host() for host in hosts}
        self._stay = stay
        self._try_at = 0.0
        self._unproven = False

    @property
    def all_down(self) -> bool:
        """Whether no host is known to work."""
        return all(state.down_since is not None for state in self._hosts.values())

    def order(self, now: float, avoid: str = "") -> tuple[str, ...]:
        """All hosts, best first: up before down, as configured; `avoid` last of all.

        Whoever asks is about to try them.
        """
        if self.all_down:
            self._try_at = now + TRY_EVERY
        down = {host for host, state in self._hosts.items() if state.down_since is not None}
        return tuple(sorted(self._hosts, key=lambda host: (host == avoid, host in down)))

    def at_once(self, most: int, now: float) -> int:
        """How many texts may be under way, of at most so many."""
        if self.all_down:
            return min(most, int(now >= self._try_at))
        return min(most, 1) if self._unproven else most

    def report(self, host: str, now: float, *, ok: bool, dead: bool = False) -> bool:
        """Note how a request to a host went; true if the host went down or came back by it.

        `ok`: the host processed it (a refusal is processing, too).  `dead`: there was no
        connection, or no answer in time.
        """
        state = self._hosts.get(host)
        if state is None:
            return False
        return self._succeeded(state, now) if ok else self._failed(state, now, dead=dead)

    def probe_due(self, now: float) -> str:
        """The host whose balance is to be asked, to see whether it is back; "" if none."""
        due = (h for h, s in self._hosts.items() if s.down_since is not None and s.probe_at <= now)
        return next(due, "")

    def _succeeded(self, state: _Host, now: float) -> bool:
        state.failures = 0
        if state.down_since is None:
            self._unproven = False
            return False
        if not self.all_down and now - state.down_since < self._stay:
            return False
        state.down_since = None
        return True

    def _failed(self, state: _Host, now: float, *, dead: bool) -> bool:
        state.failures += 1
        if state.down_since is not None:
            state.probe_at = max(state.probe_at, now + PROBE_EVERY)
            return False
        if not dead and not self._unproven and state.failures < FAILURES:
            return False
        state.down_since = now
        state.probe_at = now + max(self._stay, 0.0)
        if self.all_down:
            self._give_up(now)
        return True

    def _give_up(self, now: float) -> None:
        """No host is left: whichever is back first is good enough."""
        wait = PROBE_EVERY if self._unproven else PROBE_SOON
        self._unproven = True
        self._try_at = now + TRY_EVERY
        for each in self._hosts.values():
            each.probe_at = min(each.probe_at, now + wait)
