"""A small world for mails: one policy, and one mail that was texted."""

from zoneinfo import ZoneInfo

import pytest

from bridge.core.about import SentMail
from bridge.core.addressing import NumberRules
from bridge.core.model import Conversation, ListName, Msisdn
from bridge.core.policy import Contact, Policy, Profile


@pytest.fixture
def policy() -> Policy:
    person = Profile(
        name="person",
        text="body",
        clean=True,
        max_segments=4,
        over_limit="truncate",
        media=True,
        in_doubt="tell",
        reports="failures",
        expires=86400.0,
    )
    return Policy(
        hostname="sms.example.com",
        domains=("sms.example.com",),
        numbers=NumberRules(default_region="GB"),
        zone=ZoneInfo("Europe/London"),
        profiles={"person": person},
        contacts={"sam": Contact(Msisdn("447700900123"), "Sam Jones")},
        gateway_groups={"customers": ListName("Customers 2026")},
        inbox="inbox@example.com",
        postmaster="ops@example.com",
    )


@pytest.fixture
def mail() -> SentMail:
    return SentMail(
        id="m1",
        sender="jo@example.com",
        profile="person",
        conversation=Conversation(
            token="7kq2pab3xd",
            owner="jo@example.com",
            subject="Friday",
            thread_root="<root@example.com>",
            user_context="ORDER-42",
        ),
        subject="Re: Friday",
        message_id="<second@example.com>",
        references=("<root@example.com>", "<first@example.com>"),
        received_at=1795182060.0,  # Fri 20 Nov 2026 13:41 UTC
        texts=("Hi Sam, can you call me about Friday? I'm free till 4.",),
        headers=b"From: jo@example.com\nSubject: Re: Friday\nMessage-ID: <second@example.com>\n",
    )
