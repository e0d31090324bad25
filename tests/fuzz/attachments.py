"""What is inside a mail: web pages, winmail.dat, RTF, calendars, and the heads of pictures."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from bridge.compose.pictures import formats
from bridge.compose.reading import charsets, html, invitations, rtf, tnef
from tests.fuzz import words
from tests.fuzz.target import Target, check_line, check_text

GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc"
    b"\xf8\xcf\xc0\0\0\3\1\1\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xe1\0\x0aExif\0\0MM\xff\xc0\0\x0b\x08"
    b"\0\1\0\1\1\1\x11\0\xff\xda\0\x08\1\1\0\0?\0\x37\xff\xd9"
)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0\0\x20meta\0\0\0\0\0\0\0\x14ispe\0\0\0\0\0\0\0\1"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0\0\0\0\0\0\0ANMF\0\0\0\0"


def page(octets: bytes) -> None:
    """T24: any octets are a page with lines."""
    found = html.rendered(octets.decode("utf-8", "replace").replace("\0", "\ufffd"))
    for line in found.lines:
        check_text(line.text)
        assert "\n" not in line.text, line
    for note in found.notes:
        check_text(note)


def winmail(octets: bytes) -> None:
    """A winmail.dat has words and files, as far as it is sound."""
    found = tnef.opened(octets)
    if found is None:
        return
    check_text(found.text)
    assert len(found.files) <= tnef.MAX_FILES
    assert sum(len(each.body) for each in found.files) <= len(octets)


def rich(octets: bytes) -> None:
    """RTF has words; packed, it stays within what it says."""
    for document in (octets, rtf.unpacked(octets)):
        check_text(charsets.clean(rtf.text(document)))


def calendar(octets: bytes) -> None:
    """A calendar is told in one line."""
    said = invitations.line(octets)
    check_line(said)
    invitations.is_told("Lunch with Sam at 12:00", said)


def picture(octets: bytes) -> None:
    """T25: what is read of a picture before it is opened neither raises nor grows."""
    width, height = formats.size(octets)
    assert width >= 0
    assert height >= 0
    formats.too_many(width, height)
    formats.is_scan_bomb(octets)
    match formats.sniffed(octets):
        case formats.JPEG:
            assert len(formats.bare_jpeg(octets)) <= len(octets) + 2
        case formats.PNG:
            assert len(formats.bare_png(octets)) <= len(octets)
        case formats.GIF:
            frames = formats.gif_frames(octets)
            assert frames is None or len(formats.bare_gif(octets)) <= len(octets)
        case _:
            pass


def _octets(*texts: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [each.encode() for each in texts]


def _winmails() -> Sequence[bytes]:
    head = struct.pack("<IH", 0x223E9F78, 1)
    words = b"Hi Sam\r\n"
    body = struct.pack("<BHHI", 1, 0x800C, 6, len(words)) + words + b"\0\0"
    text = struct.pack("<IHHII", 1, 0x1F, 0x1000, 1, 6) + "Hi\0".encode("utf-16-le") + b"\0\0"
    properties = struct.pack("<BHHI", 1, 0x9003, 6, len(text)) + text + b"\0\0"
    file = b"".join(
        struct.pack("<BHHI", 2, name, 6, len(data)) + data + b"\0\0"
        for name, data in ((0x9002, b"\0" * 14), (0x8010, b"a.txt\0"), (0x800F, b"octets"))
    )
    return [head + body + file, head + properties + file, head + body + properties]


PAGES = (
    "<html><head><style>.x{display:none}</style></head><body><p>Hi <b>Sam</b>,</p>"
    "<div class=x>no</div><table><tr><td>CPU</td><td>98 %</td></tr></table>"
    "<img src=cid:a alt=chart></body></html>",
    '<div dir="ltr">Yes<br><div class="gmail_quote"><blockquote>On Fri</blockquote></div></div>',
    "<ul><li>one<li>two</ul><pre>a\n b</pre><a href='https://example.com/?a=1'>here</a>&euro;&#0;",
)
CALENDARS = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Lunch\r\nLOCATION:Cafe Roma\r\n"
    "DTSTART;TZID=Europe/London:20261120T120000\r\nDTEND;TZID=Europe/London:20261120T130000\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY;LANGUAGE=de:a\\, b\n DTSTART\n"
    'ATTENDEE;PARTSTAT=ACCEPTED;CN="Jo":mailto:jo@x\nDTSTART;VALUE=DATE:20261120\n'
    "DURATION:P1DT2H\nRRULE:FREQ=WEEKLY;BYDAY=FR\nEND:VEVENT\n",
)
RTF = (
    r"{\rtf1\ansi\ansicpg1252\fromhtml1 {\fonttbl{\f0 A;}}{\*\htmltag64 <p>}Hi \'fc\u8364?\par}",
    r"{\rtf1\mac\uc2 \u-10179?\u-8640? {\*\x y}\line \tab a}",
)

TARGETS = (
    Target("page", page, _octets(*PAGES), words.PAGE),
    Target("winmail", winmail, _winmails, words.WINMAIL),
    Target("rich", rich, _octets(*RTF), words.RICH),
    Target("calendar", calendar, _octets(*CALENDARS), words.CALENDAR),
    Target("picture", picture, lambda: [GIF, PNG, JPEG, HEIC, WEBP], words.PICTURE),
)
