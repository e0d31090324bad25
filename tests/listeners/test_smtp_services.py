"""The bridge's own addresses at the door: `sendsms@`, with the vendor's form, and `explain@`."""

from __future__ import annotations

import base64
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridge.core.consent import Optout
from bridge.core.events import Explained
from bridge.core.model import Facts, ForwardPath, ListName, Msisdn, Notify, Options
from bridge.spool.opening import open_spool

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, Talk

SAM, KIM = Msisdn("447700900123"), Msisdn("447700900124")
TO_SENDSMS = "RCPT TO:<sendsms@sms.example.com>"
TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
ALONE = "452 4.5.3 a mail to sendsms@, explain@, bounces@ or a list has no other recipient"


MIXED = (
    "a mail to sendsms@ or a list has no other recipient, who would be texted its lines; "
    "nobody is texted, please send two mails"
)
TO_EXPLAIN = "RCPT TO:<explain@sms.example.com>"


async def post(talk: Talk, *lines: str) -> str:
    """The rest of a mail after the 354, and what is answered."""
    await talk.say("\r\n".join((*lines, ".", "")).encode())
    return await talk.hear()


def octets_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_mail_in_the_vendors_form_goes_to_those_it_names(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.begin(f"{TO_SENDSMS} NOTIFY=SUCCESS ORCPT=rfc822;sendsms@sms.example.com")
    answer = await post(
        talk,
        "Subject: hi",
        "",
        "Username: jo",
        "Password: s3cr3t",
        "To: 07700900123, +44 7700 900124.urgent; customers",
        "",
        "Call me",
    )
    assert answer == "250 2.0.0 queued as m1"
    (envelope,) = house.envelopes
    asked = frozenset({Notify.SUCCESS})
    orcpt = "rfc822;sendsms@sms.example.com"
    assert envelope.forward_paths == (
        ForwardPath("07700900123@sms.example.com", (SAM,), notify=asked, orcpt=orcpt),
        ForwardPath(
            '"+44 7700 900124.urgent"@sms.example.com',
            (KIM,),
            notify=asked,
            orcpt=orcpt,
            options=Options(urgent=True),
        ),
        ForwardPath(
            "customers@sms.example.com", (ListName("Customers"),), notify=asked, orcpt=orcpt
        ),
    )
    assert envelope.vendor_form
    assert envelope.content.endswith(b"\r\n\r\nCall me\r\n")
    assert house.spool.asked == [("447700900123", "447700900124")]  # at once


async def test_its_lines_count_at_no_other_address(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    content = ("Subject: To:447700900124", "", "Password: s3cr3t", "To: 447700900124", "", "Hi")
    assert (await post(talk, *content)).startswith("250 ")
    (envelope,) = house.envelopes
    assert [path.destinations for path in envelope.forward_paths] == [(SAM,)]
    assert not envelope.vendor_form
    assert b"s3cr3t" in envelope.content


@pytest.mark.parametrize("transfer", ["7bit", "base64"])
async def test_no_password_reaches_the_spool(
    smtp_door: SmtpDoor, tmp_path: Path, transfer: str
) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_SENDSMS)
    said = "Username: jo\r\nPassword: s3cr3t\r\nTo: sam\r\n\r\nCall me\r\n"
    body = base64.encodebytes(said.encode()).decode().strip() if transfer == "base64" else said
    head = ("Subject: Password:s3cr3t", f"Content-Transfer-Encoding: {transfer}", "")
    assert (await post(talk, *head, *body.splitlines())).startswith("250 ")
    spool = await open_spool(f"sqlite:///{tmp_path}/spool.db", daemon=False)
    await spool.accept(house.spool.mails[0])
    written = octets_in(tmp_path)
    await spool.close()
    assert b"sendsms" not in written  # it is stored as what it stands for
    assert b"sam@sms.example.com" in written
    for hidden in (b"s3cr3t", base64.b64encode(b"s3cr3t"), said.encode(), body.encode()):
        assert hidden not in written


@pytest.mark.parametrize(
    ("to", "answer"),
    [
        ("sam, 0770090012", "550 5.1.3 0770090012 is one digit short for a GB mobile number"),
        ("sam, 436641234567", "550 5.7.1 numbers outside GB are switched off for this sender"),
        ("sma", "550 5.1.1 sma is neither a number nor a name known here; did you mean sam?"),
        ("sam.loud", "550 5.1.3 .loud is no option; there are .voice,"),
        ("sam, sendsms", "550 5.1.1 sendsms is neither a number nor a name known here"),
        ("user@gmail.com", "550 5.7.1 <user@gmail.com> is not at sms.example.com"),
        ("447700900124", "550 5.7.1 447700900124 opted out with STOP on 2 May 2026"),
        ("", "550 5.6.0 nobody to text: say To:447700900123 in the subject"),
        ("sam, ops, 447700900125", "550 5.5.3 3 recipients (2 at most)"),
        ("ops, 447700900125", "550 5.5.3 3 recipients (2 at most)"),
    ],
)
async def test_if_one_is_refused_nobody_is_texted(
    smtp_door: SmtpDoor, to: str, answer: str
) -> None:
    house = await smtp_door(max_recipients=2)
    if "opted" in answer:
        house.spool.known = Facts(optouts={"447700900124": Optout(1777680000.0, "with STOP")})
    talk = await (await house.talk()).begin(TO_SENDSMS)
    assert (await post(talk, "Subject: hi", "", f"To: {to}", "", "Hi")).startswith(answer)
    assert not house.envelopes
    assert (await talk.ask("NOOP")).startswith("250")


DIALOGUES = {
    "it stands alone": [
        (TO_EXPLAIN, "250 2.1.5"),
        (TO_SAM, ALONE),
        ("RCPT TO:<user@gmail.com>", ALONE),
        ("RCPT TO:<Explain@sms.example.com>", "250 2.1.5"),  # said twice
        ("DATA", "354 "),
    ],
    "others came first": [
        (TO_SAM, "250 2.1.5"),
        (TO_EXPLAIN, ALONE),
        ("RCPT TO:<ops@sms.example.com>", "250 2.1.5"),
        ("DATA", "354 "),
    ],
    "nobody else is texted a form": [
        (TO_SENDSMS, "250 2.1.5"),
        (TO_SAM, f"550 5.5.1 {MIXED}"),
        (TO_SENDSMS, "250 2.1.5"),
        ("DATA", f"554 5.5.1 {MIXED}"),
        ("RSET", "250"),
        ("MAIL FROM:<root@nas.example.com>", "250"),
        (TO_SAM, "250 2.1.5"),
        ("DATA", "354 "),
    ],
    "nor who came first": [
        (TO_SAM, "250 2.1.5"),
        (TO_SENDSMS, f"550 5.5.1 {MIXED}"),
        ("RCPT TO:<ops@sms.example.com>", "250 2.1.5"),
        ("DATA", f"554 5.5.1 {MIXED}"),
    ],
    "nor is it explained": [
        (TO_EXPLAIN, "250 2.1.5"),
        (TO_SENDSMS, f"550 5.5.1 {MIXED}"),
        ("DATA", f"554 5.5.1 {MIXED}"),
    ],
    "after a refusal": [
        ("RCPT TO:<0770090012@sms.example.com>", "550 5.1.3"),
        ("RCPT TO:<explain@sms.example.com>", "250 2.1.5"),
        ("RSET", "250"),
        ("MAIL FROM:<root@nas.example.com>", "250"),
        (TO_SAM, "250 2.1.5"),
    ],
}


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
async def test_who_is_not_alone_is_asked_to_come_again(
    smtp_door: SmtpDoor, dialogue: list[tuple[str, str]]
) -> None:
    talk = await (await smtp_door()).talk()
    await talk.ask("EHLO client")
    await talk.ask("MAIL FROM:<root@nas.example.com>")
    for line, answer in dialogue:
        assert (await talk.ask(line)).startswith(answer), line


@pytest.mark.parametrize("name", ["sendsms", "explain"])
async def test_a_stranger_learns_nothing_of_them(smtp_door: SmtpDoor, name: str) -> None:
    talk = await (await smtp_door(trusted=(ip_network("203.0.113.0/24"),))).talk()
    await talk.ask("EHLO client")
    await talk.ask("MAIL FROM:<root@nas.example.com>")
    assert await talk.ask(f"RCPT TO:<{name}@sms.example.com>") == (
        "550 5.7.1 this server takes mail to phones from its own users only"
    )


async def test_options_reach_the_envelope(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin("RCPT TO:<sam.voice.urgent@sms.example.com>")
    assert (await post(talk, "Subject: hi", "", "Hi")).startswith("250 ")
    assert house.envelopes[0].forward_paths[0].options == Options("voice", urgent=True)


EXPLAINED = (
    "From: Jo <jo@example.com>",
    "To: sam@sms.example.com, explain@sms.example.com",
    "Message-ID: <a@example.com>",
    "Subject: Friday",
    "",
    "Hi Sam",
)


async def test_an_explanation_is_mailed_to_the_reverse_path(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_EXPLAIN)
    assert await post(talk, *EXPLAINED) == "250 2.0.0 queued as e1"
    (event,) = house.spool.told
    assert isinstance(event, Explained)
    assert (event.to, event.subject) == ("root@nas.example.com", "Friday")
    assert event.asked_in == "<a@example.com>"
    assert "To        sam@sms.example.com: 447700900123\n" in event.text
    assert (
        "Profile   machine: 127.0.0.1 is in a trusted network, and nobody logged in" in event.text
    )
    assert "          | Hi Sam" in event.text
    assert not house.envelopes  # nothing is sent


@pytest.mark.parametrize(
    "sender",
    ["", "root@localhost", "447700900123@sms.example.com", "447700900123@SMS.example.com."],
)
async def test_an_explanation_is_never_mailed_where_no_mail_arrives(
    smtp_door: SmtpDoor, sender: str
) -> None:
    house = await smtp_door()
    talk = await house.talk()
    for line in ("EHLO client", f"MAIL FROM:<{sender}>", TO_EXPLAIN, "DATA"):
        await talk.ask(line)
    assert (await post(talk, *EXPLAINED)).startswith("550 5.7.1 an explanation is mailed back")
    assert not house.spool.told


async def test_an_automatic_answer_is_not_explained(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_EXPLAIN)
    answer = await post(talk, "Auto-Submitted: auto-replied", *EXPLAINED)
    assert answer == "550 5.7.1 automatic answers are not texted"
    assert not house.spool.told


async def test_an_alert_is_explained_whose_marks_an_answer_has_too(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_EXPLAIN)
    mail = ("From: noreply@nas.example.com", "Precedence: bulk", *EXPLAINED)
    assert (await post(talk, *mail)).startswith("250 ")


async def test_twenty_explanations_an_hour_are_enough(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk()
    for _ in range(20):
        assert (await post(await talk.begin(TO_EXPLAIN), *EXPLAINED)).startswith("250 ")
    answer = await post(await talk.begin(TO_EXPLAIN), *EXPLAINED)
    assert answer == "450 4.7.1 20 explanations an hour; please try again later"


FORM = ("Subject: x", "", "Username: jo", "Password: s3cr3t", "To: sam, 07700900124", "", "Hi Sam")


@pytest.mark.parametrize("to", ["explain", "sendsms"])
async def test_a_form_is_explained_as_one_without_its_password(
    smtp_door: SmtpDoor, to: str
) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_EXPLAIN)
    assert (await post(talk, f"To: {to}@sms.example.com", *FORM)).startswith("250 ")
    (event,) = house.spool.told
    assert isinstance(event, Explained)
    assert "To        sam@sms.example.com: 447700900123\n" in event.text
    assert "07700900124@sms.example.com: 447700900124\n" in event.text
    assert "          | Hi Sam" in event.text
    assert "Password" not in event.text
    assert "s3cr3t" not in event.text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (("Hi Sam", "See you"), "| Hi Sam"),
        (("Password: s3cr3t", "", "Hi Sam"), "  Password: ***"),
    ],
    ids=["no form", "a form that names nobody"],
)
async def test_what_names_nobody_is_explained_as_it_is(
    smtp_door: SmtpDoor, body: tuple[str, ...], told: str
) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_EXPLAIN)
    head = ("To: explain@sms.example.com", "Subject: Friday", "")
    assert (await post(talk, *head, *body)).startswith("250 ")
    (event,) = house.spool.told
    assert isinstance(event, Explained)
    assert told in event.text
    assert "s3cr3t" not in event.text


async def test_a_password_that_cannot_be_blanked_is_not_mailed_back(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin(TO_EXPLAIN)
    answer = await post(talk, "Subject: x", "", "Hi,", "To: sam", "Password: s3cr3t")
    assert answer.startswith("550 5.6.0 this mail says Username: or Password: where it cannot")
    assert not house.spool.told
