"""The files of a mail: which go with it, under which names, and who hears of the others."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bridge.compose import media
from bridge.compose.reading.files import File
from bridge.core.events import Truncated
from bridge.core.model import Conversation, Mms, Refusal, Text
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]


def with_files(*files: tuple[str, str, bytes], body: str = "Look", subject: str = "Roof") -> bytes:
    parts = [f"Content-Type: text/plain\r\n\r\n{body}"]
    parts += [
        f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(octets).decode()}"
        for name, kind, octets in files
    ]
    bodies = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return (
        f"Subject: {subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{bodies}--b--"
    ).encode()


def accepted(found: Mail | Refusal) -> Mail:
    assert isinstance(found, Mail), found
    return found


def noise(kind: str, side: int) -> bytes:
    """A picture of this format, of `side` pixels each way."""
    image = Image.frombytes("RGB", (side, side), random.Random(side).randbytes(3 * side * side))
    octets = BytesIO()
    image.save(octets, kind)
    return octets.getvalue()


JPEG = ("roof.jpg", "image/jpeg", noise("JPEG", 32))
GIF = ("cat.gif", "image/gif", noise("GIF", 40))
PDF = ("plan.pdf", "application/pdf", b"%PDF")
CARD = ("sam.vcf", "text/vcard", b"c" * 1000)
LOG = ("log.txt", "text/plain", b"l" * 2006)
NO_PDF = "plan.pdf: application/pdf is no type for phones"


def test_files_make_a_multimedia_message(send: Compose) -> None:
    found = accepted(send(with_files(JPEG, GIF)))
    (only,) = found.submissions
    assert isinstance(only.content, Mms)
    assert only.content.subject == "Roof"
    assert [(p.name, p.media_type, len(p.body)) for p in only.content.parts] == [
        ("text.txt", "text/plain", 4),
        ("roof.jpg", "image/jpeg", len(JPEG[2])),
        ("cat.gif", "image/gif", len(GIF[2])),
    ]
    assert found.events == ()


@pytest.mark.parametrize(
    ("began", "subject", "body", "title"),
    [
        ("Friday", "Re: Friday [ORDER-42]", "Here it is\r\nBye", "Here it is"),
        ("Friday", "Friday", "Here", "Here"),
        ("", "Re: SMS von 07700 900077", "Here", "Here"),
        ("", "Re: Picture message from Sam Jones (07700 900123)", "", "roof.jpg"),
        ("Friday", "Saturday instead", "Here", "Saturday instead"),
    ],
)
def test_an_answer_with_a_picture_has_no_title_that_the_bridge_wrote(
    send: Compose, began: str, subject: str, body: str, title: str
) -> None:
    talk = Conversation("7kq2pab3xd", "jo@example.com", began, "<r@x>", "ORDER-42")
    answer = with_files(JPEG, body=body, subject=subject)

    found = accepted(send(answer, token=talk.token, conversation=talk))

    (only,) = found.submissions
    assert isinstance(only.content, Mms)
    assert only.content.subject == title


def test_nor_has_its_text_where_no_picture_is_sent(send: Compose) -> None:
    answer = with_files(JPEG, body="", subject="Re: Friday [ORDER-42]")

    found = accepted(send(answer, token="7kq2pab3xd", profile={"media": False}))

    assert found.submissions[0].content == Text("[1 picture]")


def test_without_a_subject_the_first_line_is_its_subject(send: Compose) -> None:
    content = accepted(send(with_files(JPEG, body="One\r\nTwo", subject=""))).submissions[0].content
    assert isinstance(content, Mms)
    assert content.subject == "One"


def test_a_picture_alone_goes_under_its_name(send: Compose) -> None:
    content = accepted(send(with_files(JPEG, body="", subject=""))).submissions[0].content
    assert isinstance(content, Mms)
    assert content.subject == content.parts[0].name != ""


@pytest.mark.parametrize(
    ("files", "settings", "sent", "left_out"),
    [
        ((JPEG, PDF), {}, ["text.txt", "roof.jpg"], (NO_PDF,)),
        (
            (CARD, LOG),
            {"mms_max_size": 1500},
            ["text.txt", "sam.vcf"],
            ("log.txt: 3 kB, and one message holds 2 kB",),
        ),
        ((PDF,), {}, Text("Look"), (NO_PDF,)),
        (
            (("IMG_0001.JPG", "image/jpeg", bytes(5_400_000)),),
            {},
            Text("Look"),
            ("IMG_0001.JPG: it is no picture that can be read",),
        ),
        (
            (JPEG,),
            {"mms_max_size": 500},
            Text("Look"),
            ("roof.jpg: even at its smallest it does not fit the 496 octets that are left for it",),
        ),
    ],
    ids=["a type that does not go", "the largest gives way", "only words", "no photo", "too large"],
)
def test_what_cannot_go_is_left_out_and_told_why(
    send: Compose, files: Any, settings: dict[str, Any], sent: Any, left_out: tuple[str, ...]
) -> None:
    found = accepted(send(with_files(*files), settings=settings))
    content = found.submissions[0].content
    assert ([p.name for p in content.parts] if isinstance(content, Mms) else content) == sent
    (event,) = found.events
    assert isinstance(event, Truncated)
    assert (event.files, event.sent, event.left) == (left_out, "Look", "")
    assert not event.media_off


def test_a_mail_that_is_attached_is_named_with_what_to_do_instead() -> None:
    found = media.selected([File("", "message/rfc822", b"Subject: x")], ["image/gif"], 1000)
    assert found.left_out == ("message/rfc822: a mail is no file for phones: forward it inline",)


def test_a_mail_of_which_nothing_can_go_is_refused(send: Compose) -> None:
    found = send(with_files(PDF, body="", subject=""))
    assert isinstance(found, Refusal)
    assert str(found) == (
        f"550 5.3.4 none of its files can be sent: '{NO_PDF}'; allowed are image/jpeg, "
        "image/gif, image/png, text/plain, text/vcard of 300 kB together"
    )


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ((JPEG,), "Roof\nLook [1 picture]"),
        ((JPEG, GIF), "Roof\nLook [2 pictures]"),
        ((PDF, PDF), "Roof\nLook [2 files]"),
        ((JPEG, PDF), "Roof\nLook [1 picture, 1 file]"),
    ],
)
def test_without_media_the_text_ends_in_what_was_there(
    send: Compose, files: Any, text: str
) -> None:
    found = accepted(send(with_files(*files), user=""))
    assert found.submissions[0].content == Text(text)
    (event,) = found.events
    assert isinstance(event, Truncated)
    assert (event.files, event.media_off) == (tuple(dict.fromkeys(f[0] for f in files)), True)
    assert (event.sent, event.left) == (text, "")


def test_that_end_is_never_cut(send: Compose) -> None:
    found = accepted(send(with_files(JPEG, body="words " * 100), user=""))
    content = found.submissions[0].content
    assert isinstance(content, Text)
    assert content.text.endswith("words... [1 picture]")
    assert found.submissions[0].segments == 2


def uuencoded(octets: bytes) -> bytes:
    lines = (binascii.b2a_uu(octets[at : at + 45]) for at in range(0, len(octets), 45))
    return b"begin 644 roof.jpg\n" + b"".join(lines) + b"`\nend\n"


PHOTO = noise("GIF", 520)  # more than is read of a text


@pytest.mark.parametrize(
    "block",
    [
        uuencoded(PHOTO),
        b"begin-base64 644 roof.jpg\n" + base64.encodebytes(PHOTO) + b"====\n",
        uuencoded(PHOTO).replace(b"`\nend", b"\n`\n\nend"),
    ],
    ids=["uuencode", "uuencode -m", "with blank lines"],
)
def test_a_file_that_is_uuencoded_in_the_text_is_a_file(send: Compose, block: bytes) -> None:
    content = (b"Subject: Roof\n\nLook\n" + block).replace(b"\n", b"\r\n")
    found = accepted(send(content, settings={"mms_max_size": 600_000})).submissions[0].content
    assert isinstance(found, Mms)
    assert [(p.name, p.body) for p in found.parts] == [
        ("text.txt", b"Look"),
        ("roof.gif", PHOTO),
    ]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("roof.jpg", "roof.jpg"),
        ("../../etc/cron.d/x", "x.jpg"),
        ("C:\\\\photos\\\\roof.JPG", "roof.JPG"),
        ("text.txt", "text.jpg"),
        ("дом.jpg", "image.jpg"),
        ("my roof, again;.jpg", "my_roof_again.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ("n" * 4000 + ".jpg", "n" * 48 + ".jpg"),
        ("", "image.jpg"),
    ],
)
def test_a_file_goes_under_a_plain_name(send: Compose, name: str, safe: str) -> None:
    content = accepted(send(with_files((name, *JPEG[1:])))).submissions[0].content
    assert isinstance(content, Mms)
    assert content.parts[1].name == safe


def test_names_are_unique(send: Compose) -> None:
    files = (JPEG, JPEG, ("ROOF.jpg", *JPEG[1:]), ("text.txt", "text/plain", b"log"))
    content = accepted(send(with_files(*files))).submissions[0].content
    assert isinstance(content, Mms)
    assert [p.name for p in content.parts] == [
        "text.txt",
        "roof.jpg",
        "roof-2.jpg",
        "ROOF-3.jpg",
        "text-2.txt",
    ]


TYPES = ("image/jpeg", "image/gif", "text/plain")
ZIP = ("x.jpg", "image/jpeg", b"PK\3\4" + bytes(500))
PNG = ("chart.png", "image/png", noise("PNG", 8))


@pytest.mark.parametrize(
    ("files", "types", "heavy"),
    [
        ((LOG, PDF), TYPES, False),
        ((GIF, LOG), TYPES, False),
        ((ZIP,), TYPES, False),
        ((JPEG,), ("text/plain",), False),
        ((JPEG,), TYPES, True),
        ((PNG, GIF), TYPES, True),
        ((("cat.gif", "image/gif", noise("GIF", 520)),), TYPES, True),
        ((GIF,), ("image/jpeg",), True),
        ((GIF,) * 21, TYPES, True),
    ],
    ids=[
        "no pictures",
        "a GIF that fits",
        "no picture after all",
        "no type for phones",
        "a JPEG",
        "a PNG and a GIF",
        "a GIF that does not fit",
        "a GIF where none goes",
        "too many to tell",
    ],
)
def test_only_what_has_to_be_opened_is_too_heavy_for_the_loop(
    files: tuple[tuple[str, str, bytes], ...], types: tuple[str, ...], heavy: bool
) -> None:
    given = [File(*each) for each in files]
    found = media.selected(given, types, 100_000, pictures="put off")
    assert isinstance(found, media.Heavy) == heavy
    if not heavy:
        assert found == media.selected(given, types, 100_000)


def test_pictures_that_may_not_be_opened_are_left_out_and_named() -> None:
    files = [File(*each) for each in (JPEG, LOG, GIF)]
    found = media.selected(files, TYPES, 100_000, pictures="left out")
    assert [part.name for part in found.parts] == ["log.txt"]
    assert found.left_out == tuple(f"{name}: it could not be opened" for name, _, _ in (JPEG, GIF))


QUOTED = (
    b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    b"<div>New words</div><div class=gmail_quote><div class=gmail_attr>On 3 May 2026 at 10:00 Sam "
    b"&lt;s@x.example&gt; wrote:</div><blockquote>Old<img src='cid:p1'></blockquote></div>"
    b"\r\n--b\r\nContent-Type: image/jpeg; name=roof.jpg\r\nContent-ID: <p1>\r\n\r\n"
    + b"x" * 30_000
    + b"\r\n--b--\r\n"
)


@pytest.mark.parametrize("subject", [b"Friday", b"Re: Friday"])
@pytest.mark.parametrize("token", ["", "7kq2pab3xd"], ids=["to a number", "in a conversation"])
def test_the_pictures_of_an_answered_mail_fall_with_its_words(
    send: Compose, subject: bytes, token: str
) -> None:
    found = send(b"Subject: " + subject + b"\r\n" + QUOTED, token=token)
    assert isinstance(found, Mail)
    assert [each.content for each in found.submissions] == [Text("New words")]


@pytest.mark.parametrize("subject", [b"Friday", b"Re: Friday"])
def test_of_a_machines_mail_no_picture_falls(send: Compose, subject: bytes) -> None:
    found = send(b"Subject: " + subject + b"\r\n" + QUOTED, user="")
    assert isinstance(found, Mail)
    (content,) = (each.content for each in found.submissions)
    assert isinstance(content, Text)
    assert content.text.endswith("[1 picture]")
