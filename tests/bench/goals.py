"""The goals of this house, each with what was seen, its floor, and whether it is met."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.bench.depth import NONE
from tests.bench.peers import AIOHTTP, AIOSMTPD, CURL, QUEUE, Peer
from tests.bench.rounds import BRIDGE
from tests.bench.table import Seen, Table

Column: TypeAlias = Callable[[Seen], float]
Found: TypeAlias = Callable[[Table], Sequence[float]]
"""What was seen, round by round."""


def rate(seen: Seen) -> float:
    """How many a second."""
    return seen.rate


def cpu(seen: Seen) -> float:
    """Seconds of CPU for each."""
    return seen.cpu


def p99(seen: Seen) -> float:
    """The latency that 99 of 100 stayed below."""
    return seen.p99


def memory(seen: Seen) -> float:
    """What its processes hold."""
    return seen.memory


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound, at least or at most, for the median of what was seen, if it was.

    `beside` is said with the verdict: what else belongs to it, the run's own figures filled in.
    """

    words: str
    seen: Found
    bound: float
    least: bool = True
    unit: str = "x"
    beside: str = ""

    def judged(self, table: Table) -> str:
        """One line of the goals' table."""
        found = self.seen(table)
        sign = ">=" if self.least else "<="
        floor = f"{sign} {self.bound:g}{self.unit}"
        if not found:
            return _line(self.words, "", "", floor, "not measured")
        median = statistics.median(found)
        rounds = f"{min(found):.3g}..{max(found):.3g}" if len(found) > 1 else ""
        verdict = self._verdict(median, found) + self.beside.format_map(table.figures)
        return _line(self.words, f"{median:.3g}{self.unit}", rounds, floor, verdict)

    def _verdict(self, median: float, found: Sequence[float]) -> str:
        """Whether it is met; and where rounds did not agree on that, that they did not."""
        met = sum(map(self._met, found))
        if self._met(median):
            return "met" if met == len(found) else "met, but not in each round"
        return "NOT MET, but in a round" if met else "NOT MET"

    def _met(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound


def _line(words: str, value: str, rounds: str, floor: str, verdict: str) -> str:
    return f"  {words:<58}{value:>10}{rounds:>14}{floor:>11}  {verdict}"


def _against(scenario: str, peer: Peer, column: Column) -> Found:
    return lambda table: table.ratios(scenario, BRIDGE, peer.name, column)


def _figure(name: str) -> Found:
    return lambda table: [table.figures[name]] if name in table.figures else []


def _deep(scenario: str, column: Column) -> Found:
    def found(table: Table) -> Sequence[float]:
        deep = next((n for s, n in table.rows if s == scenario and n != NONE), "")
        return table.ratios(scenario, deep, NONE, column)

    return found


QUEUED = ", with {rows_queued:,} rows of 1,000,000"
DUE = ", with {texts_due:,} texts of 100,000"
"""How much there was, of how much the goal speaks of: `--quick` takes less."""

GOALS = (
    Goal("end to end, mails/s, of Postfix + pipe + curl", _against("text", CURL, rate), 12),
    Goal(
        "end to end, CPU, of Postfix + pipe + curl",
        _against("text", CURL, cpu),
        0.05,
        least=False,
    ),
    Goal(
        "accept, mails/s, of Postfix into its queue",
        _against("accept", QUEUE, rate),
        2.5,
    ),
    Goal(
        "accept, p99 at 300/s, of Postfix into its queue",
        _against("latency", QUEUE, p99),
        1,
        least=False,
    ),
    Goal(
        "accept, mails/s, of aiosmtpd that does nothing",
        _against("accept", AIOSMTPD, rate),
        1,
    ),
    Goal(
        "callbacks/s (reports), of aiohttp that does nothing",
        _against("reports", AIOHTTP, rate),
        0.7,
    ),
    Goal(
        "callbacks/s (texts, mailed meanwhile), of the same",
        _against("sms", AIOHTTP, rate),
        0.7,
    ),
    Goal(
        "rows queued: accepts/s, of none queued",
        _deep("queued: accept", rate),
        0.9,
        beside=QUEUED,
    ),
    Goal(
        "rows queued: mails/s end to end, of none queued",
        _deep("queued: end to end", rate),
        0.9,
        beside=QUEUED,
    ),
    Goal(
        "rows due: texts/s, of few due",
        _deep("queued: all due", rate),
        0.9,
        beside=QUEUED,
    ),
    Goal(
        "rows queued: memory, of none queued",
        _deep("queued: end to end", memory),
        1.1,
        least=False,
        beside=QUEUED,
    ),
    Goal(
        "due at once: texts/s of the last third, of the first",
        _figure("due_speed"),
        0.9,
        beside=DUE,
    ),
    Goal(
        "due at once: most memory, of that at first",
        _figure("due_memory"),
        1.1,
        least=False,
        beside=DUE,
    ),
    Goal(
        "one mail to 10,000 numbers: submissions",
        _figure("ten_thousand_submissions"),
        100,
        least=False,
        unit="",
    ),
    Goal("  accepted within", _figure("ten_thousand_accepted"), 1, least=False, unit=" s"),
    Goal(
        "the event loop's longest block, without waits for a core",
        _figure("loop_block"),
        50,
        least=False,
        unit=" ms",
        beside=", {loop_answer:.3g} ms with them",
    ),
    Goal("idle: memory", _figure("idle_memory"), 90, least=False, unit=" MiB"),
    Goal(
        "idle: wake-ups of all threads, by timers",
        _figure("idle_wake_ups"),
        30,
        least=False,
        unit="/s",
    ),
)


def lines(table: Table) -> Iterator[str]:
    """The goals' table."""
    yield _line("goal", "median", "of rounds", "floor", "")
    for each in GOALS:
        yield each.judged(table)
