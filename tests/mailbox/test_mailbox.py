"""Jo's mailbox, with a real mail server between her and Bridge: threads, answers, reports."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
from email.message import EmailMessage, Message
from functools import partial
from pathlib import Path

import pytest
from flufl.bounce import all_failures

from bridge.core.reporting import TOGETHER
from bridge.sandbox.form import File
from tests.flows.conftest import House, until
from tests.mailbox.mailbox import Mailbox, reply, written
from tests.mailbox.servers import LEFT, OUTSIDE

SAM, CUSTOMER = "447700900123", "447700900124"
NOBODY, UNDELIVERABLE = "447700900002", "447700900005"  # magic to the sandbox
AT = "@sms.example.com"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


async def texted(house: House, words: str) -> tuple[str, str]:
    """Wait until a text was taken; its number and user context."""
    (taken,) = await house.texted(words)
    return taken.to, taken.usercontext


@pytest.mark.parametrize("context", ["ORDER-42", ""], ids=["user context", "no user context"])
async def test_two_turns_by_mail_and_text_are_one_thread(
    house: House, jo: Mailbox, context: str
) -> None:
    given = {"UserContext": context} if context else {}
    root = await jo.send(
        written(jo.address, SAM + AT, "Friday", "Can you come on Friday?", **given)
    )
    number, shown = await texted(house, "Can you come on Friday?")
    house.sandbox.text_in(SAM, "Yes, 4pm works")
    first = await jo.comes(from_phone, after=1)
    token = first["From"].addresses[0].username.removeprefix(f"{SAM}.")
    assert (number, shown) == (SAM, context or token)

    second = await jo.send(reply(first, jo.address, "4pm it is. Bring the keys!"))
    assert await texted(house, "4pm it is. Bring the keys!") == (SAM, shown)

    house.sandbox.text_in(SAM, "Will do")
    third = await jo.comes(from_phone, after=3)
    for mail in (first, third):
        assert mail["Subject"] == ("Re: Friday [ORDER-42]" if context else "Re: Friday")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert str(mail["From"]).startswith('"Sam Jones (07700 900123)" <447700900123.')
    assert first["From"] == third["From"], "one address for the whole conversation"
    assert first["In-Reply-To"] == root["Message-ID"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert str(third["References"]).split()[0] == root["Message-ID"]
    assert await asyncio.to_thread(jo.threads) == "(1 2 3 4)"


def from_phone(mail: EmailMessage) -> bool:
    """Whether this is a text that came as a mail."""
    return bool(mail["X-SMS-Sender"])


async def test_a_mail_program_that_drops_references_stays_in_the_thread(
    house: House, jo: Mailbox
) -> None:
    await jo.send(written(jo.address, SAM + AT, "Friday", "Can you come?", UserContext="ORDER-42"))
    await texted(house, "Can you come?")
    house.sandbox.text_in(SAM, "When?")
    first = await jo.comes(from_phone, after=1)
    await jo.send(reply(first, jo.address, "At four", references=False))
    assert await texted(house, "At four") == (SAM, "ORDER-42")
    house.sandbox.text_in(SAM, "Fine")
    await jo.comes(from_phone, after=3)
    assert await asyncio.to_thread(jo.threads) == "(1 2 3 4)"


async def test_a_colleague_answers_and_the_conversation_goes_on(
    house: House, jo: Mailbox, max_: Mailbox
) -> None:
    root = await jo.send(
        written(jo.address, SAM + AT, "Friday", "Can you come?", UserContext="ORDER-42")
    )
    await texted(house, "Can you come?")
    house.sandbox.text_in(SAM, "When?")
    asked = await jo.comes(from_phone, after=1)

    answer = reply(asked, max_.address, "Max here: at four")
    await max_.send(answer)  # jo had passed it on
    await asyncio.to_thread(jo.keep, answer)  # and sees his copy
    assert await texted(house, "Max here: at four") == (SAM, "ORDER-42")
    house.sandbox.text_in(SAM, "Fine, Max")
    heard = await jo.comes(from_phone, after=3)
    assert heard["Subject"] == "Re: Friday [ORDER-42]"
    assert str(heard["References"]).split()[0] == root["Message-ID"]
    assert await asyncio.to_thread(jo.threads) == "(1 2 3 4)"


# ---------------------------------------------------------------- what did not arrive


@pytest.mark.parametrize(
    ("number", "status"), [(NOBODY, "5.1.1"), (UNDELIVERABLE, "5.")], ids=["refused", "reported"]
)
async def test_a_failure_is_a_dsn_that_two_libraries_read(
    house: House, jo: Mailbox, number: str, status: str
) -> None:
    root = await jo.send(written(jo.address, number + AT, "Friday", "Are you there?"))
    await until(partial(house.events, "Undelivered"))
    await house.later(TOGETHER)
    dsn = await jo.comes(after=1)
    assert dsn["Return-Path"] == "<>"
    assert dsn["In-Reply-To"] == root["Message-ID"]
    assert str(dsn["Subject"]).startswith("Text not delivered to 07700 9000")
    assert dsn.get_content_type() == "multipart/report"
    (_, of_number) = delivery_status(dsn)
    assert of_number["Final-Recipient"] == f"rfc822; {number}{AT}"
    assert of_number["Original-Recipient"] == f"rfc822; {number}{AT}", "as Postfix gave it"
    assert of_number["Action"] == "failed"
    assert str(of_number["Status"]).startswith(status)
    for_a_time, for_good = all_failures(dsn)
    assert (for_a_time, for_good) == (frozenset(), frozenset({f"{number}{AT}".encode()}))
    assert await asyncio.to_thread(jo.threads) == "(1 2)"


async def test_a_success_that_was_asked_for_is_told(house: House, jo: Mailbox) -> None:
    mail = written(jo.address, CUSTOMER + AT, "Friday", "Are you there?")
    root = await jo.send(mail, notify="SUCCESS,FAILURE")
    dsn = await jo.comes(after=1)
    (_, of_number) = delivery_status(dsn)
    assert of_number["Final-Recipient"] == f"rfc822; {CUSTOMER}{AT}"
    assert (of_number["Action"], of_number["Status"]) == ("delivered", "2.0.0")
    assert dsn["In-Reply-To"] == root["Message-ID"]
    assert not any(all_failures(dsn))


def delivery_status(dsn: EmailMessage) -> list[Message]:
    """The groups of fields of a DSN: those of the mail, then those of each recipient."""
    (status,) = (
        each for each in dsn.walk() if each.get_content_type() == "message/delivery-status"
    )
    return [each for each in status.walk() if each is not status]


async def test_a_number_that_opted_out_is_refused_and_the_mail_server_tells_the_sender(
    house: House, jo: Mailbox
) -> None:
    await jo.send(written(jo.address, CUSTOMER + AT, "Offer", "All for half the price"))
    await texted(house, "All for half the price")
    house.sandbox.text_in(CUSTOMER, "STOP")
    await jo.comes(from_phone, after=1)
    await jo.send(written(jo.address, CUSTOMER + AT, "Offer", "Really all"))
    bounce = await jo.comes(after=3)
    (_, of_number) = delivery_status(bounce)
    assert of_number["Final-Recipient"] == f"rfc822; {CUSTOMER}{AT}"
    assert "opted out with STOP on " in " ".join(str(of_number["Diagnostic-Code"]).split())
    assert house.sandbox.taken.total == 1


async def test_a_mail_that_comes_back_from_the_mail_server_is_told_and_never_texted(
    house: House, jo: Mailbox, mailboxes: dict[str, Mailbox]
) -> None:
    await jo.send(written(LEFT, SAM + AT, "Friday", "I leave today"))
    await texted(house, "I leave today")
    house.sandbox.text_in(SAM, "Good luck")
    told = await mailboxes["postmaster"].comes()
    assert LEFT in told.as_string() or "left@gone.example.com" in told.as_string()
    assert house.sandbox.taken.total == 1


async def test_strangers_cannot_text_through_the_mail_server(house: House, jo: Mailbox) -> None:
    def stranger() -> int:
        with smtplib.SMTP("127.0.0.1", jo.server.smtp, source_address=(OUTSIDE, 0)) as client:
            client.ehlo()
            client.mail(jo.address)
            code, _ = client.rcpt(SAM + AT)
            return code

    assert await asyncio.to_thread(stranger) // 100 in (4, 5)


# ---------------------------------------------------------------- pictures


async def test_a_picture_message_is_shown_inline(house: House, jo: Mailbox) -> None:
    await jo.send(written(jo.address, SAM + AT, "Parcel", "Is it there?"))
    await texted(house, "Is it there?")
    files = [
        File("smil.xml", "application/smil", b"<smil></smil>"),
        File("1.txt", "text/plain", b"Here it is"),
        File("photo.png", "image/png", PNG),
    ]
    house.sandbox.mms_in(SAM, "The parcel", files)
    await jo.comes(from_phone, after=1)
    structure = (await asyncio.to_thread(jo.structure, 2)).lower()
    assert '"text" "plain"' in structure
    assert '"image" "png" ("name" "photo.png")' in structure
    assert '("inline" ("filename" "photo.png"' in structure
    assert "smil" not in structure
    assert await asyncio.to_thread(jo.threads) == "(1 2)"


# ---------------------------------------------------------------- programs that people have

S_NAIL = "s-nail -:/ -Sv15-compat -Ssmtp-auth=none -Smta=smtp://127.0.0.1:{port} -r {author}"
PROGRAMS = {
    "swaks": "swaks --silent 2 --server 127.0.0.1:{port} --from {author} --to {to}"
    " --header 'Subject: Friday' --header 'UserContext: ORDER-42' --body 'Hello from swaks'",
    "s-nail": f"echo 'Hello from s-nail' | {S_NAIL} -s Friday -C 'UserContext: ORDER-42' {{to}}",
    "msmtp": "printf 'From: {author}\\nTo: {to}\\nSubject: Friday\\nUserContext: ORDER-42\\n\\n"
    "Hello from msmtp\\n' | msmtp --file=/dev/null --host=127.0.0.1 --port={port}"
    " --from={author} {to}",
}
REPLY = (
    "printf 'reply 1\\nThe bell is broken.\\n~.\\nxit\\n' |"
    f" {S_NAIL} -# -Squote -Sindentprefix='> ' -f {{box}}"
)


async def ran(line: str, program: str, **values: object) -> None:
    """Have a shell run a program that may not be installed; it must end well."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    shell = await asyncio.create_subprocess_shell(line.format(**values))
    assert await shell.wait() == 0


@pytest.mark.parametrize("program", PROGRAMS)
async def test_what_a_mail_program_sends_is_texted(house: House, jo: Mailbox, program: str) -> None:
    to = SAM + AT
    await ran(PROGRAMS[program], program, port=jo.server.smtp, author=jo.address, to=to)
    assert await texted(house, f"Hello from {program}") == (SAM, "ORDER-42")


async def test_what_a_mail_program_makes_of_reply_is_texted(
    house: House, jo: Mailbox, tmp_path: Path
) -> None:
    """S-nail quotes above the answer, and drops the name of whom it answers."""
    await jo.send(written(jo.address, SAM + AT, "Friday", "Are you in?", UserContext="ORDER-42"))
    await texted(house, "Are you in?")
    house.sandbox.text_in(SAM, "Ring the bell")
    mail = await jo.comes(from_phone, after=1)
    box = tmp_path / "box"
    box.write_bytes(b"From sam Sun Nov 22 12:00:00 2026\n" + mail.as_bytes() + b"\n")
    await ran(REPLY, "s-nail", port=jo.server.smtp, author=jo.address, box=box)
    assert await texted(house, "The bell is broken.") == (SAM, "ORDER-42")
