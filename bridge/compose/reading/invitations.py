"""An invitation as one line: what, when and where (RFC 5545, RFC 5546).

A dozen properties of one event are read and no time is converted, so that nothing needs a calendar
library with its database of time zones: a text tells the time as the invitation does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from bridge.compose.reading import charsets

MAX_CALENDAR = 64 * 1024  # octets
MAX_WORDS = 200  # characters of a summary or a place

_FOLD = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r'([A-Za-z-]{1,40})((?:;[^:;="]{1,40}=(?:"[^"]*"|[^:;"]*)){0,20}):(.*)')
_PARAMETER = re.compile(r';([^:;="]{1,40})=(?:"([^"]*)"|([^:;"]*))')
_ESCAPE = re.compile(r"\\(.)")
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{0,2}(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d{1,6}S)?)?", re.ASCII
)
_ZONE = re.compile(r"(?:\A|/)([A-Z]\w+/[A-Z][\w/+-]+)\Z", re.ASCII)  # Europe/London
_REPEATS = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)", re.IGNORECASE)
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "may come to"}
_TOLD = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2}) \d{4}(?: (\d\d):(\d\d))?", re.ASCII)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class _Property(NamedTuple):
    """A property's value, and its parameters by their names in upper case."""

    value: str
    parameters: dict[str, str]


class _When(NamedTuple):
    """A moment as it is told, and whether it is a whole day."""

    at: datetime
    whole_day: bool
    zone: str


def line(raw: bytes, charset: str = "") -> str:
    """`Invitation: Lunch, Fri 20 Nov 2026 12:00 to 13:00 Europe/London, Cafe Roma`; "" for a
    calendar without an event.
    """
    text = charsets.decoded(raw, charset or "utf-8", limit=MAX_CALENDAR)
    method, event = _event(text)
    if not event:
        return ""
    said = (
        _words(event, "SUMMARY"),
        _when(event),
        _repeats(event),
        _words(event, "LOCATION"),
    )
    return f"{_heading(method, event)}: {', '.join(filter(None, said))}" if any(said) else ""


def is_told(words: str, line: str) -> bool:
    """Whether a mail's own words already tell what an invitation's line does: the event by name,
    with its hour, or with its day if it takes a whole one.
    """
    said = _bare(words)
    what, _, rest = line.partition(": ")[2].partition(", ")
    when = _TOLD.search(rest)
    return bool(when and _bare(what) in said and any(each in said for each in _spellings(when)))


def _spellings(when: re.Match[str]) -> tuple[str, ...]:
    """An hour as people write it, in letters and digits: `1200`, `12pm`, `1200pm`; else the day."""
    day, month, given, minute = when.groups()
    if not given:
        return f"{day}{month}".lower(), f"{month}{day}".lower()
    hour = int(given)
    half = "pm" if hour >= 12 else "am"
    short = f"{hour % 12 or 12}{'' if minute == '00' else minute}{half}"
    return f"{hour:02}{minute}", f"{hour}{minute}", f"{hour % 12 or 12}{minute}{half}", short


def _event(text: str) -> tuple[str, dict[str, _Property]]:
    """The calendar's method and the properties of its first event, each by its first."""
    method = ""
    event: dict[str, _Property] = {}
    inside: list[str] = []
    for name, found in _properties(_FOLD.sub("", text)):
        if name == "BEGIN":
            inside.append(found.value.strip().upper())
        elif name == "END":
            if inside and inside.pop() == "VEVENT":
                break
        elif name == "METHOD" and inside in ([], ["VCALENDAR"]):
            method = found.value.strip().upper()
        elif inside[-1:] == ["VEVENT"]:
            event.setdefault(name, found)
    return method, event


def _properties(text: str) -> Iterator[tuple[str, _Property]]:
    for each in text.split("\n"):
        match = _PROPERTY.fullmatch(each.rstrip("\r"))
        if match:
            parameters = {
                given[1].upper(): given[2] if given[2] is not None else given[3]
                for given in _PARAMETER.finditer(match[2])
            }
            yield match[1].upper(), _Property(match[3], parameters)


def _heading(method: str, event: dict[str, _Property]) -> str:
    if method == "CANCEL" or _value(event, "STATUS").upper() == "CANCELLED":
        return "Cancelled"
    match method:
        case "REPLY":
            attendee = event.get("ATTENDEE", _Property("somebody", {}))
            name = attendee.parameters.get("CN") or attendee.value.rpartition(":")[2]
            did = _ANSWERS.get(attendee.parameters.get("PARTSTAT", "").upper(), "answered")
            return f"{charsets.clean_line(name)[:MAX_WORDS]} {did}"
        case "COUNTER":
            return "Another time proposed"
        case "REQUEST":
            return "Invitation"
        case _:
            return "Event"


def _words(event: dict[str, _Property], name: str) -> str:
    """A text property as one line (RFC 5545, 3.3.11)."""
    meant = _ESCAPE.sub(lambda escape: " " if escape[1] in "nN" else escape[1], _value(event, name))
    return charsets.clean_line(meant)[:MAX_WORDS].strip()


def _value(event: dict[str, _Property], name: str) -> str:
    found = event.get(name)
    return found.value.strip() if found else ""


def _repeats(event: dict[str, _Property]) -> str:
    match = _REPEATS.search(_value(event, "RRULE")[:1000])
    return match[1].lower() if match else ""


def _when(event: dict[str, _Property]) -> str:
    """`Fri 20 Nov 2026 12:00 to 13:00 Europe/London`, or as much of it as there is."""
    begin = _moment(event.get("DTSTART"))
    if begin is None:
        return ""
    end = _moment(event.get("DTEND")) or _after(begin, event.get("DURATION"))
    if begin.whole_day:
        if end is None or end.at - begin.at <= timedelta(days=1):
            return _day(begin.at)
        return f"{_day(begin.at)} to {_day(end.at - timedelta(days=1))}"  # it ends the day after
    told = f"{_day(begin.at)} {begin.at:%H:%M}"
    if end is None or end.at <= begin.at:
        return f"{told} {begin.zone}".rstrip()
    other_day = "" if end.at.date() == begin.at.date() else f"{_day(end.at)} "
    same_zone = end.zone == begin.zone
    told = told if same_zone else f"{told} {begin.zone}"
    return f"{told} to {other_day}{end.at:%H:%M} {end.zone}".rstrip()


def _day(at: datetime) -> str:
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year:04}"


def _moment(given: _Property | None) -> _When | None:
    match = _MOMENT.fullmatch(given.value.strip()) if given else None
    if given is None or match is None:
        return None
    year, month, day, hour, minute = (int(each or 0) for each in match.groups()[:5])
    try:
        at = datetime(year, month, day, hour, minute)
    except ValueError:
        return None
    zone = "UTC" if match[6] else _zone(given.parameters.get("TZID", ""))
    return _When(at, match[4] is None, zone)


def _after(begin: _When, given: _Property | None) -> _When | None:
    match = _DURATION.fullmatch(given.value.strip()) if given else None
    if match is None:
        return None
    weeks, days, hours, minutes = (int(each or 0) for each in match.groups())
    try:
        end = begin.at + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    except OverflowError:
        return None
    return begin._replace(at=end)


def _zone(name: str) -> str:
    """A time zone as people know it; "" for what only its writer knows."""
    name = charsets.clean_line(name)[:80]
    if match := _ZONE.search(name):
        return match[1]
    if name.upper().endswith("UTC"):
        return "UTC"
    return name if name.endswith(" Time") and not name.startswith("Customized") else ""


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
