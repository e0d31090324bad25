"""What clients do to the wire: odd octets, everything at once, hanging up half-way."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import struct
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.listeners.smuggling import SMUGGLING

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor

TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
MAIL = "MAIL FROM:<root@nas.example.com>"
TEXT = b"Subject: hello\r\n\r\nHello\r\n"
OUTSIDE = (ip_network("203.0.113.0/24"),)


# ---------------------------------------------------------------- octets that do not fit


SMUGGLED = f"{MAIL}\r\n{TO_SAM}\r\nDATA\r\n\r\nsmuggled\r\n.\r\n".encode()


@pytest.mark.parametrize("tls", [False, True], ids=["in clear", "in TLS"])
@pytest.mark.parametrize("trick", SMUGGLING, ids=repr)
async def test_smuggling_ends_the_connection(smtp_door: SmtpDoor, trick: bytes, tls: bool) -> None:
    """T1"""
    house = await smtp_door()
    talk = await (await house.talk(tls=tls)).begin()
    await talk.say(b"body" + trick + SMUGGLED)
    assert (await talk.hear()).startswith("521 5.6.0")
    await talk.hang_up()
    assert await talk.hear() == ""
    assert not house.envelopes


async def test_a_dialogue_with_bare_lf_is_refused_at_its_first_line(smtp_door: SmtpDoor) -> None:
    """T2"""
    talk = await (await smtp_door()).talk()
    await talk.say(b"HELO client\nMAIL FROM:<root@nas.example.com>\n")
    assert (await talk.hear()).startswith("521 5.5.2 bare LF")
    assert await talk.hear() == ""


@pytest.mark.parametrize("tls", [False, True], ids=["in clear", "in TLS"])
async def test_who_hands_over_megabytes_with_bare_lf_hears_why_not(
    smtp_door: SmtpDoor, tls: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """T1: the standard library sends on, whatever is said meanwhile."""
    house = await smtp_door()

    def run() -> bytes:
        if tls:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                "localhost", house.tls_port, timeout=20, context=house.trust
            )
        else:
            client = smtplib.SMTP("localhost", house.port, timeout=20)
        client.ehlo()
        client.mail("root@nas.example.com")
        client.rcpt("447700900123@sms.example.com")
        client.docmd("DATA")
        client.send(b"Subject: x\n\n" + b"0123456789abcde\n" * 500_000 + b"\r\n.\r\n")
        code, sentence = client.getreply()
        client.close()
        return b"%d %s" % (code, sentence)

    assert await asyncio.to_thread(run) == b"521 5.6.0 bare LF in the mail; lines end in CRLF"
    assert "521 5.6.0" in "".join(capsys.readouterr())
    assert not house.envelopes


async def test_who_is_cut_off_and_never_stops_is_not_heard_for_ever(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(max_size=1_000_000)
    talk = await (await house.talk()).begin()
    octets = b"\n" * 100_000_000
    with pytest.raises(ConnectionError):
        await talk.say(octets)
    assert not house.envelopes


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
    """T11"""
    house = await smtp_door(max_size=1000)
    talk = await (await house.talk()).begin()
    await talk.say(b"x" * 3000)
    assert (await talk.hear()).startswith("552 5.3.4")
    assert await talk.hear() == ""


async def test_lines_may_be_long(smtp_door: SmtpDoor) -> None:
    """T11"""
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    mail = b"\r\n" + b"x" * 1_000_000 + b"\r\n"
    await talk.say(mail + b".\r\n")
    assert (await talk.hear()).startswith("250")
    assert house.envelopes[0].content == mail


async def test_a_command_without_end_ends_the_connection(smtp_door: SmtpDoor) -> None:
    """T11"""
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


async def test_what_is_asked_together_is_answered_together(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(f"EHLO client\r\n{MAIL}\r\n{TO_SAM}\r\nDATA\r\nSubject: hi\r\n".encode())
    said = await asyncio.wait_for(talk.reader.read(65536), 5)
    assert [line[:4] for line in said.split(b"\r\n")[-4:]] == [b"250 ", b"250 ", b"354 ", b""]
    await talk.say(b"\r\nHello\r\n.\r\nNOOP\r\nRSET\r\nNO")
    assert (await talk.hear()).startswith("250 2.0.0 queued as m1")
    assert [(await talk.hear())[:3] for _ in range(2)] == ["250", "250"]
    await talk.say(b"OP\r\nQUIT\r\n")
    assert [(await talk.hear())[:3] for _ in range(2)] == ["250", "221"]


async def test_talk_before_the_greeting_makes_one_mail_of_one(smtp_door: SmtpDoor) -> None:
    """T3: the greeting is sent at once, so who talks first is no spammer, but pipelines."""
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
    for answer in ["250-", "250 2.1.0", "550 5.7.1", "554 5.5.1"]:
        assert (await talk.hear()).startswith(answer)
    assert await talk.hear() == ""
    assert not house.envelopes


async def test_a_mail_behind_a_refused_data_is_not_obeyed(smtp_door: SmtpDoor) -> None:
    """T3: a mail that nobody waited to send is no list of commands."""
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(b"EHLO client\r\nDATA\r\n" + SMUGGLED)
    for answer in ["250-", "503 5.5.1", ""]:
        assert (await talk.hear()).startswith(answer)
    assert await talk.hear() == ""
    assert not house.envelopes


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "Host: mx", "Subject: hello", "From:<jo@x>"])
async def test_a_line_of_something_else_ends_the_connection(smtp_door: SmtpDoor, line: str) -> None:
    """T3, T14"""
    talk = await (await smtp_door()).talk()
    assert await talk.ask(line) == "521 5.5.1 that is no SMTP"
    assert await talk.hear() == ""


async def test_a_half_closed_client_hears_its_answers(smtp_door: SmtpDoor) -> None:
    """T15"""
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(WHOLE.removesuffix(b"QUIT\r\n"))
    talk.writer.write_eof()
    for answer in [*ANSWERS[:5], ""]:
        assert (await talk.hear()).startswith(answer)
    await house.spool.until(lambda: house.spool.acknowledgements == ["m1"])


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_client_that_vanishes_after_the_dot_has_its_mail_kept_once(
    smtp_door: SmtpDoor, reset: bool
) -> None:
    """T15, with QUIT pipelined"""
    house = await smtp_door()
    talk = await house.talk()
    await talk.say(WHOLE)
    if reset:
        assert (await talk.hear()).startswith("250")  # so it was read
        endpoint = talk.writer.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        talk.writer.transport.abort()
    await talk.hang_up()
    await house.spool.until(lambda: bool(house.spool.mails))
    await house.listener.drain(2)
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


# ---------------------------------------------------------------- who somebody claims to be


async def test_nobody_is_believed_who_says_that_he_speaks_for_another_address(
    smtp_door: SmtpDoor,
) -> None:
    """T16: XCLIENT and PROXY's first version are commands that nobody knows."""
    talk = await (await smtp_door(trusted=OUTSIDE)).talk()
    for line in ("PROXY TCP4 203.0.113.5 192.0.2.1 1 25", "XCLIENT ADDR=203.0.113.5 LOGIN=jo"):
        assert (await talk.ask(line)).startswith("500 5.5.1")
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    assert (await talk.ask(TO_SAM)).startswith("550 5.7.1")


async def test_the_second_version_of_proxy_is_no_smtp(smtp_door: SmtpDoor) -> None:
    """T16: its twelve octets hold a NUL and a bare LF."""
    talk = await (await smtp_door()).talk()
    await talk.say(bytes.fromhex("0d0a0d0a000d0a515549540a") + b"\x21\x11\x00\x0c")
    heard = [(await talk.hear())[:9] for _ in range(5)]
    assert heard == ["500 5.5.1", "500 5.5.1", "501 5.5.2", "521 5.5.2", ""]
