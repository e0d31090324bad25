"""The life of a message as people read it: a line for each thing that happened, ids at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from bridge.core.outcomes import State
from bridge.spool.views import Lane, Record

Fields = Mapping[str, Any]

WIDTH = 78
"""Columns of the words of a line, so that the ids of most stand under each other."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """Instants as the readers of a line see them, who know when it happened: `beside`."""

    beside: float
    zone: tzinfo | None
    now: float

    def __call__(self, at: float) -> str:
        """An instant as a clock shows it, with its date where that is another than the line's."""
        then, day = (
            datetime.fromtimestamp(each, self.zone).astimezone(self.zone)
            for each in (at, self.beside)
        )
        return f"{then:%H:%M:%S}" if then.date() == day.date() else f"{then:%Y-%m-%d %H:%M:%S}"

    def until(self, due: float | None) -> str:
        """Until when something waits; "" where that is past: it waits for what its reason says."""
        return f" until {self(due)}" if due and due > self.now else ""


def line(record: Record, zone: tzinfo | None, now: float) -> str:
    """One line of a life, in the zone of its readers (None: this machine's), read now."""
    words = _WORDS[record.what](record.fields, _Clock(record.at, zone, now))
    ids = " ".join(dict.fromkeys(filter(None, (record.id, *_ids(record.fields)))))
    content = " ".join(f'{k}="{record.fields[k]}"' for k in _CONTENT if record.fields.get(k))
    at = datetime.fromtimestamp(record.at, zone).astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M:%S}  {' '.join(filter(None, (words, content))):<{WIDTH}}  {ids}"


def at_rest(record: Record, lanes: Sequence[Lane], now: float) -> Record:
    """A record as it is; a text that would go by now says why its lane rests, if it does.

    What was queued during a rest was never tried, and has no reason of its own.
    """
    said: Fields = record.fields
    rest = next((each for each in lanes if each.paused_since is not None), None)
    if rest is None or record.what != "delivery" or said["state"] != "queued" or said["reason"]:
        return record
    if not said["due_at"] or said["due_at"] > now:
        return record
    return replace(record, fields={**said, "token": rest.token, "reason": rest.reason})


def says_nothing_new(record: Record, before: set[object]) -> bool:
    """Whether a line is a status report that moved nothing: it was heard before, or is no end.

    One that contradicts another says something each time.

    `before` is what was heard so far, and is added to.
    """
    said = record.fields
    if record.what != "event" or said["kind"] != "StatusReport" or said["state"] != "not-mailed":
        return False
    this = (said["number"], said["message_id"], said["status"])
    known = this in before
    before.add(this)
    return not said["conflict"] and (known or said["progress"] in ("", "pending"))


# What `--content` adds, by the names that contents and events have for it.
_CONTENT = ("subject", "text", "href", "ud", "udh", "words", "files", "left", "why")


def _ids(said: Fields) -> tuple[str, ...]:
    """What else a line goes by: the gateway's id, the mail, the user context."""
    return tuple(str(said.get(name) or "") for name in ("message_id", "mail", "user_context"))


def _mail(said: Fields, _: _Clock) -> str:
    who = said["sender"] or "nobody"
    door = f"user {said['user']}" if said["user"] else said["peer"]
    unheard = "" if said["answered"] else "; its 250 may not have been heard"
    return f"mail from {who} ({door}, {said['profile']}){unheard}"


_KINDS = {"Text": "text", "Unicode": "text", "Mms": "MMS", "Voice": "call", "WapPush": "link"}
_STATES: Mapping[State, str] = {
    State.QUEUED: "waits",
    State.CLAIMED: "is about to be sent",
    State.SUBMITTING: "is being sent",
    State.UNKNOWN: "may have been sent",
    State.HELD: "held",
    State.SUBMITTED: "taken by the gateway",
    State.DELIVERED: "delivered",
    State.UNDELIVERABLE: "NOT delivered",
    State.NET_EXPIRED: "NOT delivered in time",
    State.REJECTED: "REFUSED",
    State.EXPIRED: "EXPIRED, not sent in time",
    State.FOLDED: "folded, not sent",
    State.DROPPED: "dropped, not sent",
}


def _delivery(said: Fields, clock: _Clock) -> str:
    what = _KINDS.get(str(said["kind"]), str(said["kind"]).lower())
    size = [_many(said["segments"], "segment")]
    if said["parts"] > 1:
        size.append(f"part {said['part']} of {said['parts']}")
    if said["attempts"] > 1:
        size.append(_many(said["attempts"], "request"))
    if said["resends"]:
        size.append(f"sent again {said['resends']}x")
    state = _STATES[State(said["state"])]
    if said["goes_at"] and said["goes_at"] < (said["due_at"] or 0):
        state += f", goes by itself from {clock(said['goes_at'])} on, as the limit allows"
    elif said["state"] in ("queued", "held"):
        state += clock.until(said["due_at"])
    why = "" if said["state"] == "delivered" else _why(said["token"], said["reason"])
    return f"{what} to {said['number']} {state}{why} ({', '.join(size)})"


def _attempt(said: Fields, clock: _Clock) -> str:
    asked = f"asked {said['host']} to send to {_many(said['recipients'], 'number')}"
    if not said["ended_at"]:
        return f"{asked}: no answer is known"
    return f"{asked}: {said['outcome'] or 'no answer is known'} at {clock(said['ended_at'])}"


_EVENTS = {
    "SmsReceived": "text from {number}",
    "MmsReceived": "picture message from {number}",
    "StatusReport": "report on {number}: {status}",
    "ListChanged": "list {list}: {number} {action}",
    "Undelivered": "not delivered",
    "Summary": "summary of reports",
    "Held": "held",
    "Delayed": "delayed",
    "Gathered": "reports told together",
    "Truncated": "sent in part",
    "Explained": "explained",
    "ListOrder": "order for list {list}: {action}",
    "GatewayBlocked": "trouble at the gateway: {token}",
    "LowBalance": "the credit runs low",
    "Returned": "a mail came back",
    "Unmailed": "a mail could not be delivered",
    "Unreadable": "something unreadable came",
}
_EFFECTS = {
    "stopped": ", who is opted out now",
    "still-stopped": ", who was opted out already",
    "back": ", who may be texted again",
    "spared": ", who is in [contacts] and is not opted out",
}


def _event(said: Fields, clock: _Clock) -> str:
    what = _EVENTS.get(str(said["kind"]), "{kind}").format_map(said).rstrip(": ")
    what += _EFFECTS.get(said["effect"], "")
    if said["conflict"]:
        what += f" ({said['conflict']})"
    told = f"mailed to {', '.join(said['told'])}" if said["told"] else ""
    match said["state"]:
        case "mailed":
            at = clock(said["changed_at"])
            return f"{what}; {told or 'mailed'} at {at}{_why('', said['reason'])}"
        case "dead":
            return f"{what}; NOT mailed{_why('', said['reason'])}"
        case "orphan":
            return f"{what}; no text is known for it yet"
        case "not-mailed":
            return f"{what}{_why('', said['reason'])}"
        case _:
            return f"{what}; {told or 'not mailed'} so far{_why('', said['reason'])}"


def _command(said: Fields, _: _Clock) -> str:
    changed = said["changed"]
    done = "not obeyed yet" if changed is None else f"{changed} changed"
    return (
        f"{said['by']} ordered: {said['verb']} {said['target']}; {done}{_why('', said['reason'])}"
    )


_WORDS: Mapping[str, Callable[[Fields, _Clock], str]] = {
    "mail": _mail,
    "delivery": _delivery,
    "attempt": _attempt,
    "event": _event,
    "command": _command,
}


def _why(token: str, reason: str) -> str:
    """Why, after a colon: the other side's word, and ours."""
    said = ", ".join(filter(None, (token, reason)))
    return f": {said}" if said else ""


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
