"""What was seen, row by row, and how it is printed: medians over the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seen:
    """One round: how many a second, and for each of them seconds of CPU and of waiting.

    `client` and `gateway` are what the benches' own processes took, so that a reader sees what
    limits; `memory` is MiB, of all the server's processes.
    """

    rate: float
    cpu: float
    p50: float = 0.0
    p99: float = 0.0
    memory: float = 0.0
    client: float = 0.0
    gateway: float = 0.0


@dataclass(slots=True)
class Row:
    """One server in one scenario; a round for each entry."""

    scenario: str
    name: str
    seen: list[Seen] = field(default_factory=list)

    def median(self, what: Callable[[Seen], float]) -> float:
        """The median of one column."""
        return statistics.median(map(what, self.seen))


COLUMNS = (
    f"{'/s':>9}{'CPU us':>9}{'p50 ms':>9}{'p99 ms':>9}{'MiB':>7}"
    f"{'client us':>11}{'of a core':>11}{'gateway us':>12}"
)
"""`of a core` is how busy the client was, which has one: near 100 %, it is the limit."""


@dataclass(slots=True)
class Table:
    """All rows of a run, and what was said beside them; printed as they come."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)

    def row(self, scenario: str, name: str) -> Row:
        """A row, which is new if there is none."""
        return self.rows.setdefault((scenario, name), Row(scenario, name))

    def ratios(
        self, scenario: str, name: str, other: str, what: Callable[[Seen], float]
    ) -> list[float]:
        """One server's figure as a part of another's, round by round; none if they were not."""
        mine, theirs = (self.rows.get((scenario, each)) for each in (name, other))
        if mine is None or theirs is None:
            return []
        pairs = zip(mine.seen, theirs.seen, strict=False)
        return [what(a) / what(b) for a, b in pairs if what(b)]

    def note(self, words: str, **figures: float) -> None:
        """Say something beside the rows; figures are kept for the goals."""
        self.figures |= figures
        print(f"  {words}", flush=True)

    def show(self, scenario: str) -> None:
        """Print a scenario's rows."""
        print(f"{scenario:<34}{COLUMNS}")
        for row in self.rows.values():
            if row.scenario == scenario and row.seen:
                print(_line(row))
        print(end="", flush=True)


def _line(row: Row) -> str:
    latency = "".join(
        f"{value * 1e3:>9.1f}" if value else f"{'':>9}"
        for value in (row.median(lambda it: it.p50), row.median(lambda it: it.p99))
    )
    return (
        f"  {row.name:<32}{row.median(lambda it: it.rate):>9.0f}"
        f"{row.median(lambda it: it.cpu) * 1e6:>9.0f}{latency}"
        f"{row.median(lambda it: it.memory):>7.0f}"
        f"{row.median(lambda it: it.client) * 1e6:>11.0f}"
        f"{row.median(lambda it: it.client * it.rate):>11.0%}"
        f"{row.median(lambda it: it.gateway) * 1e6:>12.0f}"
    )
