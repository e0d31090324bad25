"""The IntelliSMS gateway: its requests, written as its page and the vendor's clients write them.

Every request is a POST whose body alone carries the credentials.  Facts that are not on the page
("HTTP Interface") are the vendor's Java and PHP clients'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never
from urllib.parse import quote_plus

from bridge.core.addressing import NumberRules
from bridge.core.model import (
    Binary,
    Content,
    Destination,
    ListAction,
    Mms,
    Submission,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.outcomes import Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.core.promises import Callback
from bridge.gateways import forms, intellisms_answers, intellisms_callbacks, intellisms_outcomes
from bridge.gateways import numbers as spelling
from bridge.gateways.contract import NoBalance, RawCallback, Request, Response

Charset: TypeAlias = Literal["vendor-utf-8", "utf-8", "iso-8859-1"]
_Fields: TypeAlias = list[tuple[str, str]]

FORM = "application/x-www-form-urlencoded"

# The colon is the vendor's Java client's; an undeclared body is read as ISO-8859-1.
_CONTENT_TYPES: Mapping[Charset, str] = {
    "vendor-utf-8": f"{FORM}; charset:utf-8",
    "utf-8": f"{FORM}; charset=utf-8",
    "iso-8859-1": FORM,
}
_LIST_ACTIONS: Mapping[ListAction, str] = {
    ListAction.SUBSCRIBE: "1",
    ListAction.UNSUBSCRIBE: "2",
    ListAction.DELETE: "3",
}
_UNITS = 70
_UNITS_OF_MANY = 67


@dataclass(frozen=True, slots=True)
class IntelliSms:
    """A codec for one account.

    `hosts` are base URLs, the primary first.  `charset` is how a form body says what it is in;
    `delivery_reports` asks for status reports; `numbers` reads national numbers in what the
    gateway says.
    """

    hosts: tuple[str, ...]
    username: str = field(repr=False)
    password: str = field(repr=False)
    charset: Charset = "vendor-utf-8"
    delivery_reports: bool = True
    numbers: NumberRules = field(default_factory=NumberRules)

    # ------------------------------------------------------------ sending

    def submit_request(
        self, submission: Submission, destinations: Sequence[Destination]
    ) -> Request:
        """The request that sends a submission to these of its destinations."""
        fields = [*self._login(), ("to", ",".join(str(each) for each in destinations))]
        originator = _shown(submission.originator, submission.content)
        if originator:
            fields.append(("from", originator))
        fields += self._content(submission.content, submission.segments)
        if submission.user_context:
            fields.append(("usercontext", submission.user_context))
        if self.delivery_reports:
            fields.append(("delrpt", "1"))
        if isinstance(submission.content, Mms):
            content_type, body = forms.multipart(fields, submission.content.parts)
            return Request("default.aspx", content_type, body)
        return self._form("sendmsg.aspx", fields)

    def submit_outcomes(
        self, destinations: Sequence[Destination], response: Response
    ) -> dict[Destination, Outcome]:
        """What the answer says of each destination."""
        return intellisms_outcomes.outcomes(destinations, response, self._canonical)

    def _content(self, content: Content, segments: int) -> _Fields:
        """The fields that are the message; `maxconcat` is sent always, its default being 1."""
        match content:
            case Text(text):
                if not self._holds(text):
                    return _hex(text, _unicode_segments(text))
                return [("text", text), ("maxconcat", str(segments))]
            case Voice(text):
                return [("type", "6"), ("text", text), ("maxconcat", str(segments))]
            case Unicode(text):
                return _hex(text, segments)
            case Binary(ud, udh):
                header = [("udh", udh.hex().upper())] if udh else []
                return [("type", "3"), *header, ("ud", ud.hex().upper())]
            case WapPush(text, href):
                return [("type", "4"), ("text", text), ("href", href)]
            case Mms(subject):
                return [("type", "5"), ("text", subject)]
            case _:
                assert_never(content)

    def _holds(self, text: str) -> bool:
        """Whether the form's charset has all of a text: it may have been composed for another."""
        return self.charset != "iso-8859-1" or all(ord(c) < 256 for c in text)

    # ------------------------------------------------------------ receiving

    def callback(self, raw: RawCallback) -> Callback:
        """What a callback means."""
        return intellisms_callbacks.callback(raw, self.numbers)

    def part_request(self, message_id: str, part: str) -> Request:
        """The request for one file of an inbound MMS, by name or by index from 1."""
        fields = [*self._login(), ("msgid", message_id), ("msgpart", part)]
        return self._form("retrievemms.aspx", fields)

    def part(
        self, response: Response, *, last: bool = False
    ) -> bytes | Refused | Deferred | Blocked | InDoubt:
        """The file's octets, or why there are none."""
        return intellisms_answers.part(response, last=last)

    # ------------------------------------------------------------ the account

    def balance_request(self) -> Request:
        """The request for the account's balance."""
        return self._form("getbalance.aspx", self._login())

    def balance(self, response: Response) -> Decimal | NoBalance:
        """The credits left, or why nobody knows."""
        return intellisms_answers.balance(response)

    def list_request(self, list_name: str, number: str, action: ListAction) -> Request:
        """The request that changes a subscription list."""
        fields = [
            *self._login(),
            ("sublistname", list_name),
            ("msisdn", number),
            ("action", _LIST_ACTIONS[action]),
        ]
        return self._form("updatesubscriptionlist.aspx", fields)

    def list_outcome(self, response: Response) -> Outcome:
        """Whether the list was changed (`Accepted`), or why not."""
        return intellisms_answers.list_outcome(response)

    # ------------------------------------------------------------ spelling

    def _login(self) -> _Fields:
        return [("username", self.username), ("password", self.password)]

    def _form(self, path: str, fields: _Fields) -> Request:
        codec = "iso-8859-1" if self.charset == "iso-8859-1" else "utf-8"
        said = [
            f"{name}={quote_plus(value, encoding=codec, errors='replace')}"
            for name, value in fields
        ]
        return Request(path, _CONTENT_TYPES[self.charset], "&".join(said).encode("ascii"))

    def _canonical(self, number: str) -> str:
        return spelling.international(number, self.numbers)


def _shown(originator: str, content: Content) -> str:
    """The originator as the request says it, "" for none: an MMS takes digits only."""
    if not isinstance(content, Mms):
        return originator
    digits = originator.removeprefix("+")
    return digits if digits.isdecimal() else ""


def _hex(text: str, segments: int) -> _Fields:
    """Unicode as UTF-16BE in upper-case hex; more than one segment only if the gateway joins."""
    fields = [("type", "2"), ("hex", text.encode("utf-16-be", "replace").hex().upper())]
    return [*fields, ("maxconcat", str(segments))] if segments > 1 else fields


def _unicode_segments(text: str) -> int:
    """Segments of a GSM 03.38 text that has to go as Unicode after all (no surrogates in it)."""
    return 1 if len(text) <= _UNITS else -(-len(text) // _UNITS_OF_MANY)
