"""A report with two readers, of whom one heard of too much lately: each gets its own, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from email import message_from_bytes

import pytest

from bridge.clients.uplink import Uplink
from bridge.core.events import Held
from bridge.core.gathering import LIMIT, WITHIN
from bridge.core.model import Conversation, Envelope, ForwardPath, Msisdn, Session, Submission, Text
from bridge.core.outcomes import Accepted, Deferred, Outcome
from bridge.core.promises import Mail
from bridge.gateways.intellisms import IntelliSms
from bridge.notices.render import Notice
from bridge.workers.notifier import Notifier
from tests.workers.conftest import NOW, POLICY, Phone

JO, OPS = "jo@example.com", "ops@example.com"
SAM = Msisdn("447700900123")
LOOP = "a loop?"


class Smarthost:
    """Takes every mail, or none for now."""

    def __init__(self) -> None:
        self.mailed: list[tuple[tuple[str, ...], str]] = []
        self.away = False

    async def deliver(self, notice: Notice) -> Mapping[str, Outcome]:
        """See `Smarthost.deliver`."""
        if self.away:
            return dict.fromkeys(notice.recipients, Deferred("451", "later"))
        self.mailed.append((notice.recipients, message_from_bytes(notice.content)["Subject"]))
        return dict.fromkeys(notice.recipients, Accepted(""))


@pytest.fixture
async def smarthost(phone: Phone) -> AsyncIterator[Smarthost]:
    """A smarthost to which the phone's notifier delivers; the operator hears of what is held."""
    found = Smarthost()
    uplink = Uplink(("http://127.0.0.1:1",), timeout=1.0, stay_on_backup=1.0)
    phone.notifier = Notifier(
        replace(POLICY, postmaster=OPS),
        phone.spool,
        IntelliSms(("http://127.0.0.1:1",), "u", "canary"),
        uplink,
        smarthost=found,
        owner="us",
        hands=2,
        lease_time=900.0,
        clock=lambda: phone.now,
    )
    yield found
    await uplink.close()


async def held(phone: Phone, number: int, sender: str) -> None:
    """A mail is accepted, and held."""
    session = Session("192.0.2.1")
    id_ = f"m{number}"
    path = ForwardPath(f"{SAM.digits}@sms.example.com", (SAM,))
    text = Submission(
        *(f"{id_}.1", id_, (SAM,), Text("Hi"), phone.now, phone.now + 9, "person", sender)
    )
    mail = Mail(
        id_,
        Envelope(sender, (path,), id_.encode(), phone.now, session),
        "person",
        sender,
        Conversation(f"2tok{number:06}", sender, "Friday", "", ""),
        (text,),
    )
    await phone.spool.accept(mail)
    await phone.spool.tell(Held(id_, (SAM,), LOOP, phone.now), phone.now)


async def test_each_reader_of_a_report_is_limited_alone(phone: Phone, smarthost: Smarthost) -> None:
    phone.now = NOW
    for number in range(LIMIT):
        await held(phone, number, f"p{number}@example.com")
    while await phone.spool.next_due("notify") == phone.now:
        await phone.round()
    assert len(smarthost.mailed) == LIMIT, "the operator has heard twenty times"
    smarthost.mailed.clear()

    await held(phone, 100, JO)
    smarthost.away = True
    await phone.round()
    smarthost.away = False
    await phone.round(10)
    assert [to for to, _ in smarthost.mailed] == [(JO,)]
    (line,) = [each for each in await phone.spool.browse("e21") if each.what == "event"]
    assert line.fields["state"] == "mailed"
    assert line.fields["reason"] == "told ops@example.com with others in e22"

    await phone.round(WITHIN)
    await phone.round(WITHIN)
    assert smarthost.mailed[1:] == [((OPS,), "1 more report on your texts")]
