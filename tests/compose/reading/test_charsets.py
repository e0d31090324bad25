"""Octets to characters, whatever a mail says of its charset."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from bridge.compose.reading import charsets, mending
from bridge.core.model import Refusal, Text, Unicode
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]


def mail(*lines: bytes, subject: bytes = b"Friday") -> bytes:
    """A mail of these lines; an empty one ends the headers."""
    return b"Subject: " + subject + b"\r\n" + b"\r\n".join(lines) + b"\r\n"


def declared(charset: bytes, body: bytes) -> bytes:
    return mail(b"Content-Type: text/plain; charset=" + charset, b"", body)


def page(charset: str, words: bytes) -> bytes:
    """HTML that names its charset."""
    named = f"text/html; charset={charset}"
    return f'<meta http-equiv="Content-Type" content="{named}"><p>'.encode() + words


ROWS = [
    # ---- charsets
    ("UTF-8", declared(b"utf-8", "¡Olé!".encode()), "¡Olé!"),
    ("Latin-1 is windows-1252", declared(b"iso-8859-1", b"caf\xe9 \x80 5"), "café € 5"),
    (
        "windows-1252 with curly quotes",
        declared(b"windows-1252", b"it\x92s \x93ok\x94"),
        'it\'s "ok"',
    ),
    ("ISO-8859-15", declared(b"iso-8859-15", b"\xa4 5"), "€ 5"),
    ("ASCII that is UTF-8", declared(b"us-ascii", "Øre".encode()), "Øre"),
    ("UTF-8 that is windows-1252", declared(b"utf-8", b"caf\xe9 au lait"), "café au lait"),
    ("undeclared UTF-8", mail(b"", "Größe".encode()), "Größe"),
    (
        "undeclared windows-1252",
        mail(b"", "Größe und Übermut".encode("cp1252")),
        "Größe und Übermut",
    ),
    (
        "undeclared windows-1251",
        mail(b"", "Привет, как дела сегодня? Позвони мне".encode("cp1251")),
        "Привет, как дела сегодня? Позвони мне",
    ),
    ("a pound sign is not Cyrillic", mail(b"", "It’s £5 – ok".encode("cp1252")), "It's £5 - ok"),
    ("an ñ is not Lithuanian", mail(b"", "Mañana, señor".encode("cp1252")), "Mañana, señor"),
    ("two marks are not Czech", mail(b"", "©2026 ACME®".encode("cp1252")), "©2026 ACME®"),
    (
        "undeclared windows-1250",
        mail(b"", "Příliš žluťoučký kůň".encode("cp1250")),
        "Příliš žluťoučký kůň",
    ),
    ("GB2312 read as GB18030", declared(b"gb2312", "你好 𠮷".encode("gb18030")), "你好 𠮷"),
    ("Shift_JIS read as cp932", declared(b"Shift_JIS", "①番".encode("cp932")), "①番"),
    ("ISO-2022-JP", declared(b"iso-2022-jp", "日本語".encode("iso2022_jp")), "日本語"),
    (
        "ISO-2022-JP that is UTF-8",
        declared(b"iso-2022-jp", "日本語のメールです".encode()),
        "日本語のメールです",
    ),
    ("KOI8-R", declared(b"koi8-r", "Привет".encode("koi8_r")), "Привет"),
    (
        "UTF-16 in base64",
        mail(
            b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64",
            b"",
            base64.b64encode("Olé".encode("utf-16")),
        ),
        "Olé",
    ),
    # ---- other charsets, by their usual names
    ("Big5", declared(b"big5", "你好，今天下午見".encode("big5")), "你好，今天下午見"),
    ("EUC-KR", declared(b"euc-kr", "안녕하세요".encode("cp949")), "안녕하세요"),
    ("ks_c_5601-1987", declared(b"ks_c_5601-1987", "똠방각하".encode("cp949")), "똠방각하"),
    ("EUC-JP", declared(b"EUC-JP", "日本語".encode("euc_jp")), "日本語"),
    ("GB18030 by another name", declared(b"x-gbk", "你好".encode("gbk")), "你好"),
    ("windows-1250", declared(b"windows-1250", "Łódź, źle".encode("cp1250")), "Łódź, źle"),
    ("windows-1251", declared(b"cp1251", "Привет".encode("cp1251")), "Привет"),
    ("windows-1253", declared(b"windows-1253", "Καλημέρα".encode("cp1253")), "Καλημέρα"),
    ("windows-1254", declared(b"windows-1254", "Işık".encode("cp1254")), "Işık"),
    ("windows-1255", declared(b"windows-1255", "שלום".encode("cp1255")), "שלום"),
    ("windows-1256", declared(b"windows-1256", "مرحبا".encode("cp1256")), "مرحبا"),
    ("windows-1257", declared(b"windows-1257", "Ačiū, žmogau".encode("cp1257")), "Ačiū, žmogau"),
    ("windows-1258", declared(b"windows-1258", "Đi đâu".encode("cp1258")), "Đi đâu"),
    ("ISO-8859-2", declared(b"iso_8859-2", "Łódź".encode("iso8859_2")), "Łódź"),
    ("TIS-620", declared(b"tis-620", "สวัสดี".encode("cp874")), "สวัสดี"),
    ("a quoted name", declared(b"'utf-8'", "Øre".encode()), "Øre"),
    # ---- Japanese Windows in ISO-2022-JP
    ("NEC's row", declared(b"iso-2022-jp", b"\x1b$B-!-j\x1b(B"), "①㈱"),
    ("IBM's kanji", declared(b"iso-2022-jp", b"\x1b$B|b66\x1b(B"), "髙橋"),
    ("katakana of half the width", declared(b"iso-2022-jp", b"a\x1b(I6E\x1b(B b"), "aｶﾅ b"),
    ("an escape alone", declared(b"iso-2022-jp", b"a\x1b$B"), "a"),
    # ---- declared in error
    ("UTF-8 that says Latin-1", declared(b"iso-8859-1", "café — €5".encode()), "café - €5"),
    ("UTF-8 that says KOI8-R", declared(b"koi8-r", "Привет".encode()), "Привет"),
    (
        "UTF-16 that says UTF-8",
        mail(
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
            b"",
            base64.b64encode("Olé".encode("utf-16")),
        ),
        "Olé",
    ),
    (
        "UTF-16 without a mark",
        mail(
            b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64",
            b"",
            base64.b64encode("Привет, Olé".encode("utf-16-be")),
        ),
        "Привет, Olé",
    ),
    ("UTF-7 is read as it stands", declared(b"utf-7", b"caf+AOk-"), "caf+AOk-"),
    ("a charset that is a bomb", declared(b"punycode", "Øre".encode()), "Øre"),
    ("a charset that is none", declared(b"zlib_codec", b"Hi"), "Hi"),
    ("a charset with NUL", declared(b'"utf-8\0x"', "Øre".encode()), "Øre"),
    # ---- undeclared, but in the page
    (
        "HTML that names windows-1251",
        mail(
            b"Content-Type: text/html",
            b"",
            page("windows-1251", "Привет, завтра в пять".encode("cp1251")),
        ),
        "Привет, завтра в пять",
    ),
    (
        "HTML that names GB2312",
        mail(b"Content-Type: text/html", b"", page("gb2312", "会议三点".encode("gbk"))),
        "会议三点",
    ),
    (
        "HTML that names another charset than its own",
        mail(b"Content-Type: text/html", b"", page("gb2312", "Größe".encode())),
        "Größe",
    ),
    (
        "HTML that names UTF-16, in which it would not be read",
        mail(b"Content-Type: text/html", b"", page("utf-16", "Größe".encode("cp1252"))),
        "Größe",
    ),
    (
        "a charset of the header before that of the page",
        mail(
            b"Content-Type: text/html; charset=windows-1252",
            b"",
            page("windows-1251", "Größe".encode("cp1252")),
        ),
        "Größe",
    ),
    (
        "HTML with little text and many tags",
        mail(
            b"Content-Type: text/html",
            b"",
            b"<style>p{color:red}</style>" * 9
            + b"<p class=MsoNormal>" * 9
            + "Привет, завтра в пять, как всегда у нас".encode("cp1251"),
        ),
        "Привет, завтра в пять, как всегда у нас",
    ),
    # ---- less usual charsets
    (
        "Macintosh Cyrillic",
        declared(b"x-mac-cyrillic", "Встреча".encode("mac_cyrillic")),
        "Встреча",
    ),
    ("DOS Hebrew", declared(b"dos-862", "שלום".encode("cp862")), "שלום"),
    ("HZ", declared(b"hz-gb-2312", b"~{;aRi~} at 4"), "会议 at 4"),
    ("a tilde that is no HZ", declared(b"hz-gb-2312", b"about ~5"), "about ~5"),
    # ---- right but for a few octets
    ("UTF-8, cut", declared(b"utf-8", "Grüße ü".encode()[:-1]), "Grüße"),
    (
        "UTF-8, cut in its only character",
        declared(b"utf-8", "It has 41°".encode()[:-1]),
        "It has 41",
    ),
    ("UTF-8, cut in a dash", mail(b"", "Call me –".encode()[:-1]), "Call me"),
    ("UTF-8, cut in an emoji", mail(b"", "Call me 👍".encode()[:-1]), "Call me"),
    (
        "a stray octet in UTF-8",
        declared(b"utf-8", "Gerät Büro \xff: Prüfung".encode().replace(b"\xc3\xbf", b"\xff")),
        "Gerät Büro : Prüfung",
    ),
    ("an undeclared text with a stray octet", mail(b"", "Größe".encode() + b" \xff 5"), "Größe 5"),
    (
        "a few in many",
        declared(b"utf-8", "Größe ".encode() * 30 + b"\xfe \xff."),
        ("Größe " * 30) + ".",
    ),
    (
        "a footer in windows-1252 below UTF-8",
        declared(
            b"utf-8", "Grüße\r\n\r\n".encode() + "Büro Müller, Köln, Straße 5".encode("cp1252")
        ),
        "Grüße\nBüro Müller, Köln, Straße 5",
    ),
    ("GB2312, cut", declared(b"gb2312", "会议三点".encode("gbk")[:-1]), "会议三"),
    ("Big5, cut", declared(b"big5", "今天下午見".encode("big5")[:-1]), "今天下午"),
    ("Shift_JIS, cut", declared(b"shift_jis", "明日の会議".encode("cp932")[:-1]), "明日の会"),
    ("EUC-KR, cut", declared(b"euc-kr", "내일 회의".encode("cp949")[:-1]), "내일 회"),
    # ---- which are no flaws
    ("Latin-1 that ends in é", declared(b"iso-8859-1", b"caf\xe9"), "café"),
    (
        "windows-1252 that says UTF-8 and ends in é",
        declared(b"utf-8", b"Come to the caf\xe9"),
        "Come to the café",
    ),
    ("capitals in windows-1252 that say UTF-8", declared(b"utf-8", b"AMANH\xc3"), "AMANHÃ"),
    (
        "windows-1252 that says UTF-8, with several letters",
        declared(b"utf-8", "Größe für später".encode("cp1252")),
        "Größe für später",
    ),
    (
        "windows-1252 that says GB2312",
        declared(b"gb2312", "señor, mañana £5".encode("cp1252")),
        "señor, mañana £5",
    ),
    # ---- characters that no text may hold
    ("controls", mail(b"", b"a\0b\x07c\x1bd\x7f"), "abcd"),
    (
        "a terminal's colours",
        mail(b"", b"\x1b[1;31mERROR\x1b[0m disk\x1b(B full"),
        "ERROR disk full",
    ),
    ("a terminal's title", mail(b"", b"\x1b]0;jo@web1\x07Hi"), "Hi"),
    ("an escape that nothing ends", mail(b"", b"Hi \x1b]Sam \x1b[1"), "Hi ]Sam [1"),
    (
        "line and paragraph separators",
        declared(b"utf-8", "a\u2028b\u2029c\x0bd".encode()),
        "a\nb\nc\nd",
    ),
    ("bidirectional overrides", declared(b"utf-8", "a\u202eb\u2066c".encode()), "abc"),
]


@pytest.mark.parametrize(("content", "text"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_text_reads(send: Compose, content: bytes, text: str) -> None:
    found = send(content)
    assert isinstance(found, Mail)
    sent = found.submissions[0].content
    assert isinstance(sent, Text | Unicode)
    assert sent.text == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?q?caf=C3=A9?=", "café"),
        (b"=?UTF-8?B?Y2Fmw6k=?= =?UTF-8?Q?_=E2=82=AC5?=", "café €5"),
        pytest.param(
            b"=?utf-8?q?caf=C3?=\r\n =?utf-8?q?=A9?=", "café", id="a character in two words"
        ),
        pytest.param(b"a =?utf-8?q?b?= c", "a b c", id="spaces beside other words stay"),
        pytest.param(b"=?gb2312*zh?b?xOO6ww==?=", "你好", id="with a language"),
        pytest.param(b"=?punycode?q?caf=E9?=", "café", id="a charset off the list"),
        pytest.param(b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x", id="a line end inside"),
        pytest.param("Größe".encode(), "Größe", id="raw UTF-8"),
        pytest.param(b"Gr\xf6\xdfe und \xdcbermut", "Größe und Übermut", id="raw windows-1252"),
        pytest.param(
            b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= =?iso-2022-jp?b?GyRCOGwbKEI=?=",
            "日本語",
            id="Japanese in two words",
        ),
        pytest.param(
            b"=?shift_jis?b?k/qWew==?= =?koi8-r?q?=F0=D2=C9=D7=C5=D4?=",
            "日本Привет",
            id="two charsets",
        ),
        pytest.param(b"=?utf-8?b?a", "=?utf-8?b?a", id="no encoded word"),
        pytest.param(b"=?utf-8?b?a?=", "", id="base64 of nothing"),
        pytest.param(b"folded\r\n  here", "folded here", id="folded"),
        pytest.param("Grüße".encode() + b" \xc3", "Grüße", id="raw UTF-8, cut"),
        pytest.param(b"\x1b[31mERROR\x1b[0m", "ERROR", id="a terminal's colours"),
    ],
)
def test_a_subject_means(send: Compose, raw: bytes, text: str) -> None:
    found = send(mail(b"", b"words", subject=raw))
    assert isinstance(found, Mail)
    assert found.conversation.subject == text


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        (b"windows-1251", "Тест".encode("cp1251"), "Тест"),
        (b"koi8-r", "Тест".encode("koi8_r"), "Тест"),
        (b"gb2312", "你好".encode("gbk"), "你好"),
        (b"shift_jis", "日本".encode("cp932"), "日本"),
        (b"euc-kr", "안녕".encode("cp949"), "안녕"),
        (b"windows-1251", "Тест".encode(), "Тест"),
        (b"unknown-8bit", "Größe".encode("cp1252"), "Größe"),
    ],
)
def test_a_raw_subject_is_read_as_the_body_is(
    send: Compose, charset: bytes, raw: bytes, text: str
) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    body = b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\nHi"
    found = send(mail(head + body, subject=raw))
    assert isinstance(found, Mail)
    assert found.conversation.subject == text


GONE = "\0\a\x1b\x7f\x9f\xad\u202a\u202e\u2066\u2069\ufeff\ufff9\ufffc\ufffe\uffff\ud800"
CONTROLS_THAT_PART_WORDS = "\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize("words", ["up", "grün"])
@pytest.mark.parametrize("character", GONE, ids=map(ascii, GONE))
def test_what_nobody_is_to_see_goes_from_a_text_and_from_a_line(words: str, character: str) -> None:
    assert charsets.clean(f"{words}{character}\n{words}") == f"{words}\n{words}"
    assert charsets.clean_line(f"{words}{character} {words}") == f"{words} {words}"


@pytest.mark.parametrize("words", ["up", "grün"])
@pytest.mark.parametrize(
    "character", CONTROLS_THAT_PART_WORDS, ids=map(ascii, CONTROLS_THAT_PART_WORDS)
)
def test_what_parts_words_parts_them_still(words: str, character: str) -> None:
    assert charsets.clean(f"{words}{character}{words}").split() == [words, words]
    assert charsets.clean_line(f"{words}{character}{words}") == f"{words} {words}"


def test_what_can_be_seen_stays() -> None:
    seen = "".join(c for c in map(chr, range(0x30000)) if c.isprintable() and c != "\ufffc")
    assert charsets.clean(f"{seen}\n{seen}") == f"{seen}\n{seen}"
    assert charsets.clean_line(seen.strip()) == seen.strip()
    assert charsets.clean_line(f"{seen.strip()}\0") == seen.strip(), "one control beside them"


@pytest.mark.parametrize(
    ("raw", "charset", "found"),
    [
        (b"Hi", "", "utf-8"),
        (b"caf\xe9", "iso-8859-1", "windows-1252"),
        ("café".encode(), "iso-8859-1", "utf-8"),
        (b"caf\xe9 au lait", "utf-8", "windows-1252"),
        (b"Hi", "klingon", "utf-8"),
        ("Grüße".encode() + b"\xc3", "utf-8", "utf-8 but for a few octets"),
    ],
)
def test_the_charset_that_was_read_is_told(raw: bytes, charset: str, found: str) -> None:
    assert charsets.recognised(raw, charset)[1] == found


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("неё", "koi8_r"),
        ("Ещё её", "koi8_r"),
        ("电话\n准时", "gbk"),
        ("模\n三点 请", "gbk"),
        ("内容", "cp932"),
        ("«МТВ»", "cp1251"),
        ("«ναι»", "cp1253"),
        ("“café”", "cp1252"),
        ("café…", "cp1252"),
        ("ÃO", "cp1252"),
    ],
)
def test_what_is_in_another_charset_is_not_taken_for_flawed_utf_8(text: str, charset: str) -> None:
    assert mending.mended(text.encode(charset), "utf-8", declared=False) is None
    assert mending.mended(text.encode(charset), "utf-8", declared=True) is None
