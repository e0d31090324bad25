"""The parts of a report that programs read: message/delivery-status, and the mail's headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import format_datetime

from bridge.core.about import About
from bridge.core.audience import asked_of
from bridge.core.instants import instant
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.fates import Fate
from bridge.notices.neutral import line, plain
from bridge.notices.words import destination_address

HEADERS_CAP = 64 * 1024
XTEXT_CAP = 500  # characters: what an ORCPT may have (RFC 3461, 4.2)


def delivery_status(policy: Policy, about: About, fates: Sequence[Fate]) -> bytes:
    """The message/delivery-status part: RFC 3464, 2.1."""
    groups = [_message_fields(policy, about)]
    groups += [_recipient_fields(policy, about, each) for each in fates]
    data = "\r\n".join("".join(f"{k}: {v}\r\n" for k, v in group if v) for group in groups)
    return mime.fields(data.encode("ascii", "replace"))


def mail_headers(about: About) -> tuple[bytes, ...]:
    """The headers of the mail that is reported on, and nothing of its body, whatever RET says.

    RFC 3461, 4.3 asks for the whole mail with RET=FULL of failures; a report must not carry a
    stranger's attachments to whoever a reverse path names.
    """
    raw = about.mail.headers if about.mail else b""
    if not raw:
        return ()
    # one kind of line end, and no blank line to end the block early
    lines = re.split(rb"[\r\n]+", raw[:HEADERS_CAP].replace(b"\0", b" "))
    return (mime.mail_headers(b"".join(each + b"\r\n" for each in lines if each.strip())),)


def _message_fields(policy: Policy, about: About) -> list[tuple[str, str]]:
    mail = about.mail
    return [
        ("Original-Envelope-Id", _xtext(mail.envid) if mail else ""),
        ("Reporting-MTA", f"dns; {policy.hostname}"),
        ("Arrival-Date", format_datetime(instant(mail.received_at)) if mail else ""),
    ]


def _recipient_fields(policy: Policy, about: About, each: Fate) -> list[tuple[str, str]]:
    orcpt = asked_of(about.mail, each.destination).orcpt if about.mail else ""
    kind, semicolon, original = orcpt.partition(";")
    return [
        ("Original-Recipient", f"{line(kind)}; {_xtext(original)}" if semicolon else ""),
        ("Final-Recipient", f"rfc822; {destination_address(policy, each.destination)}"),
        ("Action", each.action),
        ("Status", each.status),
        ("Diagnostic-Code", _diagnostic(each)),
    ]


def _diagnostic(each: Fate) -> str:
    """What the gateway said, in its words; of what went well nothing but its code."""
    said = f"{each.token} {each.reason}".strip()
    return f"x-sms-gateway; {said}" if said else ""


def _xtext(coded: str) -> str:
    """What xtext (RFC 3461, 4) spells, whole, but for controls: it may spell a line break."""
    spelt = re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), coded)
    return plain(spelt, XTEXT_CAP).strip()
