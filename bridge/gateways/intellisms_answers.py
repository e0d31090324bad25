"""Reading what IntelliSMS answers: lines of a submission, balance, list updates, files of an MMS.

A line is judged by its shape, never by its place.  What cannot be understood is in doubt, and
nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways.contract import TOO_LARGE, Response
from bridge.gateways.intellisms_words import ERRORS, delay, error, shortened

BODY_CAP = 64 * 1024

# Statuses by which a server says that it did not process the request (RFC 9110, 15.5 and 15.6.4;
# RFC 6585, 4); after any other failure the text may have gone all the same.
_NOT_PROCESSED = frozenset({400, 401, 403, 404, 405, 408, 410, 411, 413, 414, 415, 421, 429, 503})
_PASSING = frozenset({408, 421, 429, 503})

_LINE = re.compile(  # a value ends at a control character too: PostgreSQL stores no NUL
    r"\s*(?:([^,:]{1,200}),)?\s*(ID|ERR|DELAY)\s*:\s*([^\s\x00-\x1f\x7f-\x9f]*)", re.IGNORECASE
)
_LINE_END = re.compile(r"\r\n|\r|\n|<br\s*/?>", re.IGNORECASE)
_TOKEN = re.compile(r"\w{0,100}", re.ASCII)
_PLAUSIBLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_SOLE_ERROR = re.compile(r"\s*(ERR|DELAY)\s*:\s*(\w+)\s*", re.IGNORECASE | re.ASCII)
_BALANCE = re.compile(r"\s*BALANCE\s*:\s*(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)(?!\S)", re.IGNORECASE)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s|html|head|body)", re.IGNORECASE)

_CUT = InDoubt("CUT", "the gateway's answer was cut off")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer: the number as the gateway wrote it ("" for all) and what it says."""

    number: str
    outcome: Outcome


# ---------------------------------------------------------------- lines


def lines(response: Response) -> list[Line]:
    """The lines that are in the gateway's form, in order; a web page has none."""
    if _PAGE.match(response.body):
        return []
    pieces = _LINE_END.split(_text(response))
    found: list[Line] = []
    for n, piece in enumerate(pieces, start=1):
        match = _LINE.match(piece)
        if match:
            word, value = match[2].upper(), match[3]
            outcome = _said(word, value)
            if n == len(pieces) and match.end() == len(piece):
                outcome = _unended(word, value, outcome, found, complete=whole(response))
            found.append(Line((match[1] or "").strip(), outcome))
    return found


def whole(response: Response) -> bool:
    """Whether the body is there from end to end, as far as anybody can tell."""
    return response.complete and len(response.body) <= BODY_CAP


def by_status(response: Response) -> Deferred | InDoubt | None:
    """What the HTTP status alone says; None where the body has the word."""
    status = response.status
    if 200 <= status < 300:
        return None
    token, reason = f"HTTP_{status}", f"the gateway answered with HTTP status {status}"
    if 300 <= status < 400 or status in _NOT_PROCESSED:
        passing = status in _PASSING
        return Deferred(token, reason, retry_after=response.retry_after, for_operator=not passing)
    return InDoubt(token, reason)


def wordless(response: Response) -> InDoubt:
    """What is known from a body that says nothing in the gateway's form."""
    if _PAGE.match(response.body):
        return InDoubt("PAGE", "the gateway answered with a web page")
    if not whole(response):
        return _CUT
    if not response.body.strip():
        return InDoubt("EMPTY", "the gateway's answer was empty")
    return InDoubt("UNREADABLE", "the gateway's answer could not be understood")


def _said(word: str, value: str) -> Outcome:
    """What `ID:…`, `ERR:…` or `DELAY:…` means."""
    if word == "ID":
        return (
            Accepted(shortened(value))
            if value
            else InDoubt("NO_ID", "the gateway gave an empty id")
        )
    if word == "DELAY":
        return delay(value)
    token = _token(value)
    if not token:
        return InDoubt("NO_TOKEN", "the gateway gave an empty error")
    if token not in ERRORS and not _PLAUSIBLE.fullmatch(token):  # it may be our password, repeated
        return Refused(
            "ODD_ERROR", "the gateway gave an error that is no word of its own", ours=True
        )
    return error(token)


def _unended(
    word: str, value: str, outcome: Outcome, before: Sequence[Line], *, complete: bool
) -> Outcome:
    """What a last line without a line end says: where no length was announced, it may be cut.

    The id is one for the whole submission, so a cut one is known from the lines before it.
    """
    if isinstance(outcome, Accepted):
        ids = [x.outcome.message_id for x in before if isinstance(x.outcome, Accepted)]
        known = next((i for i in ids if i.startswith(value)), "")
        return Accepted(known) if known else outcome if complete else _CUT
    token = _token(value)
    half = word == "ERR" and token not in ERRORS and any(t.startswith(token) for t in ERRORS)
    return outcome if complete and not half else _CUT


def _token(value: str) -> str:
    found = _TOKEN.match(value)
    return found[0].upper() if found else ""


def _text(response: Response) -> str:
    return response.body[:BODY_CAP].decode("utf-8-sig", "replace")


# ---------------------------------------------------------------- other answers


def balance(response: Response) -> Decimal | Refused | Deferred | Blocked | InDoubt:
    """The credits in `BALANCE:100`, or why nobody knows."""
    found = _BALANCE.match(_text(response))
    if found and by_status(response) is None and whole(response):
        return Decimal(found[1])
    return _failure(response)


def list_outcome(response: Response) -> Outcome:
    """Whether the answer to a list update is `OK`."""
    if _text(response).upper().split()[:1] == ["OK"] and by_status(response) is None:
        return Accepted("")
    return _failure(response)


def part(response: Response, *, last: bool = False) -> bytes | Refused | Deferred | Blocked:
    """A file of an MMS, or why there is none.  Asking again costs nothing, so no doubt stays.

    A file may itself begin with `ERR:`; it is an error only if all of it is one that we know, and
    with `last`, only if it is none of the moment.
    """
    if response.oversize:
        return Refused(TOO_LARGE, "the file is too large")
    known = _sole_error(response.body)
    if known is not None and not (last and isinstance(known, Deferred)):
        return known
    failure = by_status(response)
    if failure is None and (not response.body or _PAGE.match(response.body)):
        failure = wordless(response)
    if failure is None and not response.complete:
        failure = _CUT
    if failure is None:
        return response.body
    return Deferred(failure.token, failure.reason, retry_after=response.retry_after)


def _sole_error(body: bytes) -> Refused | Deferred | Blocked | None:
    """The error that a whole body is, if it is one that we know."""
    found = _SOLE_ERROR.fullmatch(body[:200].decode("utf-8-sig", "replace"))
    if found is None or len(body) > 200:
        return None
    word, value = found[1].upper(), found[2].upper()
    if word == "DELAY":
        return delay(value) if value.isdigit() else None
    return error(value) if value in ERRORS else None


def _failure(response: Response) -> Refused | Deferred | Blocked | InDoubt:
    """Why an answer is not the one that was hoped for."""
    failure = by_status(response)
    if failure is not None:
        return failure
    for line in lines(response):
        if not isinstance(line.outcome, Accepted):
            return line.outcome
    return wordless(replace(response, body=response.body[:BODY_CAP]))
