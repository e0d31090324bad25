"""Which of a gateway's hosts to ask first, from how the last requests to each of them went.

Pure: the clock is the caller's, in seconds, and may start anywhere.  A host that is down goes to
the end of the order, never out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FAILURES = 3
PROBE_EVERY = 30.0


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
    """

    def __init__(self, hosts: Sequence[str], *, stay: float) -> None:
        self._hosts = {host: _Host() for host in hosts}
        self._stay = stay

    def order(self, avoid: str = "") -> tuple[str, ...]:
        """All hosts, best first: up before down, as configured; `avoid` last of all."""
        down = {host for host, state in self._hosts.items() if state.down_since is not None}
        return tuple(sorted(self._hosts, key=lambda host: (host == avoid, host in down)))

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
            return False
        others_up = any(s.down_since is None for s in self._hosts.values())
        if others_up and now - state.down_since < self._stay:
            return False
        state.down_since = None
        return True

    def _failed(self, state: _Host, now: float, *, dead: bool) -> bool:
        state.failures += 1
        if state.down_since is not None:
            state.probe_at = max(state.probe_at, now + PROBE_EVERY)
            return False
        if not dead and state.failures < FAILURES:
            return False
        state.down_since = now
        state.probe_at = now + max(self._stay, 0.0)
        return True
