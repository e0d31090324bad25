"""A no at the SMTP door: to a mail or its recipients it is told of, with its reply."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor

MAIL = b"MAIL FROM:<a@b>"
TO_SAM = b"RCPT TO:<447700900123@sms.example.com>"
TO_NOBODY = b"RCPT TO:<nobody@sms.example.com>"
OUTSIDE = (ip_network("203.0.113.0/24"),)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((MAIL + b" SIZE=99999999999",), ["552 5.3.4"]),
        ((MAIL + b" XYZZY=1",), ["555 5.5.4"]),
        ((b"MAIL FROM:<a@\xff>",), ["501 5.5.2"]),
        ((MAIL, MAIL), ["503 5.5.1"]),
        ((TO_SAM,), ["503 5.5.1"]),
        ((MAIL, b"RCPT TO:<>"), ["501 5.1.3"]),
        ((MAIL, b"RCPT TO:<%b@sms.example.com>" % (b"1" * 300)), ["501 5.1.3"]),
        ((MAIL, TO_SAM + b" NOTIFY=SOMETIMES"), ["501 5.5.4"]),
        ((MAIL, b"RCPT TO:<4477\x00@sms.example.com>"), ["501 5.5.2"]),
        ((MAIL, b"RCPT TO:<%b@sms.example.com>" % (b"1" * 3000)), ["500 5.5.2"]),
        ((MAIL, TO_NOBODY), ["550 5.1.1"]),
        ((MAIL, TO_NOBODY, b"DATA"), ["550 5.1.1", "554 5.5.1"]),
        ((MAIL, TO_SAM, b"DATA now"), ["501 5.5.4"]),
        ((MAIL, TO_SAM, b"RSET"), []),
        ((b"EXPN ops", b"XYZZY", b"HELO \xff"), []),
    ],
)
async def test_every_no_to_a_mail_is_told_once_and_no_other(
    smtp_door: SmtpDoor,
    capsys: pytest.CaptureFixture[str],
    lines: tuple[bytes, ...],
    told: list[str],
) -> None:
    talk = await (await smtp_door()).talk()
    answers = []
    for line in (b"EHLO client", *lines):
        await talk.say(line + b"\r\n")
        answers.append(" ".join((await talk.hear()).split()[:2]))
    assert [each for each in answers if each in told] == told
    assert re.findall(r"refused .* reply='([\d. ]+)'", capsys.readouterr().out) == told


async def test_recipients_that_are_none_are_mistakes_of_whoever_may_not_send(
    smtp_door: SmtpDoor,
) -> None:
    talk = await (await smtp_door(trusted=OUTSIDE, bad_commands=3)).talk()
    for line in ("EHLO client", MAIL.decode()):
        assert (await talk.ask(line)).startswith("250")
    heard = [(await talk.ask("RCPT TO:<>"))[:3] for _ in range(3)]
    assert heard == ["501", "501", "421"]


async def test_the_no_that_ends_it_is_told_by_what_the_client_heard(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = await (await smtp_door(bad_commands=2)).talk()
    await talk.ask("EHLO client")
    for _ in range(2):
        await talk.say(b"MAIL FROM:<a@\xff>\r\n")
    assert [(await talk.hear())[:3] for _ in range(2)] == ["501", "421"]
    told = re.findall(r"refused .* reply='([\d. ]+)'", capsys.readouterr().out)
    assert told == ["501 5.5.2", "421 4.7.0"]
