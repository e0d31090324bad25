"""Nouns as rows, and back: how the spool spells contents, events and deliveries.

What is looked up has a column of its own; the rest of an event or a content is JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from hashlib import sha256
from typing import Any, TypeAlias, assert_never, get_args

from bridge.core.consent import OptoutEffect
from bridge.core.credit import DAY, TOO_DEAR
from bridge.core.events import (
    Delayed,
    Ending,
    Event,
    GatewayBlocked,
    Progress,
    Returned,
    Truncated,
)
from bridge.core.leases import Delivery
from bridge.core.model import (
    Binary,
    Content,
    Destination,
    ListName,
    Mms,
    Msisdn,
    Part,
    Submission,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.outcomes import State

Row: TypeAlias = tuple[Any, ...]

LOT = 512

# ---------------------------------------------------------------- destinations and deliveries


def one_of(states: Iterable[str]) -> str:
    """What to write after IN."""
    return "(" + ", ".join(f"'{state}'" for state in sorted(states)) + ")"


def among(values: Collection[str]) -> str:
    """What to write after IN, for so many parameters; `lots` says how many are not too many."""
    return f"({', '.join('?' * len(values))})"


def values(lot: Collection[str]) -> str:
    """What to write after VALUES, for so many rows of one parameter."""
    return ", ".join(["(CAST(? AS TEXT))"] * len(lot))


def lots(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Values some hundred at a time: a statement takes so many parameters, and not any number."""
    return (filled(values[at : at + LOT]) for at in range(0, len(values), LOT))


def filled(lot: Sequence[str]) -> Sequence[str]:
    """A lot whose last value is repeated until there are 1, 2, 4, …

    So a few statements are kept prepared for any number of values, and not hundreds.
    """
    more = (1 << (len(lot) - 1).bit_length()) - len(lot)
    return [*lot, *list(lot[-1:]) * more]


def destination(value: str, is_list: int) -> Destination:
    """A destination from its two columns."""
    return ListName(value) if is_list else Msisdn(value)


DELIVERY = (
    "id, destination, is_list, state, attempts, failures, resends, host, batch, token, reason"
)


def named(values: Sequence[str]) -> dict[str, str]:
    """A lot of values as parameters with names, for a statement that has others by name."""
    return {f"v{n}": each for n, each in enumerate(values)}


def of_submissions(named: Collection[str]) -> str:
    """The rows of the submissions with these names, `mine`, before anything else is asked of them.

    Left to itself a database may look at all that is due first, and at whose it is then.
    """
    return (
        "WITH mine AS MATERIALIZED (SELECT * FROM delivery INDEXED BY delivery_submission"
        f" WHERE submission IN (:{', :'.join(named)}))"
    )


def delivery(row: Row) -> Delivery:
    """A delivery from the columns `DELIVERY`.

    One that is claimed, or was by a holder that died, stands as queued: certainly not sent.
    """
    id_, value, is_list, state, *known = row
    stands = State.QUEUED if state == State.CLAIMED else State(state)
    return Delivery(id_, destination(value, is_list), stands, *known)


# ---------------------------------------------------------------- submissions


def content_row(content: Content) -> tuple[str, str]:
    """A content's kind and its JSON; the files of an MMS are rows of their own."""
    match content:
        case Text(text) | Unicode(text) | Voice(text):
            found: dict[str, str] = {"text": text}
        case Mms(subject):
            found = {"subject": subject}
        case Binary(ud, udh):
            found = {"ud": ud.hex(), "udh": udh.hex()}
        case WapPush(text, href):
            found = {"text": text, "href": href}
        case _:
            assert_never(content)
    return type(content).__name__, json.dumps(found)


def content(kind: str, written: str, files: Sequence[Part] = ()) -> Content:
    """A content as `content_row` wrote it."""
    found = json.loads(written)
    if kind == Mms.__name__:
        return Mms(found["subject"], tuple(files))
    if kind == Binary.__name__:
        return Binary(bytes.fromhex(found["ud"]), bytes.fromhex(found["udh"]))
    return _CONTENTS[kind](**found)


_CONTENTS: dict[str, Callable[..., Content]] = {c.__name__: c for c in get_args(Content)}

# Each by itself: a join of many might read the table through.
_ORIGIN = "(SELECT o.{} FROM submission o WHERE o.id = s.origin)"
SUBMISSION = (
    f"s.id, s.message, {_ORIGIN.format('kind')}, {_ORIGIN.format('content')}, s.origin,"
    " s.accepted_at, s.expires_at, s.profile, s.sender, s.originator, s.user_context,"
    " s.segments, s.after, s.part, s.parts"
)


def submission(row: Row, destinations: Iterable[Destination], files: Sequence[Part]) -> Submission:
    """A submission from the columns `SUBMISSION`."""
    id_, message, kind, written, _, accepted_at, expires_at, profile, *rest = row
    sender, originator, user_context, segments, after, part, parts = rest
    return Submission(
        id_,
        message,
        tuple(destinations),
        content(kind, written, files),
        accepted_at,
        expires_at,
        profile,
        sender,
        originator,
        user_context,
        segments,
        after,
        part,
        parts,
    )


# ---------------------------------------------------------------- events


def event_item(event: Event) -> str:
    """An event as JSON; its kind is the name of its type."""
    return json.dumps({f.name: _plain(getattr(event, f.name)) for f in fields(event)})


def event_id(about: str) -> int | None:
    """The row that an event's id (`e12`) names; None where it is no such id."""
    digits = about.removeprefix("e")
    return int(digits) if about.startswith("e") and digits.isascii() and digits.isdigit() else None


class Unrevivable(Exception):
    """A row that nobody can read: damaged, or written by another version."""


def event(kind: str, item: str) -> Event:
    """An event as `event_item` wrote it; raises `Unrevivable`."""
    try:
        found = {k: _REVIVE[k](v) if k in _REVIVE else v for k, v in json.loads(item).items()}
        return _EVENTS[kind](**found)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unrevivable(f"this {kind} cannot be read: {type(error).__name__}") from error


def event_key(event: Event) -> str:
    """The dedupe key of an event that no callback brought.

    A mail is said to be late, or cut, once, and texts to be too dear once a day; all else is told
    as often as it happens, which its instant tells apart.
    """
    kind = type(event).__name__
    if isinstance(event, Delayed | Truncated):
        return f"{kind}:{event.mail}"
    if isinstance(event, GatewayBlocked) and event.token == TOO_DEAR:
        return f"{kind}:{event.token}:{event.at // DAY:.0f}"
    return f"{kind}:{sha256(event_item(event).encode()).hexdigest()}"


def looked_up(event: Event) -> tuple[str, ...]:
    """Number, gateway's id, user context, mail and conversation of an event; "" for none.

    Of a mail that came back, the id is that of our mail.
    """
    names = ("number", "message_id", "user_context", "mail", "conversation")
    found = {name: str(getattr(event, name, "")) for name in names}
    if isinstance(event, Returned):
        found["message_id"] = event.about
    return tuple(found.values())


def _plain(value: object) -> object:
    match value:
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case tuple():
            return [_plain(each) for each in value]
        case Msisdn(digits):
            return digits
        case ListName(name):
            return {"list": name}
        case Ending():
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        case _:
            return value


def _destination(value: Any) -> Destination:
    return ListName(value["list"]) if isinstance(value, dict) else Msisdn(value)


def _ending(value: Any) -> Ending:
    return Ending(
        _destination(value["destination"]),
        State(value["state"]),
        value["token"],
        value["reason"],
        value["enhanced"],
        value.get("doubted", False),
    )


_EVENTS: dict[str, Callable[..., Event]] = {e.__name__: e for e in get_args(Event)}

# By field name: what JSON cannot hold as it is.
_REVIVE: dict[str, Callable[[Any], object]] = {
    "raw": base64.b64decode,
    "progress": Progress,
    "files": tuple,
    "recipients": tuple,
    "effect": OptoutEffect,
    "numbers": tuple,
    "unread": tuple,
    **dict.fromkeys(
        ("failures", "endings", "before"), lambda found: tuple(_ending(each) for each in found)
    ),
    "destinations": lambda found: tuple(_destination(each) for each in found),
}
