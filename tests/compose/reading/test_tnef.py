"""A winmail.dat is opened: its words, where the mail has none, and its files."""

from __future__ import annotations

import binascii
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.reading import letters, mime, rtf, tnef
from bridge.compose.reading.letters import Letter

# ---------------------------------------------------------------- written by [MS-OXTNEF]

MESSAGE, ATTACHMENT = 1, 2
HEAD = struct.pack("<IH", 0x223E9F78, 1)


def attribute(level: int, name: int, data: bytes) -> bytes:
    checksum = struct.pack("<H", sum(data) & 0xFFFF)
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + checksum


def prop(identity: int, kind: int, value: bytes) -> bytes:
    """A MAPI property of one value, counted where its kind is."""
    head = struct.pack("<HH", kind, identity)
    if kind not in (0x1E, 0x1F, 0x0D, 0x102):
        return head + value + b"\0" * (-len(value) % 4)
    return head + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def message(*props: bytes) -> bytes:
    return attribute(MESSAGE, 0x9003, properties(*props))


def attachment(title: bytes, data: bytes, *props: bytes) -> bytes:
    begins = attribute(ATTACHMENT, 0x9002, b"\0" * 14)
    named = attribute(ATTACHMENT, 0x8010, title + b"\0")
    known = attribute(ATTACHMENT, 0x9005, properties(*props))
    return begins + named + attribute(ATTACHMENT, 0x800F, data) + known


CODE_PAGE = attribute(MESSAGE, 0x9007, struct.pack("<II", 1251, 0))
NAMED = struct.pack("<HH", 3, 0x8001) + b"\0" * 16 + struct.pack("<III", 0, 5, 7)
NAMED_BY_WORD = (
    struct.pack("<HH", 3, 0x8002) + b"\0" * 16 + struct.pack("<II", 1, 5) + b"a\0b\0\0\0\0\0"
) + struct.pack("<I", 7)
MANY = struct.pack("<HHI", 0x1003, 0x1234, 3) + b"\0" * 12

WORDS = [
    ("the body", attribute(MESSAGE, 0x800C, b"Hi Sam\r\n"), "Hi Sam"),
    (
        "the body in its code page",
        CODE_PAGE + message(prop(0x1000, 0x1E, "Да".encode("cp1251"))),
        "Да",
    ),
    ("in Unicode", message(prop(0x1000, 0x1F, "Да\0".encode("utf-16-le"))), "Да"),
    (
        "behind other properties",
        message(NAMED, NAMED_BY_WORD, MANY, prop(0x1000, 0x1E, b"Hi")),
        "Hi",
    ),
    ("HTML", message(prop(0x1013, 0x102, b"<p>Hi</p><p>Sam</p>")), "Hi\nSam"),
    (
        "HTML in a code page",
        message(
            prop(0x3FDE, 3, struct.pack("<I", 1251)), prop(0x1013, 0x102, "Да".encode("cp1251"))
        ),
        "Да",
    ),
    ("plain before HTML", message(prop(0x1013, 0x102, b"x"), prop(0x1000, 0x1E, b"Hi")), "Hi"),
    (
        "rich text, stored",
        message(
            prop(0x1009, 0x102, struct.pack("<II4sI", 30, 18, b"MELA", 0) + rb"{\rtf1 Hi\par Sam}")
        ),
        "Hi\nSam",
    ),
    ("nothing", b"", ""),
]


@pytest.mark.parametrize(("octets", "text"), [row[1:] for row in WORDS], ids=[r[0] for r in WORDS])
def test_a_winmail_says(octets: bytes, text: str) -> None:
    found = tnef.opened(HEAD + octets)
    assert found
    assert found.text.strip() == text


def test_its_files_have_their_long_names_and_types() -> None:
    found = tnef.opened(
        HEAD
        + attachment(b"PHOTO~1.JPG", b"\xff\xd8x")
        + attachment(
            b"PLAN~1.PDF",
            b"%PDF",
            prop(0x3707, 0x1F, "Plan für Jo.pdf".encode("utf-16-le")),
            prop(0x370E, 0x1E, b"Application/PDF\0"),
        )
        + attachment(b"EMPTY.TXT", b"")
        + attachment(b"", b"", prop(0x3701, 0x102, b"inside\0"))
    )
    assert found
    assert [(each.name, each.media_type, each.body) for each in found.files] == [
        ("PHOTO~1.JPG", "application/octet-stream", b"\xff\xd8x"),
        ("Plan für Jo.pdf", "application/pdf", b"%PDF"),
        ("", "application/octet-stream", b"inside\0"),
    ]


@pytest.mark.parametrize("octets", [b"", b"x" * 100, HEAD[:5], b"\0" * 6])
def test_what_is_no_winmail_is_not_opened(octets: bytes) -> None:
    assert tnef.opened(octets) is None


# ---------------------------------------------------------------- in a mail


def read(words: bytes, winmail: bytes) -> Letter:
    content = (
        b"Subject: Friday\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        + words
        + b"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        + b"Content-Disposition: attachment\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
        + _uuencoded(winmail)
        + b"\r\n--b--\r\n"
    )
    entity = mime.parse(content)
    assert isinstance(entity, mime.Entity)
    letter = letters.read(entity)
    assert isinstance(letter, Letter)
    return letter


def _uuencoded(raw: bytes) -> bytes:
    lines = (binascii.b2a_uu(raw[at : at + 45]) for at in range(0, len(raw), 45))
    return b"".join(lines)


PACKED = HEAD + message(prop(0x1000, 0x1E, b"Hi Sam")) + attachment(b"a.vcf", b"BEGIN:VCARD")


def test_its_words_are_said_where_the_mail_has_none() -> None:
    letter = read(b" ", PACKED)
    assert letter.body == "Hi Sam"
    assert [file.name for file in letter.files] == ["a.vcf"]
    assert letter.notes == ("winmail.dat was opened",)


def test_its_words_are_not_said_twice() -> None:
    assert read(b"Hi Sam, in short", PACKED).body == "Hi Sam, in short"


def test_one_that_cannot_be_opened_is_a_file() -> None:
    letter = read(b"Hi", b"no winmail")
    assert [file.name for file in letter.files] == ["winmail.dat"]
    assert letter.notes == ("winmail.dat could not be opened",)


# ---------------------------------------------------------------- rich text

PACKED_RTF = bytes.fromhex(  # the example of [MS-OXRTFCP] 3.1.1
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3"
    "2068656c090020627705b06c647d0a800fa0"
)


def test_compressed_rich_text_is_unpacked() -> None:
    assert rtf.unpacked(PACKED_RTF) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.text(rtf.unpacked(PACKED_RTF)) == "hello world"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb"{\rtf1\ansi Hi\par Sam}", "Hi\nSam"),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator Word;}Hi}", "Hi"),
        (rb"{\rtf1\ansicpg1251\'c4\'e0}", "Да"),
        (rb"{\rtf1\ansicpg932\'93\'fa\'96{}\'7b}", "日本"),
        (rb"{\rtf1 \u1044?\u1072 ?}", "Да"),
        (rb"{\rtf1 Hi \u-10179?\u-8640? \u-10179?}", "Hi \U0001f640 \ufffd"),
        (rb"{\rtf1 it\rquote s a\tab b\~c \{d\}}", "it’s a b\xa0c {d}".replace("\xa0", " ")),
        (rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}Hi{\*\htmltag72 </p>}\par Sam}", "Hi\nSam"),
        (rb"{\rtf1 }}}Hi", "Hi"),
        (rb"{\rtf1 Hi\par cid:image003.jpg@01D2EE6A.85652C70\par Sam}", "Hi\n\nSam"),
        (rb"{\rtf1 customer cid:12 called}", "customer cid:12 called"),
        (b"Hi", ""),
        (b"", ""),
    ],
)
def test_rich_text_reads(source: bytes, text: str) -> None:
    assert rtf.text(source) == text


# ---------------------------------------------------------------- bounds

HOSTILE = {
    "a count of four thousand million": attribute(MESSAGE, 0x9003, b"\xff" * 4),
    "values of four thousand million": message(struct.pack("<HHI", 0x1E, 0x1000, 0xFFFFFFFF)),
    "numbers of four thousand million": message(struct.pack("<HHI", 0x1003, 0x1000, 0xFFFFFFFF)),
    "a length beyond the end": struct.pack("<BHHI", 1, 0x800C, 6, 0xFFFFFFFF),
    "a name beyond the end": message(
        struct.pack("<HH", 3, 0x8001) + b"\0" * 16 + struct.pack("<II", 1, 0xFFFFFFFF)
    ),
    "an unknown kind": message(struct.pack("<HH", 0x99, 0x1000)),
    "200,000 attributes": attribute(MESSAGE, 0x8006, b"") * 200_000,
    "200,000 files": attachment(b"a", b"b") * 50_000,
    "a body of 5 MB": attribute(MESSAGE, 0x800C, b"x" * 5_000_000),
    "bodies": message(prop(0x1000, 0x1E, b"x" * 200_000)) * 20,
    "copies of copies": message(
        prop(
            0x1009,
            0x102,
            struct.pack("<II4sI", 0, 0xFFFFFFFF, b"LZFu", 0) + b"\xff\0\x1f" * 400_000,
        )
    ),
    "groups": message(
        prop(0x1009, 0x102, struct.pack("<II4sI", 0, 0, b"MELA", 0) + b"{\\rtf" + b"{" * 250_000)
    ),
    "small pieces": message(
        prop(0x1009, 0x102, struct.pack("<II4sI", 0, 0, b"MELA", 0) + b"{\\rtf" + b"{a}" * 80_000)
    ),
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_winmail_is_opened_soon(octets: bytes) -> None:
    began = time.process_time()
    assert tnef.opened(HEAD + octets)
    assert time.process_time() - began < 1


@given(st.binary(max_size=400))
def test_any_octets_are_opened_or_not(octets: bytes) -> None:
    tnef.opened(HEAD + octets)
    tnef.opened(HEAD + attribute(MESSAGE, 0x9003, octets))
    tnef.opened(HEAD + attachment(octets[:50], b"x", octets[50:]))
    rtf.text(b"{\\rtf1" + rtf.unpacked(octets) + octets)
