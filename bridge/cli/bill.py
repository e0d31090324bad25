"""What texts cost, as a table: a line for each day and sender, then the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, tzinfo
from operator import add
from typing import NoReturn

import click

from bridge.cli import frame, store
from bridge.core.costs import Cost
from bridge.settings.model import Settings
from bridge.spool.contract import Spool

SPAN = timedelta(days=30)
FIRST_YEAR = 1970


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the readers' zone: as long as it was there, when clocks were changed too."""

    day: date
    since: float
    until: float


def tell(
    settings: Settings, span: Sequence[Day], about: str, *, target: str, as_json: bool
) -> NoReturn:
    """Print what texts cost on these days, and exit: 1 where nothing is known of what was asked.

    `about` is a number, a list, a mailbox, a user or a machine ("" for all), and `target` what the
    operator called it.
    """

    async def work(spool: Spool) -> int:
        found = [
            (str(each.day), cost)
            for each in span
            for cost in await spool.costs(each.since, each.until, about)
        ]
        if about and not found:
            frame.tell(_unknown(target, span))
            return frame.REFUSED
        _show(found, as_json=as_json)
        return frame.DONE

    store.with_spool(settings, work)


def _unknown(target: str, span: Sequence[Day]) -> str:
    """That no costs are known: never a table without lines, which reads as "cost nothing"."""
    return (
        f"nothing is known of {target} that cost anything from {span[0].day} to {span[-1].day};"
        " --cost goes by number, contact, mailbox, user or machine"
    )


def days(
    since: datetime | None, until: datetime | None, zone: tzinfo | None, now: float
) -> Sequence[Day]:
    """The days from `since` to `until`, both included, none of them to come.

    By default the last 31, today included.  Raises `click.UsageError` where that is no day.
    """
    if any(each.year < FIRST_YEAR for each in (since, until) if each):
        raise click.UsageError(f"there were no texts before {FIRST_YEAR}")
    today = datetime.fromtimestamp(now, zone).date()
    last = min(until.date(), today) if until else today
    first = since.date() if since else last - SPAN
    if first > last:
        raise click.UsageError(f"--since {first} is after the last day, {last}")
    span = (last - first).days + 1
    return [_day(first + timedelta(days=n), zone) for n in range(span)]


def _day(day: date, zone: tzinfo | None) -> Day:
    begins, ends = (
        datetime(each.year, each.month, each.day, tzinfo=zone).timestamp()
        for each in (day, day + timedelta(days=1))
    )
    return Day(day, begins, ends)


def _show(found: Sequence[tuple[str, Cost]], *, as_json: bool) -> None:
    """Print what each sender's texts cost on each day; for people the sums, too."""
    by_sender, by_day, total = _Sums("by sender"), _Sums("by day"), _Sums("in all")
    if not as_json:
        click.echo(_line("day", "sender", "kind", *_COUNTED))
    for day, cost in found:
        sender = cost.sender.removeprefix("peer:")
        frame.emit(
            {"day": day, **asdict(cost)},
            _line(day, sender, cost.kind, *_counts(cost)),
            as_json=as_json,
        )
        by_sender.add("", sender, cost)
        by_day.add(day, "", cost)
        total.add("", "", cost)
    if not as_json:
        for sums in (by_sender, by_day, total):
            sums.show()


class _Sums:
    """What adds up under one heading, by day or sender, and by kind."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._found: dict[tuple[str, str, str], list[int]] = {}

    def add(self, day: str, sender: str, cost: Cost) -> None:
        """Count a cost in."""
        sums = self._found.setdefault((day, sender, cost.kind), [0] * len(_COUNTED))
        sums[:] = map(add, sums, _counts(cost))

    def show(self) -> None:
        """Print the sums, in order."""
        click.echo(f"\n{self._title}")
        for names, sums in sorted(self._found.items()):
            click.echo(frame.printable(_line(*names, *sums)))


_COUNTED = ("texts", "segments", "in doubt", "resent")


def _counts(cost: Cost) -> tuple[int, int, int, int]:
    return cost.texts, cost.segments, cost.doubt, cost.resent


def _line(day: str, sender: str, kind: str, *counts: object) -> str:
    return f"{day:<10}  {sender:<36}  {kind:<8}" + "".join(f"  {each:>8}" for each in counts)
