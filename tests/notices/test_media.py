"""Files of an MMS are told apart by their octets, and get names that no machine trips over."""

import email
import time

import pytest

from bridge.core.about import About
from bridge.core.events import MmsReceived
from bridge.core.model import Part
from bridge.core.policy import Policy
from bridge.notices.media import sniffed, text_of
from bridge.notices.neutral import file_name, preview, snippet
from bridge.notices.render import render

OCTETS = "application/octet-stream"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"GIF89a....", "image/gif"),
        (b"GIF87a....", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0", "image/heic"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"#!AMR-WB\n\x3c", "audio/amr-wb"),
        (b"ID3\x03\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x44", "audio/mpeg"),
        (b"\0\0\0\x18ftyp3gp4\0\0", "video/3gpp"),
        (b"\0\0\0\x18ftyp3g2a\0\0", "video/3gpp2"),
        (b"\0\0\0\x18ftypisom\0\0", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0", "audio/mp4"),
        (b"BEGIN:VCARD\r\nVERSION:2.1\r\n", "text/vcard"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"Hello", "text/plain"),
        ("Grüße".encode(), "text/plain"),
        ("Grüße".encode("cp1252"), "text/plain"),
        ("Hi".encode("utf-16"), "text/plain"),
        (b"\xef\xbb\xbfHello", "text/plain"),
        (b"", "text/plain"),
        (b"a" * 9000 + b"\0", OCTETS),
        (b"ERR: that is what the note says", "text/plain"),
        (b"<html><body>x", OCTETS),
        (b" \r\n<!DOCTYPE html>", OCTETS),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", OCTETS),
        (b"<?xml version='1.0'?><svg/>", OCTETS),
        (b"\xef\xbb\xbf<script>", OCTETS),
        ("<html>".encode("utf-16"), OCTETS),
        (b"<smil><head/></smil>", "application/smil"),
        (b"<?xml version='1.0'?>\n<!-- x --><!DOCTYPE smil>\n<SMIL >", "application/smil"),
        (b"<html><smil>", OCTETS),
        (b"MZ\x90\0\x03", OCTETS),
        (b"PK\x03\x04", OCTETS),
        (b"\x1f\x8b\x08", OCTETS),
    ],
)
def test_octets_say_what_a_file_is(body: bytes, media_type: str) -> None:
    assert sniffed(Part("x.jpg", "image/jpeg", body)).media_type == media_type


@pytest.mark.parametrize("name", ["x.html", "X.HTM", "x.svg ", "x.js", "x.xhtml"])
def test_words_under_a_name_that_a_browser_opens_are_octets(name: str) -> None:
    assert sniffed(Part(name, "text/plain", b"alert(1)")).media_type == OCTETS


def test_hostile_markup_is_told_apart_at_once() -> None:
    begun = time.perf_counter()

    sniffed(Part("x", "", b"<!-->" * 1000))
    sniffed(Part("x", "", b"<?xml " * 1000))

    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize(
    ("name", "extensions", "safe"),
    [
        ("photo.jpg", (".jpg", ".jpeg"), "photo.jpg"),
        ("photo.JPEG", (".jpg", ".jpeg"), "photo.JPEG"),
        ("photo.exe", (".jpg",), "photo.exe.jpg"),
        ("page.html", (".bin",), "page.html.bin"),
        ("../../etc/cron.d/x", (".bin",), "x.bin"),
        ("C:\\Windows\\a.gif", (".gif",), "a.gif"),
        ("a\r\nContent-Type: text/html", (".gif",), "html.gif"),
        ("a\0b.gif", (".gif",), "a_b.gif"),
        ("gpj.\u202etxt.gif", (".gif",), "gpj._txt.gif"),
        ("Überraschung.gif", (".gif",), "berraschung.gif"),
        ("con.gif", (".gif",), "file_con.gif"),
        ("NUL", (".bin",), "file_NUL.bin"),
        ("", (".gif",), "file.gif"),
        ("...", (".gif",), "file.gif"),
        (".gif", (".gif",), "gif.gif"),
        ("x" * 4096 + ".gif", (".gif",), "x" * 54 + ".gif"),
    ],
)
def test_a_name_is_plain_and_fits_its_octets(
    name: str, extensions: tuple[str, ...], safe: str
) -> None:
    assert file_name(name, extensions, ()) == safe


def test_two_files_of_one_name_get_two_names() -> None:
    assert file_name("a.gif", (".gif",), {"a.gif", "a-2.gif"}) == "a-3.gif"


def test_every_file_arrives_whole_under_its_own_name(policy: Policy) -> None:
    bodies = [b"GIF89a" + bytes([n]) * 100 for n in range(3)]
    event = MmsReceived("447700900123", "Hi", "1", ("a.gif",) * 3, "", "", "", 1795182605.0)
    parts = tuple(Part("a.gif", "text/html", body) for body in bodies)

    notice = render(event, policy, about=About(), parts=parts, key="k", recipients=("jo@x.org",))

    assert notice is not None
    _, _, *files = email.message_from_bytes(notice.content).walk()
    assert [each.get_filename() for each in files] == ["a.gif", "a-2.gif", "a-3.gif"]
    assert [each.get_payload(decode=True) for each in files] == bodies
    assert {each.get_content_type() for each in files} == {"image/gif"}


@pytest.mark.parametrize(
    ("files", "fetched", "said"),
    [
        (("a.gif",), ("a.gif",), None),
        (
            ("a.gif", "b.gif"),
            ("a.gif",),
            "[1 of 2 files missing: the gateway did not hand over b.gif]",
        ),
        (("",), (), "[1 of 1 files missing: the gateway did not hand over (no name)]"),
        (
            tuple(f"{n}.gif" for n in range(30)),
            tuple(f"{n}.gif" for n in range(18)),
            "[12 of 30 files missing: the gateway did not hand over "
            + ", ".join(f"{n}.gif" for n in range(18, 28))
            + " and 2 more]",
        ),
    ],
)
def test_the_mail_says_which_files_are_missing(
    files: tuple[str, ...], fetched: tuple[str, ...], said: str | None, policy: Policy
) -> None:
    event = MmsReceived("447700900123", "Hi", "1", files, "", "", "", 1795182605.0)
    parts = tuple(Part(name, "", b"GIF89a") for name in fetched)

    notice = render(event, policy, about=About(), parts=parts, key="k", recipients=("jo@x.org",))

    assert notice is not None
    assert (b"missing" in notice.content) is (said is not None)
    assert (said or "").encode() in notice.content


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "café"),
        (b"caf\xe9 au lait", "café au lait"),
        ("café".encode("utf-16"), "café"),
        (b"\0\1\2", None),
    ],
)
def test_the_charset_of_a_text_is_found(body: bytes, text: str | None) -> None:
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Hi Sam", 40, "Hi Sam"),
        ("Hi Sam,\ncan you call me about Friday?", 27, "Hi Sam, can you call me..."),
        ("unbroken" * 10, 20, "unbrokenunbrokenu..."),
        ("", 40, ""),
    ],
)
def test_a_snippet_ends_at_a_word(text: str, limit: int, short: str) -> None:
    assert snippet(text, limit) == short


def test_a_preview_is_printable() -> None:
    assert preview(b"a=\xff\x1b[0m\nb" + b"c" * 10, 10) == "a=\\xff\\x1b[0m\nbc..."
