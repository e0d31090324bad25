"""How each text stands in the store, and whether it ever was in doubt."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from bridge.core.outcomes import State
from bridge.spool.views import Record

Doubt: TypeAlias = tuple[str, str]
"""A submission, and the last digits of one of its numbers, as the log shows them."""

SHOWN = 4


@dataclass(frozen=True, slots=True)
class Stand:
    """How one text to one number stands in the store; `doubted`: it may have been sent once."""

    number: str
    part: int
    text: str
    state: State
    resends: int
    doubted: bool


def stands(records: Sequence[Record], doubts: Set[Doubt]) -> Mapping[str, Sequence[Stand]]:
    """How the texts to each number stand; `doubts` is what the logs say of single recipients."""
    whole = {each.id for each in records if each.what == "attempt" and _in_doubt(each)}
    found: dict[str, list[Stand]] = defaultdict(list)
    for each in records:
        if each.what == "delivery":
            stand = _stand(each, whole, doubts)
            found[stand.number].append(stand)
    return found


def _in_doubt(attempt: Record) -> bool:
    """Whether a request was in doubt for all its recipients: also where its holder died."""
    outcome = str(attempt.fields["outcome"])
    return attempt.fields["ended_at"] is None or (
        outcome.startswith("in-doubt") and "," not in outcome
    )


def _stand(record: Record, whole: Set[str], doubts: Set[Doubt]) -> Stand:
    fields, number = record.fields, str(record.fields["number"])
    return Stand(
        number=number,
        part=int(str(fields["part"])),
        text=str(fields["text"]),
        state=State(str(fields["state"])),
        resends=int(str(fields["resends"])),
        doubted=record.id in whole or (record.id, number[-SHOWN:]) in doubts,
    )


def doubts_of(said: Iterable[str]) -> Set[Doubt]:
    """Whose text a log says is in doubt."""
    lines = (json.loads(line) for line in said if '"in-doubt"' in line)
    return {(each["id"], each["number"][-SHOWN:]) for each in lines if each["event"] == "settled"}
