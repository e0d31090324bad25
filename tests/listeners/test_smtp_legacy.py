"""Old devices at the SMTP door: what they are forgiven, what the log says, what stays forbidden."""

from __future__ import annotations

import asyncio
import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from bridge.listeners import smtp_connection

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse, Talk

OLD = (ip_network("127.0.0.2/32"),)
HABIT = re.compile("legacy .*habit='(.*?)'")
TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
MAIL = "MAIL FROM:<root@nas.example.com>"


async def heard(talk: Talk) -> list[str]:
    """The codes of all replies until the connection is closed."""
    codes = []
    while reply := await talk.hear():
        codes.append(reply[:3])
    return codes


async def whole(house: SmtpHouse, octets: bytes, *, ended: bool = True) -> list[str]:
    """What a device of the old network hears that says all at once, as `printf ... | nc` does."""
    talk = await house.talk(source="127.0.0.2")
    await talk.say(octets)
    if ended:
        talk.writer.write_eof()
    return await heard(talk)


def session(text: bytes, *, end: bytes) -> bytes:
    """A session whose command lines end so."""
    lines = [b"HELO nas", MAIL.encode(), TO_SAM.encode(), b"DATA", text]
    return end.join(lines) + b"QUIT" + end


async def test_a_dialogue_of_bare_lf_is_a_mail(smtp_door: SmtpDoor) -> None:
    """T2"""
    house = await smtp_door(legacy_networks=OLD)
    codes = await whole(house, session(b"Subject: x\n\nold\n..printer\n.\n", end=b"\n"))
    assert codes == ["250", "250", "250", "354", "250", "221"]
    assert [e.content for e in house.envelopes] == [b"Subject: x\r\n\r\nold\r\n.printer\r\n"]


async def test_who_waits_for_each_answer_is_served_with_bare_lf_too(
    smtp_door: SmtpDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_connection, "HUSH", 0.05)
    house = await smtp_door(legacy_networks=OLD)
    talk = await house.talk(source="127.0.0.2")
    for _ in range(2):
        for line in (b"HELO\n", MAIL.encode() + b"\n", TO_SAM.encode() + b"\n"):
            await talk.say(line)
            assert (await talk.hear()).startswith("250")
        await talk.say(b"DATA\n")
        assert (await talk.hear()).startswith("354")
        await talk.say(b"Subject: x\n\nold\n.\n")
        assert (await talk.hear()).startswith("250 2.0.0")
    assert len(house.envelopes) == 2


async def test_a_mail_with_bare_lf_between_commands_with_crlf(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(legacy_networks=OLD)
    codes = await whole(house, session(b"Subject: x\n\nold\nprinter\r\n.\r\n", end=b"\r\n"))
    assert codes == ["250", "250", "250", "354", "250", "221"]
    assert [e.content for e in house.envelopes] == [b"Subject: x\r\n\r\nold\r\nprinter\r\n"]


TRICKS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r\r\n.\r\n", b"\r\n\0.\r\n"]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"], ids=["CRLF session", "LF session"])
@pytest.mark.parametrize("trick", TRICKS, ids=repr)
async def test_no_old_device_smuggles(smtp_door: SmtpDoor, trick: bytes, end: bytes) -> None:
    """T1: what only looks like an end makes no mail of what follows, nor of what came before."""
    house = await smtp_door(legacy_networks=OLD)
    text = (
        b"Subject: x" + end * 2 + b"body" + trick + session(b"smuggled" + end + b"." + end, end=end)
    )
    codes = await whole(house, session(text, end=end), ended=False)
    assert codes == ["250", "250", "250", "354", "521"]
    assert not house.envelopes


async def test_what_follows_lf_dot_lf_a_moment_later_was_smuggled_too(
    smtp_door: SmtpDoor,
) -> None:
    """T1: a client at its end waits for the answer; text that holds a dot goes on."""
    house = await smtp_door(legacy_networks=OLD)
    talk = await house.talk(source="127.0.0.2")
    await talk.say(session(b"body\n.\n", end=b"\n").removesuffix(b"QUIT\n"))
    await asyncio.sleep(0.05)
    await talk.say(session(b"smuggled\n.\n", end=b"\n"))
    assert await heard(talk) == ["250", "250", "250", "354", "521"]
    assert not house.envelopes


@pytest.mark.parametrize(
    ("said", "habit"),
    [
        (b"HELO nas\n", "a bare LF after a command"),
        (b"HELO\r\n", "an empty HELO"),
        (b"HELO " + b"x" * 600 + b"\r\n", "a long command"),
        (b"HELO nas\r\nAUTH login\r\n*\r\n", "AUTH in lower case"),
        (session(b"a\nb\r\n.\r\n", end=b"\r\n"), "a bare LF in a mail"),
        (session(b"x" * 5000 + b"\r\n.\r\n", end=b"\r\n"), "a long line in a mail"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_the_log_names_what_an_old_device_does_wrong_once(
    smtp_door: SmtpDoor, said: bytes, habit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door(legacy_networks=OLD)
    await whole(house, said.removesuffix(b"QUIT\r\n") * 2)
    log = "".join(capsys.readouterr())
    assert [found[1] for found in HABIT.finditer(log)] == [habit]
    assert "127.0.0.2" in log


async def test_nobody_else_is_forgiven_and_nobody_else_is_named(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door(legacy_networks=OLD)
    for said, code in ((b"HELO\r\n", "501"), (b"AUTH login\r\n", "503"), (b"HELO nas\n", "521")):
        talk = await house.talk()
        await talk.say(said)
        assert (await talk.hear()).startswith(code)
    log = "".join(capsys.readouterr())
    assert "legacy" not in log
    assert "521 5.5.2" in log  # whoever looks for the reason finds it
