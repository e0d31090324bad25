"""The seam between our nouns and a provider's HTTP: requests out, responses in, no I/O.

A provider is a codec that writes requests and reads answers; `clients.uplink` moves the bytes for
all of them.  Nothing here raises on what a gateway says: what cannot be understood is `InDoubt`
(answers) or `Unreadable` (callbacks).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, TypeAlias

from bridge.core.model import Destination, ListAction, Submission
from bridge.core.outcomes import Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.core.promises import Callback

NoBalance: TypeAlias = Refused | Deferred | Blocked | InDoubt
"""Why nobody knows the balance."""

TOO_LARGE = "TOO_LARGE"
"""The token of a file that is larger than the client takes."""


@dataclass(frozen=True, slots=True)
class Request:
    """One POST: a path below a host's base URL, and a body that carries the credentials."""

    path: str
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: HTTP status, the body (cut at the client's cap), and what its headers ask.

    `complete` is false where the body did not come whole: the connection ended before the
    announced length, the time was over, or (`oversize`) it went on past the client's cap.
    `retry_after` is that header in seconds, None where absent.
    """

    status: int
    body: bytes = field(repr=False)
    content_type: str = ""
    complete: bool = True
    retry_after: float | None = None
    oversize: bool = False


@dataclass(frozen=True, slots=True)
class RawCallback:
    """A callback as it came over HTTP, before anybody understood it."""

    query: bytes = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str
    received_at: float


class NotSent(Exception):
    """The request certainly did not leave: refused, no such host, time-out before sending, TLS."""


class Untrusted(NotSent):
    """The host's certificate is not good: it may be anybody, and nothing was sent to it."""


class Unanswered(Exception):
    """The request left and no whole answer came: what became of it is unknown."""


class Gateway(Protocol):
    """A provider's interface as pure functions."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Base URLs, the primary first."""

    def submit_request(
        self, submission: Submission, destinations: Sequence[Destination]
    ) -> Request:
        """The request that sends a submission to these of its destinations."""

    def submit_outcomes(
        self, destinations: Sequence[Destination], response: Response
    ) -> Mapping[Destination, Outcome]:
        """What the answer says of each destination; every destination has an outcome."""

    def callback(self, raw: RawCallback) -> Callback:
        """What a callback means, with its dedupe key; `Unreadable` where nobody can tell."""

    def part_request(self, message_id: str, part: str) -> Request:
        """The request for one file of an inbound MMS, by name or by index from 1."""

    def part(
        self, response: Response, *, last: bool = False
    ) -> bytes | Refused | Deferred | Blocked | InDoubt:
        """The file's octets, or why there are none (`TOO_LARGE`, if it went past the cap).

        A file of words may say what the gateway says when it fails for the moment; with `last`,
        such an answer is the file.
        """

    def balance_request(self) -> Request:
        """The request for the account's balance: costs nothing, so it also serves as a probe."""

    def balance(self, response: Response) -> Decimal | NoBalance:
        """The credits left, or why nobody knows."""

    def list_request(self, list_name: str, number: str, action: ListAction) -> Request:
        """The request that changes a subscription list."""

    def list_outcome(self, response: Response) -> Outcome:
        """Whether the list was changed (`Accepted`), or why not."""
