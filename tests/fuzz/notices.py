"""The mails that we write: whatever a stranger says in an event, its headers are the expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.core.about import SentMail
from bridge.core.model import ListName, Msisdn, Part
from bridge.core.policy import Contact, Policy
from tests.fuzz import words
from tests.fuzz.target import Target
from tests.mails.table import FRIDAY, POLICY, SAM
from tests.notices.test_hostile import HOSTILE, check, events, poisoned

WRITER: Policy = replace(
    POLICY,
    contacts={"sam": Contact(SAM, "Sam Jones")},
    gateway_groups={"customers": ListName("Customers 2026")},
    groups={"ops": (SAM, Msisdn("447700900124"))},
    inbox="inbox@example.com",
    postmaster="ops@example.com",
)
TEXTED = SentMail(
    id="m1",
    sender="jo@example.com",
    profile="person",
    conversation=replace(FRIDAY, user_context="ORDER-42"),
    subject="Re: Friday",
    message_id="<second@example.com>",
    references=("<root@example.com>",),
    received_at=1795182060.0,
    texts=("Hi Sam, can you call me about Friday?",),
    headers=b"From: jo@example.com\nSubject: Re: Friday\n",
)
KINDS = tuple(events(""))


def notices(octets: bytes) -> None:
    """T46, T47: no header more, none less, none in two lines.

    The first octet says which event it is, and whether it is about a mail that is known.
    """
    how, octets = octets[0] if octets else 0, octets[1:]
    evil = octets.decode("utf-8", "surrogateescape")
    event = events(evil)[KINDS[how % len(KINDS)]]
    parts = (Part(evil, evil, octets), Part(evil, "", b"GIF89a" + octets))
    check(event, WRITER, poisoned(TEXTED, evil) if how >= 128 else None, parts)


def _notices() -> Sequence[bytes]:
    evils = [each.encode("utf-8", "surrogatepass")[:2048] for each in HOSTILE.values()]
    return [bytes([how]) + each for how in (0, 1, 2, 131, 140) for each in evils]


TARGETS = (Target("notices", notices, _notices, words.NOTICE, longest=2048),)
