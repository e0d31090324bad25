"""T23 to T28: hostile bodies, files and words."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping

from tests.content import octets
from tests.content.octets import (
    WORDS,
    attribute,
    beside,
    file,
    mail,
    multipart,
    page,
    plain,
    typed,
    winmail,
)

MIB = 1024 * 1024


def html(body: bytes) -> bytes:
    """A mail that is a page, and has the same as words."""
    return multipart((plain(WORDS), page(body)), b"alternative")


def html_alone(body: bytes) -> bytes:
    """A mail that is nothing but a page."""
    return multipart((page(body),))


def picture(name: bytes, kind: bytes, body: bytes) -> bytes:
    """A mail of words and a picture."""
    return beside(file(name, kind, body))


def invitation(lines: bytes) -> bytes:
    """A mail of words and an invitation."""
    begin = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Lunch\r\n"
    end = b"DTSTART:20261120T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    return beside(b"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + begin + lines + end)


FILE = attribute(2, 0x9002, b"") + attribute(2, 0x8010, b"a.txt\0") + attribute(2, 0x800F, b"x")
INVITATION = (
    b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:%d\r\nDTSTART:20261120T120000Z\r\n"
)
STYLES = b"<style>" + b".a{display:none}" * 4000 + b"</style>"

BODIES: Mapping[str, Callable[[], bytes]] = {
    "T23 5 MB of garbage in base64": lambda: typed(
        b"text/plain", b"\xff=" * (5 * MIB // 2), b"base64"
    ),
    "T23 5 MB of padding": lambda: typed(b"text/plain", b"QUI=" * (5 * MIB // 4), b"base64"),
    "T23 5 MB of =": lambda: typed(b"text/plain", b"=" * 5 * MIB, b"quoted-printable"),
    "T23 5 MB of =C3": lambda: typed(b"text/plain", b"=C3" * (5 * MIB // 3), b"quoted-printable"),
    "T23 a uuencode bomb": lambda: typed(b"text/plain", b"M\r\n" * MIB, b"x-uuencode"),
    "T23 uuencode in the text": lambda: mail(body=b"begin 644 a\r\n" * 100_000),
    "T23 uuencoded files": lambda: mail(body=b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n" * 50_000),
    "T23 base64 that says nothing": lambda: mail(body=b"abcd\r\n" * 800_000 + b"!\r\n"),
    "T24 <!-- 100,000 times": lambda: html(b"<!--" * 100_000),
    "T24 <!-- 100,000 times, and nothing else": lambda: html_alone(b"<!--" * 100_000),
    "T24 < 200,000 times": lambda: html(b"<" * 200_000),
    "T24 50,000 nested divs": lambda: html(b"<div>" * 50_000 + b"x"),
    "T24 tables in tables": lambda: html(b"<table><tr><td>x" * 20_000),
    "T24 tables in tables, and nothing else": lambda: html_alone(b"<table><tr><td>x" * 20_000),
    "T24 quotations in quotations": lambda: html(b"<blockquote type=cite>a" * 40_000),
    "T24 bold that is never closed": lambda: html(
        b"".join(b"<b a%d>" % n for n in range(20_000)) + b"<p>x" * 50_000
    ),
    "T24 200,000 attributes": lambda: html(
        b"<p " + b"".join(b"a%d=1 " % n for n in range(200_000)) + b">x"
    ),
    "T24 a script": lambda: html(b"<script>" + b"alert(1);" * 100_000),
    "T24 display:none": lambda: html(b"<p style='display:none'>a" * 40_000 + b"<p>b"),
    "T24 style sheets": lambda: html(STYLES * 14 + b"<p class=a>x" * 10_000),
    "T24 entities": lambda: html(b"&amp;&#x1F600;&CounterClockwiseContourIntegral;" * 20_000),
    "T24 pictures of the page": lambda: html(b"<img src=cid:a><p>From: a@b<p>Subject: x" * 20_000),
    "T24 400 pages": lambda: multipart([page(b"<table><tr><td>x" * 1500)] * 400),
    "T25 a PNG of 30,000 x 30,000": lambda: picture(
        b"a.png", b"image/png", octets.png(30_000, 30_000)
    ),
    "T25 a PNG of 13,000 x 13,000": lambda: picture(
        b"a.png", b"image/png", octets.png(13_000, 13_000)
    ),
    "T25 a PNG of 8,000 x 5,000": lambda: picture(b"a.png", b"image/png", octets.png(8000, 5000)),
    "T25 a PNG that says more than it has": lambda: picture(
        b"a.png", b"image/png", octets.png(8000, 5000, rows=1)
    ),
    "T25 a PNG whose text is a bomb": lambda: picture(
        b"a.png", b"image/png", octets.png(100, 100, more=octets.text_chunk(200 * MIB))
    ),
    "T25 twenty PNGs of 8,000 x 5,000": lambda: multipart(
        (plain(WORDS), *[file(b"a.png", b"image/png", octets.png(8000, 5000))] * 20)
    ),
    "T25 a GIF of 100,000 frames": lambda: picture(b"a.gif", b"image/gif", octets.gif(100_000)),
    "T25 a GIF of 1,000 frames of 640 x 640": lambda: picture(
        b"a.gif", b"image/gif", octets.gif(1000, 640)
    ),
    "T25 a JPEG of 90 scans": lambda: picture(b"a.jpg", b"image/jpeg", octets.jpeg_of_scans(90)),
    "T25 a JPEG of 100,000 scans": lambda: picture(
        b"a.jpg", b"image/jpeg", octets.jpeg_of_scans(100_000)
    ),
    "T25 a TIFF of 1 GB": lambda: picture(b"a.tif", b"image/tiff", octets.tiff(60_000, 60_000)),
    "T25 a BMP of 1 GB": lambda: picture(b"a.bmp", b"image/bmp", octets.bmp(30_000, 30_000)),
    "T25 PostScript": lambda: picture(b"a.eps", b"image/eps", b"%!PS\n{ } loop\n"),
    "T25 a PSD": lambda: picture(b"a.psd", b"image/vnd.adobe.photoshop", b"8BPS\0\1" + bytes(6)),
    "T25 an SVG of references": lambda: picture(
        b"a.svg", b"image/svg+xml", b"<svg><!DOCTYPE x [<!ENTITY a '&b;&b;'>]>&a;</svg>"
    ),
    "T25 a WebP of nothing": lambda: picture(
        b"a.webp", b"image/webp", b"RIFF\xff\xff\xff\xffWEBPVP8X"
    ),
    "T25 an AVIF of nothing": lambda: picture(
        b"a.avif", b"image/avif", b"\0\0\0\x20ftypavif" + bytes(99)
    ),
    "T25 a HEIC of nothing": lambda: picture(
        b"a.heic", b"image/heic", b"\0\0\0\x20ftypheic" + bytes(99)
    ),
    "T25 a gzip bomb": lambda: picture(
        b"a.gz", b"application/gzip", zlib.compress(bytes(50 * MIB))
    ),
    "T26 invalid UTF-8": lambda: typed(b"text/plain; charset=utf-8", b"a\xffb\xc3\r\n" * 20_000),
    "T26 lone surrogates": lambda: typed(b"text/plain; charset=utf-8", b"Hi \xed\xa0\x80 Sam\r\n"),
    "T26 surrogates in a page": lambda: html_alone(b"<p>Hi &#xD800;&#xDFFF; Sam"),
    "T26 NUL in base64": lambda: typed(b"text/plain", base64.b64encode(b"Hi\0Sam"), b"base64"),
    "T26 controls": lambda: typed(
        b"text/plain; charset=utf-8", "Hi\x07\x1b[31m\x9b\x85Sam\u2028\u2029x\r\n".encode()
    ),
    "T26 letters from the right": lambda: typed(
        b"text/plain; charset=utf-8", "Pay \u202e0001\u202c \u2066now\u2069\r\n".encode()
    ),
    "T26 a form in the text": lambda: mail(
        body=b"x&password=y&to=1%00+%0d%0a\r\nto=447700900999\r\n"
    ),
    "T26 60,000 accents on a letter": lambda: typed(
        b"text/plain; charset=utf-8", ("e" + "\u0301\u0316" * 60_000 + "\r\n").encode()
    ),
    "T26 a family of 40,000": lambda: typed(
        b"text/plain; charset=utf-8", ("👩\u200d" * 40_000 + "\r\n").encode()
    ),
    "T27 a bare CR in the subject": lambda: b"Subject: a\rUserContext: stolen\r\n\r\nHi\r\n",
    "T27 two subjects and contexts": lambda: mail(
        b"UserContext: one\r\nUserContext: two\r\nSubject: two\r\n"
    ),
    "T27 a line end in a context": lambda: mail(
        b"UserContext: =?utf-8?q?a=0D=0ABcc=3A_v=40e?=\r\n"
    ),
    "T28 a context of 10 kB": lambda: mail(b"UserContext: " + b"c" * 10_000 + b"\r\n"),
    "T28 a context that is a form": lambda: mail(b"UserContext: 1&to=447700900999&\"'%00\x07\r\n"),
    "T20 winmail.dat of 100 files, 400 times": lambda: multipart(
        (
            plain(WORDS),
            *[
                b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + base64_of(winmail(FILE * 100))
            ]
            * 400,
        )
    ),
    "T20 winmail.dat that lies": lambda: beside(
        file(b"winmail.dat", b"application/ms-tnef", winmail(attribute(1, 0x9003, b"\xff" * 100)))
    ),
    "T20 winmail.dat of 4 GB": lambda: beside(
        file(b"winmail.dat", b"application/ms-tnef", winmail(attribute(1, 0x9003, b"", 0xFFFFFFFF)))
    ),
    "T20 a calendar of folds": lambda: invitation(b"A:b\r\n" + b" c\r\n" * 20_000),
    "T20 a calendar of quotes": lambda: invitation(b"A" + b';b="' * 15_000 + b"\r\n"),
    "T20 a calendar that repeats": lambda: invitation(b"RRULE:FREQ=SECONDLY;COUNT=999999999\r\n"),
    "T20 400 invitations": lambda: multipart(
        (plain(b"word\r\n" * 40_000), *(INVITATION % n for n in range(400)))
    ),
    "T20 S/MIME in S/MIME": lambda: smime(20),
    "T20 S/MIME of open lengths": lambda: typed(b"application/pkcs7-mime", b"\x30\x80" * 500_000),
    "T20 50,000 PGP blocks": lambda: mail(body=b"-----BEGIN PGP MESSAGE-----\r\n" * 50_000),
    "T20 PGP in PGP": lambda: mail(body=b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 50_000),
    "T20 PGP's headers": lambda: mail(
        body=b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"Hash: x\r\n" * 200_000
    ),
    "T20 dashes that may be signatures": lambda: mail(body=b"Hi\r\n" + b"--\r\n" * 200_000),
    "T20 attributions": lambda: mail(
        b"In-Reply-To: <a@b>\r\n", b"On 3 May 2026, Jo <jo@x.example>\r\nwith Am (a@b)\r\n" * 9000
    ),
    "T20 openings of attributions": lambda: mail(
        b"In-Reply-To: <a@b>\r\n", (b"On " * 20 + b"\r\n") * 380
    ),
    "T20 histories in histories": lambda: mail(
        b"In-Reply-To: <a@b>\r\n",
        b"Yes\r\n" + b"From: a@b\r\nSent: 2026\r\nTo: c\r\n> x\r\n" * 9000,
    ),
    "T20 lines of an answer": lambda: multipart(
        (plain(b"> a\r\n" * 60_000), page(b"<blockquote type=cite>a<br></blockquote>b<br>" * 9000)),
        b"alternative",
    ),
}


def base64_of(body: bytes) -> bytes:
    """Octets as they are where no line end, dot or NUL may stand: in base64, under its header."""
    return base64.encodebytes(body).replace(b"\n", b"\r\n")


def smime(levels: int) -> bytes:
    """A signed mail in signed mails."""
    inner = plain(WORDS)
    for _ in range(levels):
        coded = base64_of(octets.signed_data(inner))
        inner = (
            b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + coded
        )
    return b"From: nagios@example.com\r\n" + octets.SUBJECT + inner
