"""T30 and T35: what answers by itself, on both sides of the bridge, comes to rest.

T30 to T32, what machines answer, are the tables of `tests/compose/test_automatic.py`; T33, what
marks our own mails, is `tests/notices/test_marks.py`; T34 is `test_two_bridges.py`.
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest

from bridge.cli.playground import OWNER
from bridge.core.loops import ANY_TEXT, SAME_TEXT
from bridge.sandbox.inbox import Mailed
from tests.flows.conftest import PATIENCE, POSTMASTER, House, letter, until

PHONE = "447700900001"

# ---------------------------------------------------------------- machines that answer


@dataclass
class Responders:
    """A phone that answers every text, and a mailbox that answers every mail."""

    house: House
    said: str
    answer: Callable[[Mailed, int], EmailMessage]
    refused: list[str] = field(default_factory=list)
    answered: int = 0
    read: int = 0
    seen: int = 0

    async def phone(self) -> None:
        """Answer each text that comes."""
        while True:
            for each in list(self.house.sandbox.taken)[self.read :]:
                self.house.sandbox.text_in(each.to, self.said)
                self.read += 1
            await asyncio.sleep(0.01)

    async def mailbox(self) -> None:
        """Answer each mail that comes to its owner, whatever the mail says of that."""
        while True:
            for each in list(self.house.inbox.mails)[self.seen :]:
                if OWNER in each.forward_paths:
                    await self._answer(each)
                self.seen += 1
            await asyncio.sleep(0.01)

    async def rest(self) -> None:
        """Wait until nothing is under way: no text, no callback, no mail, no answer to one."""
        house = self.house

        async def resting() -> bool:
            before = self.read, self.seen
            if house.sandbox.forwarder.waiting:
                return False
            found = await house.ground.daemon.spool.browse(waiting=True)
            moves = [each for each in found if each.fields.get("state", "held") != "held"]
            return not moves and before == (house.sandbox.taken.total, house.inbox.mails.total)

        await until(resting)

    async def _answer(self, mail: Mailed) -> None:
        to = str(mail.message["From"].addresses[0].addr_spec)
        self.answered += 1
        words = self.answer(mail, self.answered)
        try:
            await asyncio.to_thread(_posted, self.house.ground.smtp, words, to)
        except smtplib.SMTPException as no:
            self.refused.append(str(no))


def _posted(port: int, mail: EmailMessage, to: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.send_message(mail, OWNER, [to])


@asynccontextmanager
async def facing(responders: Responders) -> AsyncIterator[Responders]:
    """Both at work."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each()) for each in (responders.phone, responders.mailbox)]
        yield responders
        for each in tasks:
            each.cancel()


def unmarked(mail: Mailed, number: int) -> EmailMessage:
    """The same words each time, and nothing that says who writes them."""
    return letter("We have your mail.", f"Re: {mail.subject}")


def numbered(mail: Mailed, number: int) -> EmailMessage:
    """A ticket system's, whose number differs each time."""
    return letter(f"We have your mail, it is ticket {number}.", f"Re: {mail.subject}")


def vacation(mail: Mailed, number: int) -> EmailMessage:
    """What RFC 5230's action `vacation` sends."""
    said = {"Auto-Submitted": "auto-replied (vacation)", "In-Reply-To": mail.message["Message-ID"]}
    return letter("I am away.", f"Auto: {mail.subject}", **said)


@pytest.mark.parametrize(
    ("answer", "most"), [(unmarked, SAME_TEXT), (numbered, ANY_TEXT)], ids=["same", "numbered"]
)
async def test_t35_two_machines_that_do_not_know_each_other_come_to_rest(
    house: House, answer: Callable[[Mailed, int], EmailMessage], most: int
) -> None:
    async with facing(Responders(house, "I am driving", answer)) as both:
        await house.mail("Call me", PHONE)
        await house.told(OWNER, "held")
        await both.rest()
    assert len(house.sandbox.taken) == 1 + most
    for each in (OWNER, POSTMASTER):
        assert len(house.tellings(each, "held")) == 1
    held = [
        each
        for each in await house.ground.daemon.spool.browse(waiting=True)
        if each.fields.get("state") == "held"
    ]
    assert [each.fields["token"] for each in held] == ["LOOP"]
    await house.ground.daemon.spool.order("release", held[0].id, "root", house.clock())
    await until(lambda: _took(house, 2 + most))


async def _took(house: House, count: int) -> bool:
    return len(house.sandbox.taken) >= count


async def test_t30_a_vacation_notice_and_a_phones_auto_answer_end_after_one_turn(
    house: House,
) -> None:
    async with facing(Responders(house, "I am driving", vacation)) as both:
        await house.mail("Call me", PHONE)

        async def refused() -> bool:
            return bool(both.refused)

        await until(refused)
        await both.rest()
    assert len(house.sandbox.taken) == 1
    assert len(house.tellings(OWNER)) == 1
    assert "automatic answers are not texted" in both.refused[0]


# ---------------------------------------------------------------- what comes back


async def test_a_mail_that_comes_back_is_recorded_and_the_operator_told_which(
    house: House,
) -> None:
    await house.mail("Call me", PHONE)
    await house.texted("Call me")
    house.sandbox.text_in(PHONE, "Yes")
    ours = await house.told(OWNER, "")
    bounce = (
        "From: MAILER-DAEMON@mx.example.net\r\nSubject: failure notice\r\n\r\n"
        f"Hi. This is the qmail-send program.\r\n\r\n<{OWNER}>:\r\nNo such user.\r\n\r\n"
        f"--- Below this line is a copy of the message.\r\n\r\n{ours.raw.decode()}"
    )
    await house.post(bounce.encode(), "bounces", sender="")
    told = await house.told(POSTMASTER, OWNER)
    assert "No such user" in told.text
    assert len(house.sandbox.taken) == 1

    again = bounce.replace(ours.raw.decode(), told.raw.decode()).replace(OWNER, "other@example.net")
    await house.post(again.encode(), "bounces", sender="")

    async def both() -> bool:
        states = [each.fields["state"] for each in await house.events("Returned")]
        return sorted(map(str, states)) == ["mailed", "not-mailed"]

    await until(both)
