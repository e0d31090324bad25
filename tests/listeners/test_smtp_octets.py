"""What clients do to the wire: odd octets, everything at once, hanging up half-way."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor

TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
MAIL = "MAIL FROM:<root@nas.example.com>"
TEXT = b"Subject: hello\r\n\r\nHello\r\n"
OUTSIDE = (ip_network("203.0.113.0/24"),)


# ---------------------------------------------------------------- octets that do not fit


@pytest.mark.parametrize("trick", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\0"], ids=repr)
async def test_smuggling_ends_the_connection(smtp_door: SmtpDoor, trick: bytes) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    await talk.say(b"body" + trick + MAIL.encode() + b"\r\n")
    assert (await talk.hear()).startswith("521 5.6.0")
    assert await talk.hear() == ""
    assert not house.envelopes


async def test_a_command_that_ends_in_a_bare_lf_ends_the_connection(smtp_door: SmtpDoor) -> None:
    talk = await (await smtp_door()).talk()
    await talk.say(b"HELO client\n")
    assert (await talk.hear()).startswith("521 5.5.2 bare LF")
    assert await talk.hear() == ""


async def test_an_old_device_may_speak_its_dialect(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(legacy_networks=(ip_network("127.0.0.0/8"),))
    talk = await house.talk()
    for line in (b"HELO\n", MAIL.encode() + b"\n", TO_SAM.encode() + b"\n"):
        await talk.say(line)
        assert (await talk.hear()).startswith("250")
    await talk.say(b"DATA\n")
    assert (await talk.hear()).startswith("354")
    await talk.say(b"Subject: x\n\nold\n.\nprinter\r\n.\r\n")
    assert (await talk.hear()).startswith("250")
    assert house.envelopes[0].content == b"Subject: x\r\n\r\nold\r\n\r\nprinter\r\n"


async def test_too_large_a_mail_is_refused_and_the_session_lives(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(max_size=1000)
    talk = await (await house.talk()).begin()
    await talk.say(b"x" * 1500 + b"\r\n.\r\n")
    assert await talk.hear() == "552 5.3.4 the mail is larger than 1000 octets"
    assert (await talk.ask("NOOP")).startswith("250")
    await talk.begin()
    await talk.say(TEXT + b".\r\n")
    assert (await talk.hear()).startswith("250")


async def test_who_never_stops_is_cut_off(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(max_size=1000)
    talk = await (await house.talk()).begin()
    await talk.say(b"x" * 3000)
    assert (await talk.hear()).startswith("552 5.3.4")
    assert await talk.hear() == ""


async def test_lines_may_be_long(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    mail = b"\r\n" + b"x" * 1_000_000 + b"\r\n"
    await talk.say(mail + b".\r\n")
    assert (await talk.hear()).startswith("250")
    assert house.envelopes[0].content == mail


async def test_a_command_without_end_ends_the_connection(smtp_door: SmtpDoor) -> None:
    talk = await (await smtp_door()).talk()
    await talk.say(b"NOOP " + b"x" * 200_000)
    assert (await talk.hear()).startswith("500 5.5.2")
    assert await talk.hear() == ""


# ---------------------------------------------------------------- everything at once

WHOLE = b"\r\n".join(
    [b"EHLO client", MAIL.encode(), TO_SAM.encode(), b"DATA", TEXT + b".", b"QUIT", b""]
)
ANSWERS = ["250-", "250 2.1.0", "250 2.1.5", "354 ", "250 2.0.0 queued as m1", "221 2.0.0", ""]


async def test_a_pipelined_session_is_answered_in_order(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(WHOLE)
    for answer in ANSWERS:
        assert (await talk.hear()).startswith(answer)
    assert len(house.spool.mails) == 1


async def test_talk_before_the_greeting_makes_one_mail_of_one(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.connect()
    await talk.say(WHOLE)
    for answer in ["220 mx.example.com", *ANSWERS]:
        assert (await talk.hear()).startswith(answer)
    assert len(house.spool.mails) == 1


async def test_after_refused_recipients_a_pipelined_data_is_no_mail(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=OUTSIDE)
    talk = await house.talk()
    await talk.say(WHOLE)
    for answer in ["250-", "250 2.1.0", "550 5.7.1", "554 5.5.1", "500 5.5.1"]:
        assert (await talk.hear()).startswith(answer)
    assert not house.envelopes


async def test_a_half_closed_client_hears_its_answers(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(WHOLE.removesuffix(b"QUIT\r\n"))
    talk.writer.write_eof()
    for answer in [*ANSWERS[:5], ""]:
        assert (await talk.hear()).startswith(answer)
    await house.spool.until(lambda: house.spool.acknowledgements == ["m1"])


async def test_a_client_that_vanishes_after_the_dot_has_its_mail_kept_once(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(WHOLE)
    await talk.hang_up()
    await house.spool.until(lambda: bool(house.spool.mails))
    assert len(house.spool.mails) == 1


async def test_a_mail_without_its_dot_is_no_mail(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    await talk.say(TEXT)
    talk.writer.write_eof()
    assert await talk.hear() == ""
    assert not house.envelopes


async def test_a_client_that_half_closes_during_the_commit_has_heard_its_250(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door()
    house.spool.may_commit.clear()
    talk = await (await house.talk()).begin()
    await talk.say(TEXT + b".\r\n")
    talk.writer.write_eof()
    await house.spool.begun.wait()
    house.spool.may_commit.set()
    assert (await talk.hear()).startswith("250 2.0.0")
    await house.spool.until(lambda: house.spool.acknowledgements == ["m1"])


@pytest.mark.parametrize("tls", [False, True], ids=["in clear", "in TLS"])
async def test_hanging_up_during_the_commit_does_not_cancel_it(
    smtp_door: SmtpDoor, tls: bool
) -> None:
    house = await smtp_door()
    house.spool.may_commit.clear()
    talk = await (await house.talk(tls=tls)).begin()
    await talk.say(TEXT + b".\r\n")
    await house.spool.begun.wait()
    talk.writer.transport.abort()
    await talk.hang_up()
    house.spool.may_commit.set()
    await house.spool.until(lambda: bool(house.spool.mails))
    await house.listener.drain(2)
    assert house.spool.acknowledgements == []  # the client never heard its 250
