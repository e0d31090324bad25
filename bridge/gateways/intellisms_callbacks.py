"""What IntelliSMS posts to us: texts, pictures, status reports and list events, on one address.

The kind is told by the fields that are there.  Everything in them is untrusted; what cannot be
understood is an `Unreadable` event, since nobody sends it twice.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TypeAlias

from bridge.core.addressing import NumberRules
from bridge.core.events import (
    Event,
    ListChanged,
    MmsReceived,
    SmsReceived,
    StatusReport,
    Unreadable,
)
from bridge.core.promises import Callback
from bridge.gateways import forms, numbers
from bridge.gateways.contract import RawCallback
from bridge.gateways.intellisms_words import (
    LIST_ACTIONS,
    LIST_SOURCES,
    LIST_TYPES,
    NETWORKS,
    shortened,
    status,
)

MMS_TYPE = "5"
MOST_FILES = 1000
LONGEST_TEXT = 65_536
"""Characters: more than the 39,015 of a text of 255 segments."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_Read: TypeAlias = tuple[Event, str]  # the event, and its dedupe key ("" without a strong one)


def callback(raw: RawCallback, rules: NumberRules) -> Callback:
    """What a callback means.  Its key is strong where the gateway named the event by an id."""
    octets = b"\n".join(each for each in (raw.query, raw.body) if each)
    fields = _Fields(forms.fields(raw.query, raw.body, raw.content_type), rules)
    event, key = _read(fields, octets, raw.received_at)
    return Callback(
        event=event,
        key=key or "raw:" + hashlib.sha256(octets).hexdigest(),
        weak=not key,
        raw=octets,
        content_type=raw.content_type,
        received_at=raw.received_at,
    )


class _Fields:
    """A callback's fields, as the events want them."""

    def __init__(self, fields: Mapping[str, str], rules: NumberRules) -> None:
        self._fields = fields
        self._rules = rules

    def have(self, *names: str) -> bool:
        return all(name in self._fields for name in names)

    def text(self, name: str) -> str:
        """A field as it came; of what no phone can have sent, the beginning."""
        return self._fields.get(name, "")[:LONGEST_TEXT]

    def line(self, name: str) -> str:
        """A field as one short line: control characters become spaces."""
        return shortened(_CONTROLS.sub(" ", self.text(name)).strip())

    def files(self) -> tuple[str, ...]:
        """The names in `filelist`; one that is missing has its index all the same."""
        listed = _CONTROLS.sub(" ", self.text("filelist")).strip().rstrip(", ")
        names = listed.split(",", MOST_FILES)[:MOST_FILES] if listed else []
        return tuple(shortened(each.strip()) for each in names)

    def number(self, name: str) -> str:
        """A field as E.164 digits; a sender's name as it is."""
        return numbers.international(self.line(name), self._rules)

    def word(self, name: str, words: Mapping[str, str], what: str) -> str:
        """A field's code as its word; an unknown code says what it is the code of."""
        code = self.line(name)
        return words.get(code, f"{what} {code}" if code else "")

    def names(self) -> str:
        """The names that are there, for a person who wonders; what is no name may be a text."""
        return ", ".join(n for n in list(self._fields)[:20] if re.fullmatch(r"\w{1,40}", n))


def _read(fields: _Fields, octets: bytes, at: float) -> _Read:
    """The event that the fields tell of; the order decides where they would tell of two."""
    if fields.have("sublistname", "action"):
        return _list_changed(fields, at)
    if fields.have("status", "toaddr"):
        return _status_report(fields, at)
    if fields.line("type") == MMS_TYPE or fields.line("filelist"):
        return _mms(fields, at)
    if fields.have("from", "text"):
        return _sms(fields, at)
    names = fields.names()
    why = f"no known callback has just these fields: {names}" if names else "it has no fields"
    return Unreadable(why, octets, at), ""


def _sms(fields: _Fields, at: float) -> _Read:
    event = SmsReceived(
        number=fields.number("from"),
        text=fields.text("text"),
        message_id=fields.line("msgid"),
        sent=fields.line("sent"),
        user_context=fields.line("usercontext"),
        network=_network(fields),
        received_at=at,
    )
    return event, event.message_id and _key("sms", event.message_id, event.number, event.text)


def _mms(fields: _Fields, at: float) -> _Read:
    event = MmsReceived(
        number=fields.number("from"),
        subject=fields.text("text"),
        message_id=fields.line("msgid"),
        files=fields.files(),
        sent=fields.line("sent"),
        user_context=fields.line("usercontext"),
        network=_network(fields),
        received_at=at,
    )
    return event, event.message_id and _key("mms", event.message_id)


def _status_report(fields: _Fields, at: float) -> _Read:
    code = fields.line("status")
    progress, words, enhanced = status(code)
    event = StatusReport(
        message_id=fields.line("msgid"),
        number=fields.number("toaddr"),
        status=code,
        progress=progress,
        words=words,
        enhanced=enhanced,
        received_at=at,
    )
    known = event.message_id and event.number
    return event, known and _key("status", event.message_id, event.number, code)


def _list_changed(fields: _Fields, at: float) -> _Read:
    event = ListChanged(
        list_name=fields.line("sublistname"),
        list_type=fields.word("sublisttype", LIST_TYPES, "type"),
        number=fields.number("msisdn"),
        action=fields.word("action", LIST_ACTIONS, "action"),
        source=fields.word("source", LIST_SOURCES, "source"),
        timestamp=fields.line("timestamp"),
        received_at=at,
    )
    named = (event.list_name, event.number, event.action, event.timestamp)
    return event, _key("list", *named) if all(named) else ""


def _network(fields: _Fields) -> str:
    """The sender's home network by name; a code that is not on the page as it is."""
    code = fields.line("networkcode")
    return NETWORKS.get(code, code)


def _key(kind: str, *parts: str) -> str:
    """A dedupe key: short whatever the parts are, and of one kind only."""
    return f"{kind}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"
