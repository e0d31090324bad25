"""Transfer encodings: as mailers write them, and as a text shows them that says nothing."""

from __future__ import annotations

import base64

import pytest

from bridge.compose.reading import letters, mime, transfer
from bridge.compose.reading.letters import Letter

WORDS = "Hi Sam, the price is £10."
IN_BASE64 = base64.encodebytes(f"{WORDS} See you at four, as always.".encode() * 2).decode()
IN_QP = "Hi Sam, the price is =C2=A310."


def text(encoding: str, body: str | bytes, kind: str = "text/plain; charset=utf-8") -> str:
    """What a mail of this body says; `encoding` is its header's value, "" for no header."""
    head = f"Content-Type: {kind}\r\n"
    head += f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    octets = body.encode() if isinstance(body, str) else body
    entity = mime.parse(head.encode() + b"\r\n" + octets.replace(b"\n", b"\r\n"))
    assert isinstance(entity, mime.Entity)
    letter = letters.read(entity)
    assert isinstance(letter, Letter)
    return letter.body


@pytest.mark.parametrize(
    "encoding",
    [
        *("quoted-printable", "Quoted-Printable", " quoted-printable ", "quoted-printable;"),
        *('"quoted-printable"', "'quoted-printable'", "quoted printable", "Quoted_Printable"),
        *("quoted-printable (RFC 2045)", "quoted-printable; format=flowed"),
    ],
)
def test_quoted_printable_may_be_written_in_many_ways(encoding: str) -> None:
    assert text(encoding, IN_QP) == WORDS


@pytest.mark.parametrize("encoding", ["base64", "BASE64;", '"base64"', "base64 (x)", "base64\t"])
def test_base64_may_be_written_in_many_ways(encoding: str) -> None:
    assert text(encoding, base64.b64encode(WORDS.encode())) == WORDS


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "rot13", "8bit; base64", "="])
def test_what_is_declared_to_be_none_is_read_as_it_stands(encoding: str) -> None:
    assert text(encoding, IN_QP) == IN_QP
    assert text(encoding, IN_BASE64) == IN_BASE64.strip()


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        pytest.param("base64", "Hi Sam, call me.", "Hi Sam, call me.", id="plain words"),
        pytest.param(
            "base64",
            "Backup failed\non host web1\nat 04:00",
            "Backup failed\non host web1\nat 04:00",
            id="lines",
        ),
        pytest.param("base64", "CRITICAL", "CRITICAL", id="a word"),
        pytest.param("base64", "OK", "OK", id="a short word"),
        pytest.param("base64", "SGVsbG8=", "Hello", id="base64"),
        pytest.param("base64", "SGVsbG8gd29ybG", "Hello worl", id="base64, broken off"),
        pytest.param("base64", "SGVs bG8 =", "Hello", id="base64 with spaces"),
        pytest.param("base64", "SGVs!bG8=", "Hello", id="base64 with what is none of it"),
        pytest.param("base64", base64.b64encode("Größe".encode("cp1252")), "Größe", id="not UTF-8"),
        pytest.param(
            "base64", base64.b64encode(b"a\0b\x01c\x02" * 30), "abc" * 30, id="many controls"
        ),
        pytest.param("base64", "", "", id="nothing"),
    ],
)
def test_what_says_base64_is_decoded_if_it_looks_so(
    encoding: str, body: str | bytes, words: str
) -> None:
    assert text(encoding, body) == words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            IN_BASE64, f"{WORDS} See you at four, as always." * 2, id="all of it is base64"
        ),
        pytest.param(IN_QP, WORDS, id="a letter in UTF-8"),
        pytest.param("=E2=80=93 10=3D10", "\u2013 10=10", id="a dash, and an = that is escaped"),
        pytest.param("Caf=C3=A9,=20\nat four", "Café, \nat four", id="a space at a line's end"),
        pytest.param("m=C3=B6chte=20\ndu?", "möchte \ndu?", id="a letter within a word"),
        pytest.param(
            "Hi Sam, this is a long line that some mailer broke before its 76th octet=\n, so.",
            "Hi Sam, this is a long line that some mailer broke before its 76th octet, so.",
            id="a line broken at its length",
        ),
    ],
)
def test_an_undeclared_encoding_is_seen(body: str, words: str) -> None:
    assert text("", body) == words


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("a=3D b", id="a single escape, which may be meant"),
        pytest.param("a=10 b=20 mode=3D", id="assignments"),
        pytest.param("x=3D y=3D z=nothing", id="escapes and others"),
        pytest.param("R0=3D\nR1=3D\nR2=40", id="registers in hexadecimal"),
        pytest.param("MODE=3D VIEW=3D", id="the same word twice"),
        pytest.param('set "MODE=3D" and "VIEW=3D"', id="in quotes"),
        pytest.param("field=C3=A9 count=20", id="a count at the end"),
        pytest.param("field=C3=A9 count=20\nand more", id="a count at a line's end"),
        pytest.param("field=C3=A9 mode=on", id="what could be a letter, and an assignment"),
        pytest.param("Report\n=======\nall fine", id="a row of ="),
        pytest.param("2+2=\n4", id="a short line that ends in ="),
        pytest.param("https://e.example/?a=C3&b=A9", id="an address"),
        pytest.param("d41d8cd98f00b204e9800998ecf8427e", id="a hash"),
        pytest.param("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", id="long"),
        pytest.param("alpha\nbravo\ncharlie\ndelta\necho1\nfoxtrot\ngolf", id="a list of words"),
        pytest.param("internationalization", id="a long word"),
        pytest.param("SGVsbG8gU2Ft", id="short base64: a code perhaps"),
        pytest.param(f"{IN_BASE64}-- \nJo", id="base64 and words"),
    ],
)
def test_what_only_looks_encoded_stays(body: str) -> None:
    assert text("", body) == body.strip()


def test_html_whose_attributes_are_escaped_is_decoded() -> None:
    page = '<p>See <a href=3D"https://e.example/">here</a></p>'
    assert text("", page, "text/html") == "See here (https://e.example/)"


def test_an_attached_file_is_not_guessed_at() -> None:
    raw = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=key.txt\r\n\r\n"
    entity = mime.parse(raw + IN_BASE64.encode())
    assert isinstance(entity, mime.Entity)
    assert entity.octets() == IN_BASE64.encode()


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        pytest.param(b"SGVsbG8gU2FtLA==\nIHNlZSB5b3U=\n", b"Hello Sam, see you", id="by line"),
        pytest.param(b"SGVsbG8gU2FtLA==IHNlZSB5b3U=", b"Hello Sam, see you", id="in one line"),
        pytest.param(b"SGVsbG8gU2FtLA==\nIHNlZSB5b3Uu", b"Hello Sam, see you.", id="no padding"),
        pytest.param(b"SGVsbG8=\n-- \nA list of mine\n", b"Hello", id="a footer"),
        pytest.param(b"SGVsbG8=\nfooter1", b"Hello", id="not whole"),
        pytest.param(b"=", b"", id="padding alone"),
        pytest.param(b"S", b"", id="one digit"),
    ],
)
def test_base64_goes_on_behind_its_padding(raw: bytes, octets: bytes) -> None:
    assert transfer.from_base64(raw) == octets


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        (b"goes =\non", b"goes on"),
        (b"goes =  \t \non", b"goes on"),
        (b"goes on= ", b"goes on"),
        (b"50% = good =ZZ", b"50% = good =ZZ"),
    ],
)
def test_a_line_goes_on_whatever_spaces_were_added(raw: bytes, octets: bytes) -> None:
    assert transfer.from_quoted_printable(raw) == octets


@pytest.mark.parametrize(
    ("encoding", "body", "note"),
    [
        ("", IN_QP, ("the text is quoted-printable and does not say so: decoded",)),
        ("base64", "Hi Sam, call me", ("the text says base64 and is none: read as it stands",)),
        ("base64", "SGVsbG8=", ()),
    ],
)
def test_an_encoding_other_than_declared_is_told(
    encoding: str, body: str, note: tuple[str, ...]
) -> None:
    raw = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    entity = mime.parse(f"{raw}Subject: x\r\n\r\n{body}".encode())
    assert isinstance(entity, mime.Entity)
    letter = letters.read(entity)
    assert isinstance(letter, Letter)
    assert letter.notes == note
