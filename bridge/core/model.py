"""The nouns of the house: values that every room passes on and none changes.

Everything here is frozen and free of behaviour beyond its own spelling.  Instants are UNIX
seconds in UTC (`float`), durations are seconds, sizes are octets, texts are `str` free of lone
surrogates.  The unions are closed: whoever decides on one ends in `assert_never`, so that adding
a member makes mypy name every place that has to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bridge.core.consent import Optout

# ---------------------------------------------------------------- who and where


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A phone number: E.164 digits without plus (`447700900123`)."""

    digits: str

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class ListName:
    """A distribution list that the gateway keeps, under the name it has there."""

    name: str

    def __str__(self) -> str:
        return self.name


Destination: TypeAlias = Msisdn | ListName


class Notify(StrEnum):
    """What a client asked to be told of one recipient (RFC 3461, 4.1)."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class Session:
    """Who is at the SMTP door: what the rules need to know of a connection.

    `peer` is the client's IP address, `user` the name that AUTH proved ("" without AUTH),
    `tls` whether the connection is encrypted.  `vouched` is the address whose mail a relay brings,
    once that is evident from the mail (`core.vouching`).
    """

    peer: str
    user: str = ""
    tls: bool = False
    vouched: str = ""


class OwnName(StrEnum):
    """What stands left of the @ for the bridge itself to answer or obey, and for no phone."""

    SENDSMS = "sendsms"
    EXPLAIN = "explain"
    BOUNCES = "bounces"


class ListAction(StrEnum):
    """What may be done with a number of a subscription list at the gateway."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Options:
    """What an address asks for after its dots: `447700900123.voice.urgent`.

    `kind` is a kind of X-SMS-Type ("" for none); `urgent` texts are never folded.
    """

    kind: str = ""
    max_segments: int | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ForwardPath:
    """One RCPT TO, as admitted: the address as written and the destinations it stands for.

    A group stands for several destinations.  `token` names the conversation in whose reply
    address the mail was sent ("" for any other address).  `notify` is empty where the client
    did not ask; `orcpt` is RFC 3461's original recipient, verbatim.  `left_out` are members
    of a group who may not be texted, and why.
    """

    address: str
    destinations: tuple[Destination, ...]
    token: str = ""
    notify: frozenset[Notify] = frozenset()
    orcpt: str = ""
    left_out: tuple[tuple[Destination, Refusal], ...] = ()
    options: Options = Options()


@dataclass(frozen=True, slots=True)
class Envelope:
    """One SMTP transaction: RFC 5321's envelope and the message as it came.

    `reverse_path` is "" for the null sender; `ret` ("", "FULL", "HDRS") and `envid` are RFC
    3461's.  `vendor_form`: it was mailed to `sendsms@`, and its first lines are parameters.
    """

    reverse_path: str
    forward_paths: tuple[ForwardPath, ...]
    content: bytes = field(repr=False)
    received_at: float
    session: Session
    ret: str = ""
    envid: str = ""
    vendor_form: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, said in the dialogue: SMTP reply code, enhanced status (RFC 3463) and a sentence."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}"


# ---------------------------------------------------------------- what is sent


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an MMS: a plain ASCII name, a media type (`image/jpeg`) and its octets."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the GSM 03.38 alphabet."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unicode:
    """A text that needs UCS-2/UTF-16."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mms:
    """A multimedia message: its subject and its files."""

    subject: str = field(repr=False)
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """An SMS of octets: user data, and an optional user data header (3GPP TS 23.040, 9.2.3.24)."""

    ud: bytes = field(repr=False)
    udh: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class WapPush:
    """A link that the handset offers to open."""

    text: str = field(repr=False)
    href: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Voice:
    """A text that is read out on a call."""

    text: str = field(repr=False)


Content: TypeAlias = Text | Unicode | Mms | Binary | WapPush | Voice


@dataclass(frozen=True, slots=True)
class Submission:
    """One message for one or more destinations: what one gateway request carries.

    `sender` is the mailbox that hears how it went ("" where nobody can), `originator` what the
    handset shows ("" so that replies come back), `user_context` what the gateway gives back with
    a reply, `segments` what one destination is billed.  `after` is the id of the submission that
    carries the part before this one: a destination's turn comes when that one was accepted; this
    is number `part` of `parts`.  `urgent` texts are never folded with similar ones.
    """

    id: str
    mail: str
    destinations: tuple[Destination, ...]
    content: Content
    accepted_at: float
    expires_at: float
    profile: str
    sender: str
    originator: str = ""
    user_context: str = ""
    segments: int = 1
    after: str = ""
    part: int = 1
    parts: int = 1
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """What ties texts and mails together, for weeks.

    `token` is ours: ten base32 characters, the first a digit.  `user_context` is the sender's own
    ("" if none).  `owner` is the mailbox that texted, or that answered first what a phone began (""
    until then); `thread_root` the Message-ID (with angle brackets, "" if unknown) of the mail that
    began the thread, `subject` that mail's.
    """

    token: str
    owner: str
    subject: str
    thread_root: str
    user_context: str = ""


@dataclass(frozen=True, slots=True)
class Ids:
    """Randomness, handed to the pure rooms as values: the mail's spool id and a fresh token."""

    mail: str
    token: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pure rules cannot know by themselves, read from the spool once per transaction.

    `optouts` has the digits of those destinations that are not to be texted;
    `conversations` maps the tokens that were asked for, and exist, to their conversation;
    `partners` maps such a token to the numbers that it texted or was texted by; `tails` are the
    closing blocks that the sender's mails were seen to end in, lines joined by "\n".
    """

    optouts: Mapping[str, Optout] = field(default_factory=dict)
    conversations: Mapping[str, Conversation] = field(default_factory=dict)
    partners: Mapping[str, frozenset[str]] = field(default_factory=dict)
    tails: tuple[str, ...] = ()
