"""Mails that are wrapped in their signature are read through; encrypted ones are refused."""

from __future__ import annotations

import base64

import pytest

from bridge.compose.reading import letters, mime, signed
from bridge.compose.reading.letters import Letter
from bridge.core.model import Refusal

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe, call me\r\n"


def read(content: bytes) -> Letter | Refusal:
    entity = mime.parse(content)
    assert isinstance(entity, mime.Entity)
    return letters.read(entity)


# ---------------------------------------------------------------- S/MIME (RFC 5652, X.690)


def der(tag: int, *content: bytes) -> bytes:
    """An element of definite length."""
    whole = b"".join(content)
    if len(whole) < 0x80:
        return bytes((tag, len(whole))) + whole
    size = len(whole).to_bytes(3, "big")
    return bytes((tag, 0x83)) + size + whole


def ber(tag: int, *content: bytes) -> bytes:
    """An element of open length, which two zeros end."""
    return bytes((tag, 0x80)) + b"".join(content) + b"\0\0"


SIGNED = bytes.fromhex("06092a864886f70d010702")
ENVELOPED = bytes.fromhex("06092a864886f70d010703")
DATA = bytes.fromhex("06092a864886f70d010701")
VERSION = bytes.fromhex("020101")
SHA_256 = der(0x30, bytes.fromhex("0609608648016503040201"), bytes.fromhex("0500"))


def strict(inner: bytes, kind: bytes = SIGNED) -> bytes:
    content = der(0x30, DATA, der(0xA0, der(0x04, inner)))
    data = der(0x30, VERSION, der(0x31, SHA_256), content, der(0x31))
    return der(0x30, kind, der(0xA0, data))


def streamed(inner: bytes) -> bytes:
    pieces = [der(0x04, inner[at : at + 10]) for at in range(0, len(inner), 10)]
    content = ber(0x30, DATA, ber(0xA0, ber(0x24, *pieces)))
    data = ber(0x30, VERSION, ber(0x31, ber(0x30, SHA_256)), content, der(0x31))
    return ber(0x30, SIGNED, ber(0xA0, data))


def smime(octets: bytes, kind: bytes = b"signed-data") -> bytes:
    head = b"Content-Type: application/pkcs7-mime; name=smime.p7m"
    head += b"; smime-type=" + kind if kind else b""
    return head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(octets)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(strict(INNER), id="DER"),
        pytest.param(streamed(INNER), id="BER, streamed in pieces"),
        pytest.param(strict(smime(strict(INNER))), id="signed twice"),
    ],
)
@pytest.mark.parametrize("kind", [b"signed-data", b""])
def test_what_smime_signed_is_read(octets: bytes, kind: bytes) -> None:
    letter = read(b"Subject: Friday\r\n" + smime(octets, kind))
    assert isinstance(letter, Letter)
    assert letter.body == "Grüße, call me"
    assert letter.subject == "Friday"
    assert letter.files == ()
    assert letter.notes == ("the text was wrapped in its signature (S/MIME): unwrapped",)


def test_what_smime_signed_is_read_inside_a_list_s_mail() -> None:
    letter = read(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + smime(strict(INNER))
        + b"\r\n--b\r\n\r\nand more\r\n--b--\r\n"
    )
    assert isinstance(letter, Letter)
    assert letter.body == "Grüße, call me\n\nand more"


DEEP = b"".join(
    b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(30)
)
REFUSED = [
    ("enveloped", smime(strict(INNER, ENVELOPED), b"enveloped-data"), "it is encrypted (S/MIME)"),
    ("enveloped, not said", smime(strict(INNER, ENVELOPED), b""), "it is encrypted (S/MIME)"),
    ("authenticated", smime(b"x", b"authEnveloped-data"), "it is encrypted (S/MIME)"),
    ("compressed", smime(b"x", b"compressed-data"), "it is compressed (S/MIME)"),
    (
        "signed, and broken",
        smime(strict(INNER)[:-80]),
        "its text is wrapped in its signature (S/MIME); sign it as clear text",
    ),
    (
        "PGP/MIME",
        b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
        "it is encrypted (PGP/MIME)",
    ),
    (
        "PGP/MIME that Exchange has mixed",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n"
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--",
        "it is encrypted (PGP/MIME)",
    ),
    (
        "PGP in the text",
        b"\r\n\r\n \r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n",
        "it is encrypted (PGP)",
    ),
]


@pytest.mark.parametrize(
    ("content", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_only_its_addressee_can_read_is_refused(content: bytes, why: str) -> None:
    assert read(content) == Refusal(554, "5.7.0", f"this mail cannot be texted: {why}")


def test_a_signed_mail_that_breaks_the_limits_is_refused() -> None:
    found = read(smime(strict(DEEP)))
    assert isinstance(found, Refusal)
    assert "nested more than 20 deep" in found.text


def test_certificates_alone_say_nothing() -> None:
    letter = read(b"Subject: My keys\r\n" + smime(b"x", b"certs-only"))
    assert isinstance(letter, Letter)
    assert (letter.body, letter.files) == ("", ())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30",
        b"\x30\x80" * 1000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\xff" + b"\xff" * 300,
        b"\x1f\x81" * 100,
        ber(0x30, SIGNED, ber(0xA0, b"\x30\x80" * 50_000)),
        ber(0x30, SIGNED, ber(0xA0, b"\0\0" * 50_000)),
        strict(INNER, DATA),
    ],
)
def test_octets_that_are_no_signed_data_hold_nothing(octets: bytes) -> None:
    assert signed.signed_content(octets) == b""


# ---------------------------------------------------------------- PGP in the text

CLEAR = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nCall me\n- -- \nJo\n"
    "-----BEGIN PGP SIGNATURE-----\n\niQIzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n"
)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (CLEAR, "Call me\n-- \nJo\n"),
        (f"Hi\n{CLEAR}list footer\n", "Hi\nCall me\n-- \nJo\nlist footer\n"),
        (CLEAR.replace("Hash: SHA512\n", ""), "Call me\n-- \nJo\n"),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nCall me\n", "Call me\n"),
        ("> -----BEGIN PGP MESSAGE-----\n> x\n", "> -----BEGIN PGP MESSAGE-----\n> x\n"),
        (
            "See below\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\nBye",
            "See below\nBye",
        ),
    ],
)
def test_the_armour_of_a_signed_text_goes(text: str, bare: str) -> None:
    assert signed.without_armour(text) == (bare, False)


LONG = "iQIzBAEBCAAdFiEE" * 4


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        pytest.param(
            f"Got\n-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\n{LONG}\n{LONG}\niQI",
            "Got\n",
            id="of a signature that was broken off",
        ),
        pytest.param(
            f"See below\n-----BEGIN PGP MESSAGE-----\n\n{LONG}\n",
            "See below\n",
            id="of a secret that was broken off",
        ),
        pytest.param("Got\n-----BEGIN PGP SIGNATURE-----\n", "Got\n", id="at its first line"),
    ],
)
def test_the_armour_goes_if_the_text_ends_within_it(text: str, bare: str) -> None:
    assert signed.without_armour(text) == (bare, False)


@pytest.mark.parametrize(
    "text",
    [
        "Got\n-----BEGIN PGP SIGNATURE-----\nbut no end: host web1 down",
        "-----BEGIN PGP MESSAGE-----\nwas found in the log of web1",
        f"-----BEGIN PGP MESSAGE-----\n{LONG}\nwas found in the log of web1",
        "-----BEGIN PGP MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\ndown",
        "-----BEGIN PGP MESSAGE-----\nHost: web1",
    ],
)
def test_a_line_that_only_tells_of_armour_stays(text: str) -> None:
    assert signed.without_armour(text) == (text, False)


def test_armour_that_ends_goes_below_a_line_that_only_tells_of_it() -> None:
    told = "-----BEGIN PGP MESSAGE-----\nis what you look for:\n"
    assert signed.without_armour(told + CLEAR) == (f"{told}Call me\n-- \nJo\n", False)


def test_a_secret_that_was_broken_off_is_refused() -> None:
    found = read(f"Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\n{LONG}\n{LONG}".encode())
    assert found == Refusal(554, "5.7.0", "this mail cannot be texted: it is encrypted (PGP)")
