"""T20, T21, T22: hostile structure, headers, parameters and charsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.content.octets import beside, file, mail, multipart, nested, page, plain, typed

MIB = 1024 * 1024


def named(name: bytes) -> bytes:
    """A mail of words and a card of that name."""
    return beside(file(name, b"text/vcard", b"BEGIN:VCARD"))


def charset(name: bytes) -> bytes:
    """A mail that says it is in a charset, with octets in which some codecs would take long."""
    said = b"text/plain; charset=" + name
    return typed(said, b"D\xfcsseldorf \xe2\x82\xac\r\n" + b"xn--ab" * 30_000)


STRUCTURE: Mapping[str, Callable[[], bytes]] = {
    "T20 nested 50 deep": lambda: beside(nested(50)),
    "T20 nested 300 deep": lambda: beside(nested(300)),
    "T20 nested 1,000 deep": lambda: beside(nested(1000)),
    "T20 nested 10,000 deep": lambda: beside(nested(10_000)),
    "T20 nested 50 deep, and no words": lambda: (
        mail(b"").replace(b"\r\n\r\n", b"\r\n") + nested(50)
    ),
    "T20 100,000 parts": lambda: multipart([b""] * 100_000),
    "T20 100,000 parts below the words": lambda: multipart((plain(b"Words\r\n"), *[b""] * 100_000)),
    "T20 600 parts of text": lambda: multipart(plain(b"Words %d\r\n" % n) for n in range(600)),
    "T20 400 parts of 20 kB of text": lambda: multipart([plain(b"ab cd\r\n" * 3000)] * 400),
    "T20 400 parts in an unknown charset": lambda: multipart(
        [plain(b"\xff\xe9a\r\n" * 4000)] * 400
    ),
    "T20 a mail in a mail, 10,000 deep": lambda: typed(
        b"message/rfc822", b"Content-Type: message/rfc822\r\n\r\n" * 10_000
    ),
    "T20 a mail in a mail, beside words": lambda: beside(
        b"Content-Type: message/rfc822\r\n\r\n" * 10_000
    ),
    "T20 100,000 headers": lambda: mail(b"X-A: b\r\n" * 100_000),
    "T20 900 headers": lambda: mail(b"X-A: b\r\n" * 900),
    "T20 a header of 1 MB": lambda: mail(b"X-A: " + b"a" * MIB + b"\r\n"),
    "T20 a part with a header of 1 MB": lambda: beside(b"X-A: " + b"a" * MIB + b"\r\n\r\nHi"),
    "T20 a part with 100,000 headers": lambda: beside(b"X-A: b\r\n" * 100_000 + b"\r\nHi"),
    "T20 a subject of 200 kB": lambda: mail(b"Subject: " + b"a" * 200_000 + b"\r\n"),
    "T20 a header folded 900 times": lambda: mail(b"X-A: b\r\n" + b" c\r\n" * 900),
    "T20 20,000 encoded words": lambda: mail(b"Comments: " + b"=?utf-8?q?a?= " * 18_000 + b"\r\n"),
    "T20 a subject of encoded words": lambda: (
        b"Subject: " + b"=?utf-8?q?=c3?= " * 15_000 + b"\r\n\r\nHi\r\n"
    ),
    "T20 a subject of half encoded words": lambda: (
        b"Subject: " + b"=?a?q?" * 40_000 + b"\r\n\r\nHi\r\n"
    ),
    "T20 comments in From": lambda: b"From: " + b"(" * 60_000 + b"\r\nSubject: x\r\n\r\nHi\r\n",
    "T20 comments in Content-Type": lambda: typed(b"text/plain " + b"(" * 9000, b"Hi\r\n"),
    "T20 quotes in From": lambda: b"From: " + b'"' * 60_000 + b"\r\nSubject: x\r\n\r\nHi\r\n",
    "T20 groups in To": lambda: mail(b"To: " + b"a:" * 30_000 + b";" * 30_000 + b"\r\n"),
    "T20 brackets in Message-ID": lambda: mail(b"Message-ID: " + b"<" * 100_000 + b"\r\n"),
    "T20 References": lambda: mail(b"References: " + b"<a@b> " * 40_000 + b"\r\n"),
    "T20 Received 31 times": lambda: mail(b"Received: from a by b; x\r\n" * 31),
    "T20 a boundary in each line": lambda: mail(
        b"Content-Type: multipart/mixed; boundary=b\r\n", b"--bb\r\n" * 800_000
    ),
    "T20 an empty boundary": lambda: typed(b'multipart/mixed; boundary=""', b"--\r\n" * 100_000),
    "T20 a boundary of 9 kB": lambda: typed(
        b"multipart/mixed; boundary=" + b"b" * 9000, (b"--" + b"b" * 9000 + b"\r\n\r\na\r\n") * 500
    ),
    "T20 alternatives of alternatives": lambda: multipart(
        [nested(18, plain(b"Words\r\n")).replace(b"mixed", b"alternative")] * 40, b"alternative"
    ),
    "T20 no empty line": lambda: b"Subject: x\r\n" + (b"a " + b"b" * 250 + b"\r\n") * 990,
    "T20 an empty mail": lambda: b"\r\n",
    "T20 10 MB of empty lines": lambda: mail(body=b"\r\n" * (5 * MIB - 100)),
    "T20 10 MB in a line": lambda: mail(body=b"a" * (10 * MIB - 1000) + b"\r\n"),
    "T20 10 MB of lines": lambda: mail(body=b"ab cd\r\n" * (10 * MIB // 7 - 100)),
    "T21 100,000 continuations": lambda: beside(
        b"Content-Type: image/png"
        + b"".join(b";\r\n name*%d=a" % n for n in range(980))
        + b"\r\n\r\nx"
    ),
    "T21 continuations in one line": lambda: beside(
        b"Content-Type: image/png"
        + b"".join(b";name*%d=a" % n for n in range(20_000))
        + b"\r\n\r\nx"
    ),
    "T21 an index of 5,000 digits": lambda: beside(
        file(b"a; filename*" + b"9" * 5000 + b"=a", b"text/vcard", b"BEGIN:VCARD")
    ),
    "T21 a name twice": lambda: beside(
        file(b"a.vcf; filename*0=b; filename*=c", b"text/vcard", b"BEGIN:VCARD")
    ),
    "T21 quotes and semicolons": lambda: beside(
        b'Content-Type: a/b; c="' + b'\\"' * 5000 + b";" * 90_000 + b"\r\n\r\nx"
    ),
    **{
        f"T21 a file named {name}": partial(named, given)
        for name, given in {
            "by a path": b'"../../etc/cron.d/x"',
            "by a Windows path": b'"C:\\\\windows\\\\x.vcf"',
            "by octets of UTF-16": b"x; filename*=utf-16''%FF%FE%00%D8",
            "in an unknown charset": b"x; filename*=rot13''%41%42.vcf",
            "CON": b"CON.vcf",
            "by 4 kB": b"a" * 4096 + b".vcf",
            "from the right": b"x; filename*=utf-8''x%E2%80%AEfcv.exe",
            "by encoded controls": b"x; filename*=utf-8''a%00b%0D%0ABcc%3A%20v.vcf",
            "..": b"..",
        }.items()
    },
    **{
        f"T22 charset {name}": partial(charset, given)
        for name, given in {
            "idna": b"idna",
            "punycode": b"punycode",
            "unicode_escape": b"unicode_escape",
            "raw_unicode_escape": b"raw_unicode_escape",
            "utf-7": b"utf-7",
            "zlib_codec": b"zlib_codec",
            "rot13": b"rot13",
            "base64_codec": b"base64_codec",
            "undefined": b"undefined",
            "mbcs": b"mbcs",
            "of 10 kB": b"x" * 10_000,
            "with a control": b'"utf-8\x01x"',
            "a path": b'"../../os"',
        }.items()
    },
    "T22 a charset in an encoded word": lambda: (
        b"Subject: =?punycode?b?" + b"QUFB" * 400 + b"?=\r\n\r\nHi\r\n"
    ),
    "T22 a charset in a page": lambda: multipart(
        (page(b"<meta charset=unicode_escape><p>D\xfcsseldorf \\x0d\\x0a" + b"\xe9" * 9000),)
    ),
}
