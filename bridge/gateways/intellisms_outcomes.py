"""Which line of an answer speaks of which destination.

Lines come fewer, more, reordered, doubled and with rewritten numbers.  Only an `ID:` says that a
text was taken, and a destination that no line speaks of is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from bridge.core.model import Destination, ListName, Msisdn
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways import numbers
from bridge.gateways.contract import Response
from bridge.gateways.intellisms_answers import Line, by_status, lines, whole, wordless

Canonical: TypeAlias = Callable[[str], str]
_Found: TypeAlias = dict[Destination, list[Outcome]]

_SUFFIX = 9
_RANK: tuple[type[Outcome], ...] = (Accepted, InDoubt, Blocked, Deferred, Refused)


def outcomes(
    destinations: Sequence[Destination], response: Response, canonical: Canonical
) -> dict[Destination, Outcome]:
    """What an answer to a submission says of each of its destinations.

    `canonical` writes a number as E.164 digits.  An `ID:` counts under any HTTP status: what has
    an id must never be sent again.
    """
    said = lines(response)
    failure = by_status(response)
    if failure is not None:
        said = [line for line in said if isinstance(line.outcome, Accepted)]
    found, strangers = _matched(destinations, said, canonical)
    lists = [each for each in destinations if isinstance(each, ListName)]
    for each in lists:  # its lines name numbers that we never sent
        found.setdefault(each, []).extend(line.outcome for line in strangers)
    if not lists and whole(response):
        found |= _last_pair(destinations, found, strangers)
    for_all = [_for_all(line.outcome, destinations) for line in said if not line.number]
    silence = failure or (_UNMENTIONED if said else wordless(response))
    return {each: _best(found.get(each) or for_all or [silence]) for each in destinations}


_UNMENTIONED = InDoubt("NO_LINE", "the gateway's answer did not mention this number")


def _for_all(outcome: Outcome, destinations: Sequence[Destination]) -> Outcome:
    """What a line without a number says: a refusal of a batch says that none of it was sent."""
    if isinstance(outcome, Refused) and len(destinations) > 1:
        return replace(outcome, whole=True)
    return outcome


def _best(said: Sequence[Outcome]) -> Outcome:
    """The one of several answers about a destination that keeps it from getting a second text."""
    return min(said, key=lambda outcome: _RANK.index(type(outcome)))


def _matched(
    destinations: Sequence[Destination], said: Sequence[Line], canonical: Canonical
) -> tuple[_Found, list[Line]]:
    """What each number's own lines say, and the lines with numbers that are nobody's."""
    exact = {each.digits: each for each in destinations if isinstance(each, Msisdn)}
    tails: dict[str, list[Msisdn]] = {}
    for each in exact.values():
        tails.setdefault(each.digits[-_SUFFIX:], []).append(each)
    found: _Found = {}
    rewritten: list[Line] = []
    for line in said:
        digits = numbers.digits(line.number)
        owner = exact.get(digits)
        if owner is None and digits[-_SUFFIX:] in tails:  # only then is it worth a parse
            owner = exact.get(canonical(line.number))
        if owner is not None:
            found.setdefault(owner, []).append(line.outcome)
        elif line.number:
            rewritten.append(line)
    return found, _by_suffix(rewritten, tails, found)


def _by_suffix(
    rewritten: Sequence[Line], tails: Mapping[str, Sequence[Msisdn]], found: _Found
) -> list[Line]:
    """Add the lines whose digits end one number only, or end with it; return all others.

    Where several numbers end alike, those that have no line yet count.
    """
    strangers = []
    for line in rewritten:
        digits = numbers.digits(line.number)
        alike = [
            each
            for each in tails.get(digits[-_SUFFIX:], ())
            if len(digits) >= _SUFFIX
            and (each.digits.endswith(digits) or digits.endswith(each.digits))
        ]
        if len(alike) > 1:
            alike = [each for each in alike if each not in found]
        if len(alike) == 1:
            found.setdefault(alike[0], []).append(line.outcome)
        else:
            strangers.append(line)
    return strangers


def _last_pair(
    destinations: Sequence[Destination], found: _Found, strangers: Sequence[Line]
) -> _Found:
    """One line and one number left over belong together: the gateway rewrote the number."""
    silent = [each for each in destinations if each not in found]
    numbered = [line for line in strangers if numbers.digits(line.number)]
    if len(silent) == 1 and len(numbered) == 1:
        return {silent[0]: [numbered[0].outcome]}
    return {}
