"""Each kind of event, as the tests of this room tell of it, and the mails that they become."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Final

from bridge.core import reporting
from bridge.core.about import About, Asked, SentMail
from bridge.core.consent import OptoutEffect
from bridge.core.credit import TOO_DEAR
from bridge.core.events import (
    Delayed,
    Ending,
    Event,
    Explained,
    GatewayBlocked,
    Gathered,
    Held,
    ListChanged,
    ListOrder,
    LowBalance,
    MmsReceived,
    Progress,
    Returned,
    SmsReceived,
    StatusReport,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import Conversation, ListName, Msisdn, Part
from bridge.core.outcomes import UNTRUSTED, State
from bridge.core.policy import Policy
from bridge.notices.render import Notice, render

AT = 1795182605.0  # Fri 20 Nov 2026 13:50:05 UTC
SAM = Msisdn("447700900123")
ANN = Msisdn("447700900124")
JPEG = b"\xff\xd8\xff\xe0 picture"

SMS = SmsReceived(
    number="447700900123",
    text="Yes 4pm works",
    message_id="500110000000001",
    sent="2026-11-20T13:50:05-00:00",
    user_context="7kq2pab3xd",
    network="Vodafone (UK)",
    received_at=AT,
)
MMS = MmsReceived(
    number="447700900123",
    subject="Look",
    message_id="500110000000002",
    files=("a.smil", "hello.txt", "photo.jpg"),
    sent="",
    user_context="",
    network="",
    received_at=AT,
)
FILES = (
    Part("a.smil", "", b'<?xml version="1.0"?><smil><body/></smil>'),
    Part("hello.txt", "", "Schöne Grüße".encode()),
    Part("photo.jpg", "", JPEG),
)
REPORT = StatusReport(
    message_id="01234567",
    number="447700900123",
    status="6",
    progress=Progress.UNDELIVERABLE,
    words="unable to deliver",
    enhanced="5.1.1",
    received_at=AT,
)
REFUSED = Ending(
    SAM, State.REJECTED, "INVALID_NUMBER", "the gateway has no route to this number", "5.1.1"
)
EXPIRED = Ending(SAM, State.EXPIRED, "EXPIRED", "it was not sent in time", "4.4.7")
HELD = Ending(SAM, State.HELD, "TIMEOUT", "it may have been sent: no answer came", "4.4.1")


def undelivered(*failures: Ending) -> Undelivered:
    return Undelivered("m1", "s1", failures, AT)


def told(
    event: Event,
    policy: Policy,
    mail: SentMail | None,
    parts: tuple[Part, ...] = (),
    *,
    recipients: tuple[str, ...] = ("jo@example.com",),
    others: tuple[str, ...] = (),
    conversation: Conversation | None = None,
    gathered: tuple[tuple[Event, About], ...] = (),
    more: int = 0,
) -> Notice:
    """The mail of an event, which must be one."""
    about = About(mail, "number" if mail else "", others, conversation, gathered, more)
    notice = render(event, policy, about=about, parts=parts, key="k1", recipients=recipients)
    assert notice is not None
    return notice


def read(notice: Notice) -> EmailMessage:
    """A mail as Python reads it."""
    message = email.message_from_bytes(notice.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@dataclass(frozen=True, slots=True)
class Case:
    """An event, whether it is about the mail that was texted, and what comes with it.

    `lists`: the gateway's lists that this mail went to besides.
    """

    event: Event
    answers: bool = False
    parts: tuple[Part, ...] = ()
    conversation: Conversation | None = None
    gathered: tuple[Event, ...] = ()
    more: int = 0
    lists: tuple[str, ...] = ()

    def told(self, policy: Policy, mail: SentMail) -> Notice:
        """Its mail."""
        mail = replace(
            mail, asked={**mail.asked, **{ListName(each): Asked() for each in self.lists}}
        )
        return told(
            self.event,
            policy,
            mail if self.answers else None,
            self.parts,
            conversation=self.conversation,
            gathered=tuple((each, about_one(each, mail)) for each in self.gathered),
            more=self.more,
        )


def about_one(event: Event, mail: SentMail) -> About:
    """What is known of a report: one on `m1` is on the mail that was texted, others are on others.

    Of `m0` nothing is known any more.
    """
    id_ = str(getattr(event, "mail", ""))
    if id_ == "m0":
        return About()
    if id_ == mail.id:
        return About(mail)
    talk = replace(mail.conversation, subject=f"Disk of {id_} is full", user_context="")
    return About(replace(mail, id=id_, sender="nagios@example.com", conversation=talk))


def person(last: int) -> Msisdn:
    """One of a hundred people."""
    return Msisdn(f"4477009001{last:02}")


def ending(to: Msisdn, state: State, token: str = "", reason: str = "", code: str = "") -> Ending:
    """How it ended for one of them."""
    return Ending(to, state, token, reason, code)


def answer(number: str, state: str, reason: str = "") -> Part:
    """What became of one number of an order."""
    return Part(number, "", json.dumps({"state": state, "reason": reason}).encode())


LOOP = (
    "it looks like two machines that answer each other: 10 times the same text within an hour, all "
    "in answers from one sender to one number"
)
LIMIT = "its sender's limit of 60 texts an hour is reached (texts_per_hour)"
NO_NUMBER = ending(ANN, State.UNDELIVERABLE, "6", "unable to deliver", "5.1.1")
LATE = ending(person(25), State.NET_EXPIRED, "8", "message expired", "4.4.7")
GONE = ending(SAM, State.DELIVERED, "4", "message delivered", "2.0.0")
TAKEN = ending(SAM, State.SUBMITTED, "", reporting.RELAYED, "2.0.0")
OWN = Conversation("3abcdefghi", "inbox@example.com", "", "", "X9")
ORDER = ListOrder(
    to="kim@example.com",
    list_name="Alerts 2026",
    key="alerts",
    action="subscribe",
    numbers=("447700900123", "447700900124", "447700900125"),
    unread=("Kim Smith is neither a number nor a name known here",),
    subject="Two more",
    asked_in="<order@example.com>",
    at=AT,
)
ANSWERS = (
    answer("447700900123", "done"),
    answer("447700900124", "refused", "the gateway has no route to this number"),
)
RETURNED = Returned(
    about="<in.0123456789abcdef0123456789abcdef@sms.example.com>",
    recipients=("jo@example.com",),
    failed=True,
    reason="550 5.1.1 no such user",
    subject="Undelivered Mail Returned to Sender",
    raw=b"From: MAILER-DAEMON@example.com\r\n\r\nGone.\r\n",
    at=AT,
)
BY_LIST = ListChanged(
    list_name="Alerts",
    list_type="user subscription list",
    number="447700900123",
    action="unsubscribed",
    source="inbound SMS",
    timestamp="2026-11-20T14:50:05+01:00",
    received_at=AT,
)


def texted(text: str, effect: OptoutEffect) -> Case:
    """A text that says STOP or START, or nearly, and what came of it."""
    return Case(replace(SMS, text=text, effect=effect), answers=True)


def reported(*failures: Ending) -> Case:
    """Failures of the mail that was texted."""
    return Case(undelivered(*failures), answers=True)


def summed(*endings: Ending, before: tuple[Ending, ...] = (), outstanding: int = 0) -> Case:
    """A summary of the mail that was texted."""
    return Case(Summary("m1", endings, before, outstanding, AT), answers=True)


CASES: Final[Mapping[str, Case]] = {
    "text-that-answers": Case(SMS, answers=True),
    "text-unasked": Case(replace(SMS, user_context="")),
    "text-that-begins-a-conversation": Case(replace(SMS, user_context="X9"), conversation=OWN),
    "text-unicode": Case(replace(SMS, text="Да, в 4 — жду"), answers=True),
    "text-from-a-name": Case(replace(SMS, number="ACME", user_context="", network="")),
    "text-stopped": texted("STOP", OptoutEffect.STOPPED),
    "text-stopped-on-a-list": replace(texted("STOP", OptoutEffect.STOPPED), lists=("Alerts 2026",)),
    "text-still-stopped": texted("Stop!", OptoutEffect.STILL),
    "text-back": texted("START", OptoutEffect.BACK),
    "text-spared": texted("STOP", OptoutEffect.SPARED),
    "text-opted-out": Case(replace(SMS, opted_out=True), answers=True),
    "text-nearly-stop": texted("Stop. Thank you", OptoutEffect.NONE),
    "picture-unasked": Case(MMS, parts=FILES),
    "picture-that-answers": Case(MMS, answers=True, parts=FILES),
    "picture-that-says-stop": Case(replace(MMS, subject="STOP"), parts=FILES[2:]),
    "picture-incomplete": Case(MMS, parts=FILES[:1]),
    "report-failed": Case(REPORT, answers=True),
    "report-delivered": Case(
        replace(REPORT, progress=Progress.DELIVERED, status="4", words="message delivered"),
        answers=True,
    ),
    "undelivered-refused": reported(REFUSED),
    "undelivered-expired": reported(EXPIRED),
    "undelivered-in-doubt": reported(HELD),
    "undelivered-two": reported(REFUSED, replace(EXPIRED, destination=ANN)),
    "undelivered-list": reported(replace(REFUSED, destination=ListName("Customers 2026"))),
    "undelivered-by-the-network": reported(NO_NUMBER, LATE),
    "undelivered-and-in-doubt": reported(HELD, replace(REFUSED, destination=ANN)),
    "undelivered-barred": reported(
        ending(ANN, State.UNDELIVERABLE, "13", "rejected by a spam filter", "5.7.1"),
        ending(
            person(25),
            State.REJECTED,
            "5.1.3",
            f"{person(25)} is a pager's number, which takes no texts",
            "5.1.3",
        ),
        ending(
            person(26),
            State.REJECTED,
            "OPTED_OUT",
            f"{person(26)} opted out with STOP on 2 May 2026",
            "5.7.1",
        ),
    ),
    "undelivered-many": reported(
        *(replace(REFUSED, destination=person(each)) for each in range(30, 35)), EXPIRED
    ),
    "summary-one": summed(GONE),
    "summary-relayed": summed(TAKEN),
    "summary-many": summed(
        GONE,
        replace(GONE, destination=person(30)),
        replace(GONE, destination=person(31)),
        before=(NO_NUMBER,),
    ),
    "summary-so-far": summed(GONE, replace(TAKEN, destination=ANN), outstanding=3),
    "delayed": Case(Delayed("m1", (SAM,), "the gateway cannot be reached", AT), answers=True),
    "held": Case(Held("m1", (SAM, ANN), LOOP, AT), answers=True),
    "limited": Case(
        Held("m1", (SAM,), LIMIT, AT, goes_at=AT + 3600, expires_at=AT + 86400), answers=True
    ),
    "limited-for-too-long": Case(
        Held("m1", (SAM, ANN), LIMIT, AT, goes_at=AT + 86400, expires_at=AT + 3600)
    ),
    "gathered": Case(
        Gathered("jo@example.com", AT),
        gathered=(
            undelivered(REFUSED, replace(EXPIRED, destination=ANN)),
            replace(undelivered(LATE), mail="db1"),
            Delayed("db2", (SAM,), "the gateway cannot be reached", AT),
            Summary("m1", (GONE,), (), 0, AT),
            replace(undelivered(HELD), mail="db2"),
            replace(
                undelivered(*(replace(REFUSED, destination=person(n)) for n in range(30, 52))),
                mail="m0",
            ),
            Held("db3", (SAM, ANN), LOOP, AT),
        ),
        more=300,
    ),
    "gathered-one": Case(Gathered("jo@example.com", AT), gathered=(undelivered(REFUSED),)),
    "truncated": Case(Truncated("m1", "One two...", "three four", ("x.heic",), AT), answers=True),
    "explained": Case(
        Explained("jo@example.com", "Friday", "To        447700900123", "<a@example.com>", AT)
    ),
    "list-changed": Case(replace(BY_LIST, list_type="premium rate subscription list")),
    "list-stopped": Case(replace(BY_LIST, effect=OptoutEffect.STOPPED)),
    "list-back": Case(replace(BY_LIST, action="subscribed", effect=OptoutEffect.BACK)),
    "list-spared": Case(replace(BY_LIST, effect=OptoutEffect.SPARED)),
    "list-order": Case(ORDER, parts=ANSWERS),
    "list-order-unsubscribed": Case(replace(ORDER, action="unsubscribe"), parts=ANSWERS),
    "gateway-blocked": Case(
        GatewayBlocked("INSUFFICIENT_CREDIT", "the account's credit is used up", AT)
    ),
    "text-too-dear": Case(
        GatewayBlocked(TOO_DEAR, "the text costs more than the credit that is left (978)", AT)
    ),
    "host-untrusted": Case(
        GatewayBlocked(
            UNTRUSTED,
            "its certificate is not good: certificate has expired (https://gateway.example)",
            AT,
        )
    ),
    "low-balance": Case(LowBalance(120.0, 150.0, 4.2, AT)),
    "low-balance-no-rate": Case(LowBalance(99.5, 100.0, None, AT)),
    "returned": Case(RETURNED),
    "unmailed": Case(Unmailed(("jo@example.com",), "SmsReceived (e12)", "550 no such user", AT)),
    "unreadable": Case(
        Unreadable("no known callback has just these fields: a, b", b"a=\xff&b=1", AT)
    ),
}
