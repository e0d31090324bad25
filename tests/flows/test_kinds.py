"""Each kind of submission, from a mail over SMTP to what the gateway took."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from bridge.cli.playground import DOMAIN
from tests.flows.conftest import MACHINE, PATIENCE, House, OpenHouse, letter

PHONE, OTHER = "447700900001", "447700900011"


def jpeg() -> bytes:
    """One grey pixel, as ITU-T T.81 (annex B) spells it: the smallest baseline JPEG there is."""

    def segment(marker: int, *octets: int | bytes) -> bytes:
        content = b"".join(bytes([o]) if isinstance(o, int) else o for o in octets)
        return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content

    one_code = bytes([1, *[0] * 15, 0])  # a Huffman table: "0" means nothing follows
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0", b"\1\1\0\0\1\0\1\0\0"),
            segment(0xDB, 0, b"\1" * 64),
            segment(0xC0, 8, b"\0\1\0\1", 1, 1, 0x11, 0),
            segment(0xC4, 0x00, one_code),
            segment(0xC4, 0x10, one_code),
            segment(0xDA, 1, 1, 0, 0, 63, 0),
            b"\x3f",  # two codes "0", the rest of the octet ones
            b"\xff\xd9",
        )
    )


async def test_a_plain_mail_is_one_text_with_its_user_context(house: House) -> None:
    await house.mail("Hi Sam, £5 for a café?\n\n-- \nJo\n", PHONE, UserContext="ORDER-42")
    (text,) = await house.texted("Hi Sam, £5 for a café?")
    assert (text.kind, text.to, text.usercontext) == ("text", PHONE, "ORDER-42")
    assert text.fields["maxconcat"] == "1"
    assert text.fields["delrpt"] == "1"


async def test_a_long_text_is_concatenated_by_the_segments_that_were_counted(house: House) -> None:
    words = " ".join(["forty two"] * 30)
    await house.mail(words, PHONE)
    (text,) = await house.texted(words)
    assert (text.credits, text.fields["maxconcat"]) == (2, "2")


async def test_a_cyrillic_mail_is_a_unicode_text(house: House) -> None:
    await house.mail("Привет, как дела?", PHONE)
    (text,) = await house.texted("Привет, как дела?")
    assert (text.kind, text.credits) == ("unicode", 1)


async def test_a_long_cyrillic_mail_is_numbered_parts_in_their_order(house: House) -> None:
    words = "Встреча переносится на пятницу, в четыре часа. " * 4
    await house.mail(words, PHONE, OTHER)
    await house.sandbox.taken.wait_total(8, PATIENCE)
    for number in (PHONE, OTHER):
        parts = [each.text for each in house.sandbox.taken if each.to == number]
        assert [part[:6] for part in parts] == ["(1/4) ", "(2/4) ", "(3/4) ", "(4/4) "]
        assert all(len(part) <= 70 for part in parts)
        assert " ".join(part[6:] for part in parts) == words.strip()


async def test_a_photo_is_an_mms_with_the_words_as_its_first_part(house: House) -> None:
    mail = letter("Look what came\n", "The parcel")
    mail.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="Das Päckchen.jpg")
    await house.post(mail, PHONE)
    (text,) = await house.texted("The parcel")
    assert text.kind == "mms"
    words, photo = text.files
    assert (words.media_type, words.body) == ("text/plain", b"Look what came")
    assert (photo.name, photo.media_type) == ("Das_P_ckchen.jpg", "image/jpeg")
    assert photo.body == jpeg()


async def test_a_machines_photo_is_counted_in_its_text(house: House) -> None:
    mail = letter("Motion at the gate", "Camera 2")
    mail.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="gate.jpg")
    await house.post(mail, PHONE, sender=MACHINE)
    (text,) = await house.texted("Camera 2\nMotion at the gate [1 picture]")
    assert text.kind == "text"


async def test_octets_of_headers_are_a_binary_text(house: House) -> None:
    await house.mail(
        "", PHONE, X_SMS_Type="binary", X_SMS_UDH="06 05 04 15 8A 00 00", X_SMS_UD="4A3A"
    )
    text = await house.sandbox.wait_for(timeout=PATIENCE)
    assert text.kind == "binary"
    assert (text.message.udh, text.message.ud) == (b"\6\5\4\x15\x8a\0\0", b"J:")


async def test_a_link_is_a_wap_push(house: House) -> None:
    await house.mail(
        "Our menu", PHONE, X_SMS_Type="wap-push", X_SMS_Href="http://www.example.com/menu"
    )
    (text,) = await house.texted("Our menu")
    assert (text.kind, text.message.href) == ("wap-push", "http://www.example.com/menu")


async def test_a_voice_text_is_read_out(house: House) -> None:
    await house.mail("The boiler is out", PHONE, X_SMS_Type="voice")
    (text,) = await house.texted("The boiler is out")
    assert (text.kind, text.fields["type"]) == ("voice", "6")


async def test_a_list_of_the_gateways_is_one_submission_to_its_members(
    open_house: OpenHouse,
) -> None:
    house = await open_house(gateway_groups={"customers": "Customers 2026"})
    spool_id = await house.mail("Closed on Monday", "customers")
    texts = await house.texted("Closed on Monday", 3)
    assert {text.to for text in texts} == {"447700900301", "447700900302", "447700900303"}
    assert {text.fields["to"] for text in texts} == {"Customers 2026"}
    await house.stands(spool_id, "submitted")


async def test_a_group_is_its_members_each_once(open_house: OpenHouse) -> None:
    house = await open_house(groups={"ops": ["sam", "+447700900011"]})
    await house.mail("All hands", "ops", "sam", "07700900011")
    texts = await house.texted("All hands", 2)
    assert [text.to for text in texts] == ["447700900006", "447700900011"]
    assert len({text.id for text in texts}) == 1


async def test_250_recipients_are_three_submissions(open_house: OpenHouse) -> None:
    house = await open_house(smtp={"max_recipients": 250})
    numbers = [f"44770090{n}" for n in range(1000, 1250)]
    spool_id = await house.mail("The road is closed", *numbers)
    texts = await house.texted("The road is closed", 250)
    assert sorted(text.to for text in texts) == numbers
    asked = [each for each in house.sandbox.asked if each.path.endswith("sendmsg.aspx")]
    assert sorted(len(each.form.get("to").split(",")) for each in asked) == [50, 100, 100]
    await house.stands(spool_id, "delivered")
    assert len(await house.deliveries(spool_id)) == 250


@pytest.mark.parametrize(
    ("header", "value", "why"),
    [
        ("X-SMS-UD", "4", "1 hex digits are no whole octets"),
        ("X-SMS-UD", "00" * 141, "141 octets together, 140 at most"),
    ],
    ids=["half an octet", "too long"],
)
async def test_what_the_gateway_would_not_take_is_refused_at_data(
    house: House, header: str, value: str, why: str
) -> None:
    mail = EmailMessage()
    mail["To"] = f"{PHONE}@{DOMAIN}"
    mail["X-SMS-Type"] = "binary"
    mail[header] = value
    with pytest.raises(Exception, match=why):
        await house.post(mail, PHONE)
    assert house.sandbox.taken.total == 0
