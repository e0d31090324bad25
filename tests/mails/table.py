"""The table of mails: what programs write, and beside it what becomes of it.

A row is up to three files in the folder of the way that it came: `<name>.eml`, the mail, kept with
LF and sent with CRLF (`<name>.raw.eml` is sent octet for octet); `<name>.txt`, what goes out; and
`<name>.toml`, the settings that differ: `[profile]`, `[policy]`, and `tails`, those learned of the
sender.  The ways are

person   from Jo, who logged in, to Sam's number
answer   from Jo, who logged in, to the address of a conversation with Sam
machine  from a trusted network, to Sam's number

and `<way>-refused`.  What goes out is written as `shown` says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, assert_never

from bridge.compose.compose import compose
from bridge.core.addressing import NumberRules
from bridge.core.model import (
    Binary,
    Content,
    Conversation,
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    Mms,
    Msisdn,
    Refusal,
    Session,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Mail

HERE = Path(__file__).parent

SAM = Msisdn("447700900123")
TOKEN = "7kq2pab3xd"
FRIDAY = Conversation(TOKEN, "jo@example.com", "Friday", "<root@example.com>")
POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={
        "person": Profile(
            "person", "body", True, 4, "truncate", True, "tell", "failures", 86_400.0
        ),
        "machine": Profile(
            "machine", "subject+body", False, 2, "truncate", False, "resend", "failures", 3600.0
        ),
    },
    users={"jo": ("jo@example.com",)},
    mms_types=("image/jpeg", "image/gif", "image/png", "text/plain", "text/vcard"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A mail of the table, and how it came."""

    way: str
    name: str
    content: bytes
    settings: dict[str, Any]

    @property
    def text(self) -> str:
        """What becomes of it, as its author wrote it down; raises where nobody did."""
        path = HERE / self.way / f"{self.name}.txt"
        return path.read_text(encoding="utf-8").removesuffix("\n")

    @property
    def policy(self) -> Policy:
        """The usual settings, but for those that the row brings along."""
        changed = self.settings.get("profile", {})
        profiles = {name: replace(each, **changed) for name, each in POLICY.profiles.items()}
        return replace(POLICY, profiles=profiles, **self.settings.get("policy", {}))

    @property
    def envelope(self) -> Envelope:
        """The transaction that it came in."""
        return envelope(self.content, self.way.removesuffix("-refused"))

    @property
    def facts(self) -> Facts:
        """The one conversation that there is, and the tails learned of the sender."""
        tails = tuple(self.settings.get("tails", ()))
        return Facts(conversations={TOKEN: FRIDAY}, tails=tails)

    def composed(self) -> Mail | Refusal:
        """What Bridge makes of it."""
        return compose(self.envelope, self.policy, self.facts, 1000.0, Ids("m1", "2newtokenx"))


def rows() -> Iterator[Row]:
    """The table, in the order of its files' names."""
    for path in sorted(HERE.glob("*/*.eml")):
        name = path.name.removesuffix(".eml")
        octets = path.read_bytes()
        if not name.endswith(".raw"):
            octets = octets.replace(b"\n", b"\r\n")
        name = name.removesuffix(".raw")
        settings = path.with_name(f"{name}.toml")
        changed = tomllib.loads(settings.read_text()) if settings.exists() else {}
        yield Row(path.parent.name, name, octets, changed)


def envelope(content: bytes, way: str) -> Envelope:
    """A mail on its way: `person`, `answer` or `machine`."""
    token = TOKEN if way == "answer" else ""
    local = f"{SAM}.{token}" if token else str(SAM)
    machine = way == "machine"
    return Envelope(
        reverse_path="alerts@example.com" if machine else "jo@example.com",
        forward_paths=(ForwardPath(f"{local}@sms.example.com", (SAM,), token),),
        content=content,
        received_at=999.0,
        session=Session("127.0.0.1", "" if machine else "jo"),
    )


def shown(found: Mail | Refusal) -> str:
    """What goes out, in lines; a refusal as its sender reads it.

    A text is itself, and each of several numbered parts begins a line.  The other kinds begin
    with their name; an MMS has its subject there, then its words, then a line for each file.
    """
    if isinstance(found, Refusal):
        return str(found)
    return "\n".join(_shown(each.content) for each in found.submissions)


def _shown(content: Content) -> str:
    match content:
        case Text(text) | Unicode(text):
            return text
        case Voice(text):
            return f"VOICE\n{text}"
        case WapPush(text, href):
            return f"WAP PUSH {href}\n{text}"
        case Binary(ud, udh):
            return f"BINARY {udh.hex()} {ud.hex()}"
        case Mms(subject, parts):
            words = [part.body.decode() for part in parts if part.name == "text.txt"]
            files = [f"{part.name} {part.media_type}" for part in parts if part.name != "text.txt"]
            return "\n".join((f"MMS {subject}", *words, *files))
        case _:
            assert_never(content)
