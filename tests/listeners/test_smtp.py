"""The SMTP door in dialogues: a mail and its promise, commands and their order, who may send."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from bridge.core.model import Facts, ForwardPath, Msisdn, Notify, Session

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor

SAM, KIM = Msisdn("447700900123"), Msisdn("447700900124")
TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
MAIL = "MAIL FROM:<root@nas.example.com>"
TEXT = b"Subject: hello\r\n\r\nHello\r\n"
OUTSIDE = (ip_network("203.0.113.0/24"),)


# ---------------------------------------------------------------- a mail and its promise


async def test_a_mail_is_composed_committed_and_then_promised(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask("MAIL FROM:<jo@example.com> SIZE=100 RET=HDRS ENVID=q+2B1")
    await talk.ask(f"{TO_SAM} NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;sam@home")
    assert await talk.ask("DATA") == "354 end the mail with a line that is a dot"
    assert await talk.ask(TEXT.decode() + "..dot\r\n.") == "250 2.0.0 queued as m1"
    assert await talk.ask("QUIT") == "221 2.0.0 goodbye"
    assert await talk.hear() == ""

    (envelope,) = house.envelopes
    assert envelope.reverse_path == "jo@example.com"
    assert envelope.content == TEXT + b".dot\r\n"
    assert envelope.session == Session("127.0.0.1")
    assert envelope.received_at == 1777680000.0
    assert (envelope.ret, envelope.envid) == ("HDRS", "q+2B1")
    asked = frozenset({Notify.SUCCESS, Notify.FAILURE})
    address = "447700900123@sms.example.com"
    assert envelope.forward_paths == (ForwardPath(address, (SAM,), "", asked, "rfc822;sam@home"),)
    assert [mail.id for mail in house.spool.mails] == ["m1"]
    await house.spool.until(lambda: house.spool.acknowledgements == ["m1"])


async def test_one_connection_carries_many_mails(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    for n in range(1, 4):
        await talk.begin()
        await talk.say(TEXT + b".\r\n")
        assert await talk.hear() == f"250 2.0.0 queued as m{n}"
    await house.spool.until(lambda: house.spool.acknowledgements == ["m1", "m2", "m3"])


async def test_a_number_in_three_spellings_is_one(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    for local in ("07700900123", "+447700900123", "00447700900123", "sam", "ops"):
        assert (await talk.ask(f"RCPT TO:<{local}@sms.example.com>")).startswith("250")
    await talk.ask("DATA")
    await talk.ask(TEXT.decode() + ".")
    paths = house.envelopes[0].forward_paths
    assert [p.destinations for p in paths] == [(SAM,), (KIM,)]


async def test_the_facts_of_all_recipients_reach_compose(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    house.spool.known = Facts(partners={"7kq2pab3xd": frozenset({"447700900123"})})
    talk = await house.talk()
    await talk.begin("RCPT TO:<447700900123.7kq2pab3xd@sms.example.com>")
    await talk.say(TEXT + b".\r\n")
    assert (await talk.hear()).startswith("250 ")
    assert house.spool.asked == [("447700900123", "7kq2pab3xd")]
    assert house.envelopes[0].forward_paths[0].token == "7kq2pab3xd"


async def test_the_senders_closing_blocks_are_asked_for_once_where_a_profile_learns(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door(learn_tails=True)
    house.spool.known = Facts(tails=("Jo Smith",))
    talk = await (await house.talk()).begin()
    await talk.say(TEXT + b".\r\n")
    assert (await talk.hear()).startswith("250 ")
    assert house.known == [Facts(tails=("Jo Smith",))]
    await talk.ask("MAIL FROM:<root@nas.example.com>")
    await talk.ask(TO_SAM)
    await talk.ask("RCPT TO:<447700900124@sms.example.com>")
    assert house.spool.asked == [
        ("447700900123", "127.0.0.1 root@nas.example.com"),
        ("447700900123", "127.0.0.1 root@nas.example.com"),
        ("447700900124",),
    ]


async def test_what_compose_refuses_is_answered_in_its_words(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    await talk.say(b"Subject: refuse me\r\n\r\n.\r\n")
    assert await talk.hear() == "550 5.7.1 automatic answers are not texted"
    assert not house.spool.mails
    assert (await talk.ask("NOOP")).startswith("250")


# ---------------------------------------------------------------- dialogues, line by line

DIALOGUES = {
    "greetings": [
        ("HELO client", "250 mx.example.com"),
        ("HELO", "501 5.5.4"),
        ("EHLO", "501 5.5.4"),
        ("NOOP", "250 2.0.0"),
        ("noop twice", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("RSET now", "501 5.5.4"),
        ("HELP", "214 2.0.0"),
        ("", "500 5.5.1"),
        ("WIZ", "500 5.5.1"),
    ],
    "T7 nobody is told who is here": [
        ("VRFY root", "252 2.5.0"),
        ("VRFY sam", "252 2.5.0"),
        ("VRFY", "252 2.5.0"),
        ("EXPN ops", "502 5.5.1"),
        ("EXPN nobody", "502 5.5.1"),
    ],
    "order": [
        (MAIL, "503 5.5.1"),
        (TO_SAM, "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("EHLO client", "250-mx.example.com"),
        (TO_SAM, "503 5.5.1"),
        (MAIL, "250 2.1.0"),
        (MAIL, "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        (TO_SAM, "250 2.1.5"),
        ("DATA now", "501 5.5.4"),
        ("RSET", "250 2.0.0"),
        ("DATA", "503 5.5.1"),
    ],
    "a new greeting ends the transaction": [
        ("EHLO client", "250"),
        (MAIL, "250"),
        ("EHLO client", "250"),
        (TO_SAM, "503"),
    ],
    "T9: hostile arguments": [
        ("EHLO client", "250"),
        ("MAIL FROM:<a\0b@e.org>", "501 5.5.2"),
        ("MAIL FROM:<a\rb@e.org>", "501 5.5.2"),
        ("MAIL FROM:<a\x1bb@e.org>", "501 5.5.2"),
        ("MAIL FROM:<a@b> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:<a@b> BODY=BINARYMIME", "501 5.5.4"),
        (f"MAIL FROM:<{'x' * 300}@e.org>", "501 5.1.7"),
        (f"MAIL FROM:<{'x' * 3000}@e.org>", "500 5.5.2"),
        ("MAIL FROM:<a@b> SIZE=99999999999", "552 5.3.4"),
        ("MAIL FROM:<jürgen@e.org>", "553 5.6.7"),
        ("MAIL FROM:<jürgen@e.org> SMTPUTF8", "250 2.1.0"),
        ("RCPT TO:<>", "501 5.1.3"),
    ],
    "recipients": [
        ("EHLO client", "250"),
        (MAIL, "250"),
        ("RCPT TO:<0770090012@sms.example.com>", "550 5.1.3 0770090012 is one digit short"),
        ("RCPT TO:<user@gmail.com>", "550 5.7.1"),
        ("RCPT TO:<ünknown@sms.example.com>", "553 5.6.7"),
        ("RCPT TO:<447700900123@sms.example.com@evil.org>", "501 5.5.4"),
        ('RCPT TO:<"447700900123@sms.example.com"@evil.org>', "550 5.7.1"),
        ("DATA", "554 5.5.1 no recipient was taken"),
    ],
    "T14: ten mistakes": [
        *[("WIZ", "500 5.5.1")] * 9,
        ("WIZ", "421 4.7.0 too many errors"),
    ],
    "T14: a browser": [("GET / HTTP/1.1", "521 5.5.1")],
    "T14: another browser": [("POST /x HTTP/1.0", "521 5.5.1")],
    "T16: proxies are not believed": [
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2", "500 5.5.1"),
        ("XCLIENT ADDR=127.0.0.1", "500 5.5.1"),
    ],
    "T5 AUTH that is none": [
        ("AUTH PLAIN", "503 5.5.1"),
        ("EHLO client", "250"),
        ("AUTH", "504 5.5.4"),
        ("AUTH CRAM-MD5", "504 5.5.4"),
        ("AUTH PLAIN ====", "501 5.5.2"),
        ("AUTH PLAIN bm9udWw=", "501 5.5.2"),  # no NUL in it
        ("AUTH PLAIN AGpv/wB4", "501 5.5.2"),  # no UTF-8
        ("AUTH PLAIN " + "A" * 12000, "501 5.5.2"),
        ("AUTH PLAIN", "334 "),
        ("*", "501 5.7.0"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        ("am8=", "334 UGFzc3dvcmQ6"),
        ("d3Jvbmc=", "535 5.7.8"),
        ("NOOP", "250 2.0.0"),
    ],
    "T5 T29 AUTH within the machine": [
        ("EHLO client", "250"),
        ("auth plain AGpvAGNvcnJlY3QgaG9yc2U=", "235 2.7.0"),
        ("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=", "503 5.5.1"),
        ("MAIL FROM:<boss@example.com>", "250"),
        (TO_SAM, "550 5.7.1 user jo may not send as boss@example.com"),
    ],
    "T5 no acting for others": [
        ("EHLO client", "250"),
        ("AUTH PLAIN Ym9zcwBqbwBjb3JyZWN0IGhvcnNl", "501 5.5.2"),
        ("AUTH PLAIN am8AamuAAA==", "501 5.5.2"),
    ],
    "T6 three guesses": [
        ("EHLO client", "250"),
        ("AUTH LOGIN am8=", "334 UGFzc3dvcmQ6"),
        ("d3Jvbmc=", "535 5.7.8"),
        ("AUTH PLAIN AG5vYm9keQB3cm9uZw==", "535 5.7.8"),
        ("AUTH PLAIN =", "501 5.5.2"),
        ("AUTH PLAIN AGpvAHdyb25n", "421 4.7.0 too many failed logins"),
    ],
}


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES.keys())
async def test_the_door_answers(smtp_door: SmtpDoor, dialogue: list[tuple[str, str]]) -> None:
    talk = await (await smtp_door()).talk()
    for line, answer in dialogue:
        heard = await talk.ask(line)
        assert heard.startswith(answer), f"{line[:80]!r} -> {heard!r}"
    if answer.startswith(("421", "521")):
        assert await talk.hear() == ""


async def test_ehlo_offers_what_is_understood(smtp_door: SmtpDoor) -> None:
    talk = await (await smtp_door()).talk()
    assert (await talk.ask("EHLO client")).splitlines() == [
        "250-mx.example.com",
        "250-PIPELINING",
        "250-SIZE 10485760",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-DSN",
        "250-STARTTLS",
        "250-AUTH PLAIN LOGIN",
        "250 ENHANCEDSTATUSCODES",
    ]


# ---------------------------------------------------------------- who may send


async def test_a_user_sends_from_anywhere_inside_tls(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=OUTSIDE)
    talk = await house.talk(tls=True)
    await talk.ask("EHLO client")
    assert (await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")).startswith("235")
    await talk.ask("MAIL FROM:<jo@example.com>")
    assert await talk.ask(TO_SAM) == "250 2.1.5 ok"
    await talk.ask("DATA")
    assert (await talk.ask(TEXT.decode() + ".")).startswith("250")
    assert house.envelopes[0].session == Session("127.0.0.1", "jo", tls=True)


async def test_the_hundred_and_first_recipient_waits(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    for n in range(100):
        answer = await talk.ask(f"RCPT TO:<4477009{n:05}@sms.example.com>")
        assert answer.startswith("250"), answer
    over = await talk.ask("RCPT TO:<447700900999@sms.example.com>")
    assert over == "452 4.5.3 too many recipients (100 at most)"
    assert (await talk.ask("RCPT TO:<07700900000@sms.example.com>")).startswith("250")
    await talk.ask("DATA")
    assert (await talk.ask(TEXT.decode() + ".")).startswith("250")
    assert len(house.envelopes[0].forward_paths) == 100


async def test_a_group_counts_its_members(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(max_recipients=1)
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    answer = await talk.ask("RCPT TO:<ops@sms.example.com>")
    assert answer == "550 5.5.3 ops@sms.example.com has 2 members (1 at most)"
