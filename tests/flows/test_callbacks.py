"""What phones and the network say comes as mail: posted three times, mailed once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from urllib.parse import urlencode

import aiohttp
import pytest

from bridge.cli.playground import DOMAIN, OWNER, TEAM
from bridge.core.reporting import TOGETHER
from bridge.sandbox.form import File
from bridge.sandbox.inbox import Mailed
from tests.flows.conftest import PATIENCE, House, until

PHONE, UNDELIVERABLE = "447700900006", "447700900005"  # the first is Sam's
FRIDAY = "<friday@example.com>"
GIF = b"GIF89a\1\0\1\0\0\0\0;"


@pytest.fixture
def thrice(house: House) -> House:
    """A house whose gateway posts every callback three times."""
    house.sandbox.forwarder.copies = 3
    return house


async def posted_thrice(house: House, **wanted: str) -> None:
    """Wait until the third copy of a callback was answered 200, as were the others."""

    async def there() -> bool:
        return len(copies()) == 3

    def copies() -> list[int]:
        return [
            each.status
            for each in house.sandbox.forwarder.forwarded
            if wanted.items() <= each.fields.items()
        ]

    await until(there)
    assert copies() == [200, 200, 200]


async def mailed_once(house: House, mail: Mailed, kind: str) -> None:
    """Nothing waits to be mailed, one event is known, and its mail came once."""

    async def quiet() -> bool:
        lanes = await house.ground.daemon.spool.lanes(house.clock())
        return all(lane.waiting == 0 for lane in lanes if lane.name == "notify")

    await until(quiet)
    assert len(await house.events(kind)) == 1
    ids = [str(each.message["Message-ID"]) for each in house.inbox.mails]
    assert ids.count(str(mail.message["Message-ID"])) == 1


def headers(mail: Mailed, *names: str) -> dict[str, str]:
    """Some headers, also printed: a note can quote them."""
    found = {name: str(mail.message[name]) for name in names if mail.message[name]}
    print("\n".join(f"{name}: {value}" for name, value in found.items()), end="\n\n")
    return found


# ---------------------------------------------------------------- the four kinds


async def test_an_answer_is_mailed_once_to_the_author_of_the_text(thrice: House) -> None:
    await thrice.mail("Friday?", PHONE, subject="Friday", Message_ID=FRIDAY, UserContext="ORDER-42")
    mail = await thrice.told(OWNER, "ORDER-42")
    text_id = mail.message["X-SMS-Message-Id"]
    found = headers(
        mail,
        *("From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"),
        *("UserContext", "X-SMS-Sender", "X-SMS-Message-Id"),
    )
    address = mail.message["From"].addresses[0]
    number, _, token = address.username.partition(".")
    assert (number, address.domain, len(token)) == (PHONE, DOMAIN, 10)
    assert address.display_name == "Sam Jones (07700 900006)"
    assert found.pop("From")
    assert found.pop("Message-ID").startswith("<in.")
    assert found == {
        "To": OWNER,
        "Subject": "Re: Friday [ORDER-42]",
        "In-Reply-To": FRIDAY,
        "References": FRIDAY,
        "Auto-Submitted": "auto-generated",
        "UserContext": "ORDER-42",
        "X-SMS-Sender": f"+{PHONE}",
        "X-SMS-Message-Id": text_id,
    }
    assert mail.text.startswith("Yes, got it: Friday?\n\n-- \nText from Sam Jones, 07700 900006")
    assert mail.reverse_path == f"bounces@{DOMAIN}"
    await posted_thrice(thrice, msgid=text_id)
    await mailed_once(thrice, mail, "SmsReceived")


async def test_a_text_that_answers_nothing_is_mailed_once_to_the_inbox(thrice: House) -> None:
    text_id = thrice.sandbox.text_in("447700900011", "Łódź ist schön 🙂", network="234015")
    mail = await thrice.told(TEAM, "Text from 07700 900011")
    found = headers(mail, "From", "Subject", "Message-ID", "X-SMS-Network", "X-SMS-Sender")
    begun = rf"07700 900011 <447700900011\.[2-7][a-z2-7]{{9}}@{re.escape(DOMAIN)}>"
    assert re.fullmatch(begun, found["From"])
    assert found["X-SMS-Network"] == "Vodafone (UK)"
    assert mail.text.startswith("Łódź ist schön 🙂\n")
    assert mail.message["In-Reply-To"] is None
    await posted_thrice(thrice, msgid=text_id)
    await mailed_once(thrice, mail, "SmsReceived")


async def test_a_picture_message_is_mailed_once_with_its_files(thrice: House) -> None:
    files = [
        File("smil.xml", "application/smil", b"<smil></smil>"),
        File("1.txt", "text/plain", b"Here it is"),
        File("photo.gif", "image/gif", GIF),
    ]
    text_id = thrice.sandbox.mms_in(PHONE, "The parcel", files)
    mail = await thrice.told(TEAM, "Picture message from Sam Jones (07700 900006): The parcel")
    headers(mail, "From", "Subject", "Message-ID", "X-SMS-Sender", "Content-Type")
    assert mail.text.startswith("Here it is\n")
    (photo,) = mail.message.iter_attachments()
    assert (photo.get_filename(), photo.get_content_type()) == ("photo.gif", "image/gif")
    assert photo.get_content() == GIF
    await posted_thrice(thrice, msgid=text_id)
    await mailed_once(thrice, mail, "MmsReceived")


async def test_a_failed_status_report_is_mailed_once_as_a_dsn(thrice: House) -> None:
    thrice.sandbox.interim = ()
    spool_id = await thrice.mail(
        "Friday?", UNDELIVERABLE, subject="Friday", Message_ID=FRIDAY, UserContext="ORDER-42"
    )
    await thrice.stands(spool_id, "undeliverable")
    await thrice.later(TOGETHER)
    mail = await thrice.told(OWNER, "Text not delivered to 07700 900005: Friday [ORDER-42]")
    found = headers(mail, "From", "Subject", "Message-ID", "In-Reply-To", "UserContext")
    assert found["Message-ID"].startswith("<dsn.")
    assert (found["In-Reply-To"], found["UserContext"]) == (FRIDAY, "ORDER-42")
    assert mail.reverse_path == "<>"
    await posted_thrice(thrice, toaddr=UNDELIVERABLE, status="6")
    await mailed_once(thrice, mail, "Undelivered")


async def test_a_list_event_is_mailed_once_to_the_inbox(thrice: House) -> None:
    thrice.sandbox.list_changed("MySubscriptionListName", "447700900011", "2")
    mail = await thrice.told(TEAM, "List MySubscriptionListName: 07700 900011")
    found = headers(mail, "From", "Subject", "Message-ID", "Auto-Submitted")
    assert found["Auto-Submitted"] == "auto-generated"
    assert "What:    unsubscribed" in mail.text.splitlines()
    await posted_thrice(thrice, sublistname="MySubscriptionListName")
    await mailed_once(thrice, mail, "ListChanged")


# ---------------------------------------------------------------- the way back


async def test_the_answer_to_the_mail_goes_back_as_a_text_with_the_same_user_context(
    house: House,
) -> None:
    await house.mail("Friday?", PHONE, subject="Friday", Message_ID=FRIDAY, UserContext="ORDER-42")
    mail = await house.told(OWNER, "ORDER-42")
    await house.post(answer(mail, "4pm it is"), *local_parts(mail))
    (text,) = await house.texted("4pm it is")
    assert (text.to, text.usercontext) == (PHONE, "ORDER-42")


async def test_without_a_user_context_the_token_ties_answer_and_text(house: House) -> None:
    await house.mail("Friday?", PHONE, subject="Friday", Message_ID=FRIDAY)
    mail = await house.told(OWNER, "Re: Friday")
    assert mail.subject == "Re: Friday"
    await house.post(answer(mail, "4pm it is"), *local_parts(mail))
    (first,), (second,) = await house.texted("Friday?"), await house.texted("4pm it is")
    (number_and_token,) = local_parts(mail)
    assert f"{PHONE}.{first.usercontext}" == number_and_token
    assert second.usercontext == first.usercontext


def answer(mail: Mailed, words: str) -> EmailMessage:
    """What a mail client makes of Reply: the new words above the quoted mail."""
    reply = EmailMessage()
    reply["Subject"] = mail.subject
    reply["In-Reply-To"] = mail.message["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    reply.set_content(f"{words}\n\nOn Fri, 20 Nov 2026, Sam Jones wrote:\n{quoted}\n")
    return reply


def local_parts(mail: Mailed) -> list[str]:
    return [address.username for address in mail.message["From"].addresses]


# ---------------------------------------------------------------- at the door


@pytest.fixture
async def gateway() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


TEXT = {"from": "447700900011", "text": "50 £", "msgid": "500110000000001"}
LATIN = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_get_and_post_of_one_callback_are_one_mail_and_a_restart_changes_nothing(
    house: House, gateway: aiohttp.ClientSession
) -> None:
    """T41"""
    async with gateway.get(house.ground.callback, params=TEXT) as response:
        assert response.status == 200
    mail = await house.told(TEAM, "Text from 07700 900011")
    assert mail.text.startswith("50 £\n")
    for _ in range(2):
        form = urlencode(TEXT, encoding="latin-1").encode()
        async with gateway.post(house.ground.callback, data=form, headers=LATIN) as response:
            assert response.status == 200
        await house.ground.restart()
    async with gateway.post(house.ground.callback, data=TEXT) as response:
        assert response.status == 200
    await mailed_once(house, mail, "SmsReceived")
    assert house.inbox.mails.total == 1


async def test_two_texts_of_the_same_words_are_two_mails(house: House) -> None:
    """T43"""
    for _ in range(2):
        house.sandbox.text_in("447700900011", "OK")
    await house.inbox.mails.wait_total(2, PATIENCE)
    first, second = house.inbox.mails
    assert first.message["Message-ID"] != second.message["Message-ID"]


async def test_what_cannot_be_understood_is_answered_200_kept_and_told_to_the_postmaster(
    house: House, gateway: aiohttp.ClientSession
) -> None:
    """T48"""
    async with gateway.post(house.ground.callback, data=b"\xff\xfe nonsense") as response:
        assert response.status == 200
    mail = await house.told("postmaster@example.com", "could not be read")
    (attached,) = mail.message.iter_attachments()
    assert b"\xff\xfe nonsense" in attached.get_content()


async def test_a_wrong_token_is_404_and_nothing_is_kept(
    house: House, gateway: aiohttp.ClientSession
) -> None:
    """T40"""
    wrong = house.ground.callback[:-1] + "?"
    async with gateway.post(wrong, data=TEXT) as response:
        assert response.status == 404
    assert await house.events("SmsReceived") == []
