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

    While all hosts are down only probes are sent, and a text now and then.  The first host that a
    probe finds back gets one text at a time until it has processed one: then all that waits goes.
    If it fails that one, it is down again.  A text that is answered late proves as much.
    """

    def __init__(self, hosts: Sequence[str], *, stay: float) -> None:
        self._hosts = {host: _Host() for host in hosts}
        self._stay = stay
        self._try_at = 0.0
        self._unproven = False
        self._returns = 0

    @property
    def all_down(self) -> bool:
        """Whether no host is known to work."""
        return all(state.down_since is not None for state in self._hosts.values())

    @property
    def returns(self) -> int:
        """How often a host came back where none had worked."""
        return self._returns

    def order(self, avoid: str = "") -> tuple[str, ...]:
        """All hosts, best first: up before down, as configured; `avoid` last of all."""
        down = {host for host, state in self._hosts.items() if state.down_since is not None}
        return tuple(sorted(self._hosts, key=lambda host: (host == avoid, host in down)))

    def at_once(self, most: int, now: float) -> int:
        """How many texts may be under way, of at most so many."""
        if self.all_down:
            return min(most, int(now >= self._try_at))
        return min(most, 1) if self._unproven else most

    def tried(self, now: float) -> None:
        """Note that a text is about to be sent: while all hosts are down, the next one waits."""
        if self.all_down:
            self._try_at = now + TRY_EVERY

    def report(
        self, host: str, now: float, *, ok: bool, dead: bool = False, text: bool = False
    ) -> bool:
        """Note how a request to a host went; true if the host went down or came back by it.

        `ok`: the host processed it (a refusal is processing, too).  `dead`: there was no
        connection, or no answer in time.  `text`: it was no mere probe, and proves that texts go.
        """
        state = self._hosts.get(host)
        if state is None:
            return False
        return self._succeeded(state, now, text=text) if ok else self._failed(state, now, dead=dead)

    def probes_due(self, now: float) -> tuple[str, ...]:
        """The hosts whose balance is to be asked, to see whether they are back."""
        hosts = self._hosts.items()
        return tuple(h for h, s in hosts if s.down_since is not None and s.probe_at <= now)

    def _succeeded(self, state: _Host, now: float, *, text: bool) -> bool:
        state.failures = 0
        was_down = state.down_since is not None
        if state.down_since is not None and not self._may_return(state, state.down_since, now):
            return False
        state.down_since = None
        if text:
            self._unproven = False
        return was_down

    def _may_return(self, state: _Host, down_since: float, now: float) -> bool:
        """Whether a host that works is up again, or works too early and is to stay away."""
        if self.all_down:
            self._returns += 1
            return True
        stays_until = down_since + self._stay
        state.probe_at = max(state.probe_at, stays_until)
        return now >= stays_until

    def _failed(self, state: _Host, now: float, *, dead: bool) -> bool:
        state.failures += 1
        if state.down_since is not None:
            if state.probe_at <= now:  # it was the probe; others that fail put none off
                state.probe_at = now + PROBE_EVERY
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
