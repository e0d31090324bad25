"""What a mail says: each row is a mail as it comes and the text that a person's profile makes."""

from __future__ import annotations

import base64
import quopri
import struct
from collections.abc import Callable

import pytest

from bridge.compose.reading import letters, mime
from bridge.compose.reading.letters import Letter
from bridge.core.model import Mms, Refusal, Text, Unicode
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]

PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"


def mail(*lines: bytes, subject: bytes = b"Friday") -> bytes:
    """A mail of these lines; an empty one ends the headers."""
    return b"Subject: " + subject + b"\r\n" + b"\r\n".join(lines) + b"\r\n"


def of(kind: bytes, *parts: bytes, subject: bytes = b"Friday") -> bytes:
    """A multipart mail; each part is headers, an empty line, a body."""
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts)
    head = b'Content-Type: multipart/%s; boundary="=_b"' % kind
    return mail(head, b"", b"preamble", body + b"--=_b--", b"epilogue", subject=subject)


def part(headers: bytes, body: bytes) -> bytes:
    return headers + b"\r\n" + body


JPEG = part(
    b"Content-Type: image/jpeg; name=a.jpg\r\nContent-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: base64\r\n",
    base64.encodebytes(b"\xff\xd8" + b"x" * 30_000),
)
NESTED = (
    b'Content-Type: multipart/alternative; boundary="=_b2"\r\n\r\n--=_b2\r\n'
    + part(PLAIN, b"Plain words")
    + b"\r\n--=_b2\r\n"
    + part(HTML, b"<p>Rich <b>words</b></p>")
    + b"\r\n--=_b2--"
)

NAMED_PLAIN = part(b"Content-Type: text/plain; name=body.txt\r\n", b"Plain words")
NAMED_HTML = part(b"Content-Type: text/html; name=body.html\r\n", b"<p>Rich <b>words</b></p>")
ATTACHED_HTML = part(
    b"Content-Type: text/html\r\nContent-Disposition: attachment\r\n", b"<p>Rich words</p>"
)

ROWS = [
    # ---- no MIME, broken MIME
    ("no MIME at all", mail(b"", b"Hi Sam"), "Hi Sam"),
    ("no headers at all", b"Hi Sam\r\nCall me", "Hi Sam\nCall me"),
    ("an empty line first", b"\r\nHi Sam", "Hi Sam"),
    ("bare LF", b"Subject: x\n\nHi Sam\nCall me\n", "Hi Sam\nCall me"),
    (
        "no empty line before the body",
        b"Subject: x\r\nHi Sam: call me\r\n\r\nnow",
        "Hi Sam: call me\nnow",
    ),
    ("a mailbox's From line", b"From jo Fri Nov 20\r\nSubject: x\r\n\r\nHi", "Hi"),
    ("type without subtype", mail(b"Content-Type: text", b"", b"Hi"), "Hi"),
    ("multipart without boundary", mail(b"Content-Type: multipart/mixed", b"", b"Hi"), "Hi"),
    (
        "boundary that never comes",
        mail(b"Content-Type: multipart/mixed; boundary=q", b"", b"Hi"),
        "Hi",
    ),
    (
        "no closing boundary",
        of(b"mixed", part(PLAIN, b"Hi")).replace(b"--=_b--", b""),
        "Hi\nepilogue",
    ),
    (
        "a boundary that begins like another",
        of(b"mixed", part(PLAIN, b"Hi\r\n--=_bx\r\nSam")),
        "Hi\n--=_bx\nSam",
    ),
    # ---- transfer encodings
    (
        "base64",
        mail(
            PLAIN + b"Content-Transfer-Encoding: base64", b"", base64.b64encode("grün £5".encode())
        ),
        "grün £5",
    ),
    (
        "base64, broken off",
        mail(PLAIN + b"Content-Transfer-Encoding: base64", b"", b"SGVsbG8gd29ybG"),
        "Hello worl",
    ),
    (
        "base64 with a footer",
        mail(PLAIN + b"Content-Transfer-Encoding: BASE64 ", b"", b"SGVsbG8=\r\n-- list"),
        "Hello",
    ),
    (
        "quoted-printable",
        mail(
            PLAIN + b"Content-Transfer-Encoding: quoted-printable",
            b"",
            quopri.encodestring("café = €3 ".encode() + b"x" * 80),
        ),
        "café = €3 " + "x" * 80,
    ),
    (
        "uuencode",
        mail(
            PLAIN + b"Content-Transfer-Encoding: x-uuencode",
            b"",
            b"begin 644 a.txt\r\n%:&5L;&\\ \r\n`\r\nend",
        ),
        "hello",
    ),
    ("unknown encoding", mail(PLAIN + b"Content-Transfer-Encoding: rot13", b"", b"Hi"), "Hi"),
    # ---- multiparts
    (
        "alternative: plain",
        of(b"alternative", part(PLAIN, b"Plain words"), part(HTML, b"<p>Rich words</p>")),
        "Plain words",
    ),
    (
        "alternative: the plain part is blank",
        of(b"alternative", part(PLAIN, b" \r\n"), part(HTML, b"<p>Rich words</p>")),
        "Rich words",
    ),
    (
        "alternative: the plain part is a stub",
        of(
            b"alternative",
            part(PLAIN, b"No text."),
            part(HTML, b"<p>" + b"Rich words. " * 20 + b"</p>"),
        ),
        ("Rich words. " * 20).strip(),
    ),
    ("alternative: HTML alone", of(b"alternative", part(HTML, b"<p>Rich words</p>")), "Rich words"),
    (
        "alternative: an invitation is no file",
        of(
            b"alternative",
            part(PLAIN, b"Meet"),
            part(b"Content-Type: text/calendar; name=a.ics\r\n", b"BEGIN:VCALENDAR"),
        ),
        "Meet",
    ),
    (
        "mixed: texts in their order",
        of(b"mixed", part(PLAIN, b"One"), part(PLAIN, b"Two")),
        "One\nTwo",
    ),
    ("mixed: an alternative inside", of(b"mixed", NESTED), "Plain words"),
    (
        "mixed: a named text is a file",
        of(
            b"mixed",
            part(PLAIN, b"Words"),
            part(b"Content-Type: text/x-log; name=a.log\r\n", b"log"),
        ),
        "Words",
    ),
    (
        "mixed: an attached text is a file",
        of(
            b"mixed",
            part(PLAIN, b"Words"),
            part(b"Content-Type: text/x-log\r\nContent-Disposition: attachment\r\n", b"log"),
        ),
        "Words",
    ),
    (
        "signed: read through",
        of(b"signed", NESTED, part(b"Content-Type: application/pgp-signature\r\n", b"x")),
        "Plain words",
    ),
    (
        "forwarded as attachment: the outer words",
        of(
            b"mixed",
            part(PLAIN, b"See this"),
            part(b"Content-Type: message/rfc822\r\n", b"Subject: inner\r\n\r\nInner words"),
        ),
        "See this",
    ),
    (
        "only a forwarded mail: the subject",
        of(
            b"mixed",
            part(b"Content-Type: message/rfc822\r\n", b"Subject: inner\r\n\r\nInner words"),
        ),
        "Friday",
    ),
    # ---- words that have a file's name
    ("named: alone", NAMED_HTML, "Rich words"),
    ("named: alone, and attached", ATTACHED_HTML, "Rich words"),
    ("named: in an alternative", of(b"alternative", NAMED_PLAIN), "Plain words"),
    (
        "named: beside a stub",
        of(b"alternative", part(PLAIN, b"Please use an HTML viewer."), NAMED_HTML),
        "Rich words",
    ),
    ("named: attached in an alternative", of(b"alternative", ATTACHED_HTML), "Rich words"),
    (
        "named: a page's first part",
        of(
            b"alternative",
            b"Content-Type: multipart/related; boundary=b3\r\n\r\n--b3\r\n"
            + NAMED_HTML
            + b"\r\n--b3--",
        ),
        "Rich words",
    ),
    ("named: no other words", of(b"mixed", NAMED_HTML, JPEG), "Rich words"),
    (
        "named: the first of two is the words",
        of(b"mixed", NAMED_PLAIN, NAMED_HTML.replace(b"Rich", b"Other")),
        "Plain words",
    ),
    ("named: attached beside nothing", of(b"mixed", ATTACHED_HTML), "Friday"),
    ("named: a file beside words", of(b"mixed", part(PLAIN, b"Look"), NAMED_HTML), "Look"),
    (
        "named: a log beside an alternative's words",
        of(b"alternative", part(PLAIN, b"Look"), part(HTML, b"<p>Look</p>"), NAMED_PLAIN),
        "Look",
    ),
    # ---- two forms of one text
    (
        "twice: mixed",
        of(
            b"mixed",
            part(PLAIN, b"Meet at 4, by the door."),
            part(HTML, b"Meet at 4, by the door."),
        ),
        "Meet at 4, by the door.",
    ),
    (
        "twice: related, HTML first",
        of(b"related", part(HTML, b"<p>Meet <b>me</b></p>"), part(PLAIN, b"Meet me")),
        "Meet me",
    ),
    (
        "twice: the HTML says more",
        of(
            b"mixed",
            part(PLAIN, b"Meet me at the door of the old mill"),
            part(HTML, b"<p>Meet me at the door of the old mill</p><p>Bring 3 cakes</p>"),
        ),
        "Meet me at the door of the old mill\nBring 3 cakes",
    ),
    (
        "not twice: another number",
        of(b"mixed", part(PLAIN, b"The code is 4711"), part(HTML, b"<p>The code is 4712</p>")),
        "The code is 4711\nThe code is 4712",
    ),
    (
        "not twice: both plain",
        of(b"mixed", part(PLAIN, b"Meet me"), part(PLAIN, b"Meet me")),
        "Meet me\nMeet me",
    ),
    (
        "not twice: a footer in HTML",
        of(b"mixed", part(PLAIN, b"Meet me"), part(HTML, b"<p>ACME, 1 High Street, London</p>")),
        "Meet me\nACME, 1 High Street, London",
    ),
    # ---- forms
    (
        "alternative: a watch's form is not the plain text",
        of(
            b"alternative",
            part(b"Content-Type: text/watch-html\r\n", b"<b>watch</b>"),
            part(PLAIN, b"Plain words"),
            part(HTML, b"<p>Rich words</p>"),
        ),
        "Plain words",
    ),
    (
        "alternative: only a form that nobody knows",
        of(b"alternative", part(b"Content-Type: text/x-any\r\n", b"Any words")),
        "Any words",
    ),
    (
        "alternative: a stub says less than a short alert",
        of(
            b"alternative",
            part(PLAIN, b"Your email client does not support HTML messages"),
            part(HTML, b"<p>Disk full</p>"),
        ),
        "Disk full",
    ),
    (
        "alternative: a stub beside HTML without words",
        of(b"alternative", part(PLAIN, b"Please use an HTML viewer."), part(HTML, b"<p></p>")),
        "Please use an HTML viewer.",
    ),
    (
        "parts stay apart that could be one paragraph",
        of(
            b"mixed",
            part(PLAIN, b"This is a line of text that is about seventy characters wide, and"),
            part(PLAIN, b"Another part begins here"),
        ),
        "This is a line of text that is about seventy characters wide, and\n"
        "Another part begins here",
    ),
    (
        "a forward in HTML, marked as a quotation, whose subject does not say so",
        mail(
            HTML + b"In-Reply-To: <a@x>",
            b"",
            b"FYI<blockquote type=cite>Begin forwarded message:<br>From: Sam<br>Lunch?",
        ),
        "FYI\nBegin forwarded message:\nFrom: Sam\nLunch?",
    ),
    # ---- what nobody wrote
    (
        "a scanner's notice in a part of its own",
        of(b"mixed", part(PLAIN, b"Hi"), part(PLAIN, b"This email has been scanned for viruses.")),
        "Hi",
    ),
    (
        "a list's footer in a part of its own",
        of(
            b"mixed",
            part(PLAIN, b"Hi"),
            part(
                PLAIN,
                b"_______________________________________________\r\nOps mailing list\r\n"
                b"ops@example.com\r\nhttps://example.com/mailman/listinfo/ops",
            ),
        ),
        "Hi",
    ),
    (
        "a notice that says something else too",
        of(b"mixed", part(PLAIN, b"Hi"), part(PLAIN, b"Virus-free. www.avast.com\r\nCall me")),
        "Hi\nVirus-free. www.avast.com\nCall me",
    ),
    (
        "what reads like a notice, and is all there is",
        mail(b"", b"The message was checked by Ann and is fine."),
        "The message was checked by Ann and is fine.",
    ),
    (
        "an alert of a scanner",
        mail(b"", b"This message was scanned by ClamAV: Eicar-Test FOUND in queue 7"),
        "This message was scanned by ClamAV: Eicar-Test FOUND in queue 7",
    ),
    (
        "what reads like a notice, in two forms",
        of(
            b"alternative",
            part(PLAIN, b"Protected with Norton now."),
            part(HTML, b"<p>Protected with Norton now.</p>"),
        ),
        "Protected with Norton now.",
    ),
    (
        "a notice beside words that have a file's name",
        of(b"mixed", NAMED_PLAIN, part(PLAIN, b"Virus-free. www.avast.com")),
        "Plain words",
    ),
    (
        "a notice as the plain form of the HTML",
        of(
            b"alternative",
            part(PLAIN, b"Virus-free. www.avast.com"),
            part(HTML, b"<p>Call me</p>"),
        ),
        "Call me",
    ),
    (
        "a notice as the HTML form of the text",
        of(
            b"alternative",
            part(PLAIN, b"Call me"),
            part(HTML, b"<p>This email has been scanned for viruses by the Symantec Email cloud"),
        ),
        "Call me",
    ),
    # ---- HTML, flowed, spaces
    (
        "HTML that has no tag of HTML",
        mail(HTML, b"user <bob@x.y>\r\nA &amp; <b2>"),
        "user <bob@x.y>\nA & <b2>",
    ),
    (
        "HTML that calls itself plain, and breaks its lines by none of its tags",
        mail(PLAIN, b"<b>web1</b>: DOWN\r\nload 5\r\n<i>disk</i> full\r\nLine"),
        "web1: DOWN\nload 5\ndisk full\nLine",
    ),
    (
        "text that begins like HTML",
        mail(PLAIN, b"<i> frame lost\r\n<p> frame lost 3 > 2"),
        "<i> frame lost\n<p> frame lost 3 > 2",
    ),
    ("HTML alone", mail(HTML, b"<p>Hi <b>Sam</b>,</p><p>call me</p>"), "Hi Sam,\ncall me"),
    (
        "HTML that calls itself plain",
        mail(PLAIN, b"<html><body>Hi<br>Sam</body></html>"),
        "Hi\nSam",
    ),
    (
        "format=flowed",
        mail(
            b"Content-Type: text/plain; format=flowed",
            b"",
            b"Hi Sam, can you \r\ncall me \r\ntoday?\r\n\r\n From me",
        ),
        "Hi Sam, can you call me today?\nFrom me",
    ),
    (
        "flowed with delsp",
        mail(b"Content-Type: text/plain; format=flowed; delsp=yes", b"", b"unbe \r\nlievable"),
        "unbelievable",
    ),
    (
        "flowed: a quotation, an answer, a signature",
        mail(
            b"Content-Type: text/plain; format=flowed",
            b"",
            b"> Shall I \r\n> call?\r\nYes \r\nplease\r\n-- \r\nJo",
            subject=b"Fwd: x",
        ),
        "> Shall I call?\nYes please",
    ),
    (
        "blank lines and spaces",
        mail(b"", b"Hi  Sam,", b"", b" ", b"call\tme", b"", b""),
        "Hi Sam,\ncall me",
    ),
    (
        "an empty body: the subject",
        mail(b"", b"", subject=b"Running 10 min late"),
        "Running 10 min late",
    ),
]


def said(mail: Mail | Refusal) -> str:
    assert isinstance(mail, Mail), mail
    content = mail.submissions[0].content
    if isinstance(content, Mms):
        return content.parts[0].body.decode()
    assert isinstance(content, Text | Unicode)
    return content.text


@pytest.mark.parametrize(("content", "text"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_mail_says(send: Compose, content: bytes, text: str) -> None:
    assert said(send(content)) == text


# ---------------------------------------------------------------- how it was read


def read(content: bytes) -> Letter:
    entity = mime.parse(content)
    assert not isinstance(entity, Refusal)
    letter = letters.read(entity)
    assert isinstance(letter, Letter), letter
    return letter


def test_a_question_that_reads_like_a_gateway_s_notice_is_what_is_asked() -> None:
    question = b"This email was sent from outside the company, can you see it?"
    assert read(mail(b"", question)).body == question.decode()


def test_a_picture_beside_the_words_is_found_in_any_nest() -> None:
    letter = read(of(b"mixed", NESTED, JPEG))
    assert letter.body == "Plain words"
    assert [(each.name, each.media_type, len(each.body)) for each in letter.files] == [
        ("a.jpg", "image/jpeg", 30_002)
    ]


NOTES = [
    ("nothing to tell", mail(b"", b"Hi"), ()),
    (
        "a stub",
        of(b"alternative", part(PLAIN, b"See HTML"), part(HTML, b"<p>" + b"Words. " * 30)),
        ("the plain text says less than a tenth of the HTML: the HTML is read",),
    ),
    (
        "a stub by its words",
        of(b"alternative", part(PLAIN, b"Please use HTML."), part(HTML, b"<p>Words")),
        ("the plain text only stands for the HTML: the HTML is read",),
    ),
    (
        "two forms",
        of(b"mixed", part(PLAIN, b"Hi Sam"), part(HTML, b"<p>Hi Sam")),
        ("the same words came as plain text and as HTML: read once",),
    ),
    (
        "words with a file's name",
        of(b"mixed", part(b"Content-Type: text/plain; name=a.txt\r\n", b"Hi")),
        ("a.txt: there are no other words, read as those",),
    ),
    (
        "an empty file",
        of(b"mixed", part(PLAIN, b"Hi"), part(b"Content-Type: image/png; name=a.png\r\n", b"")),
        ("a.png: an empty file was passed over",),
    ),
    (
        "a long link",
        mail(HTML, b"<a href='https://e.example/" + b"x" * 200 + b"'>Reset</a>"),
        ("a link of more than 160 characters was left out",),
    ),
    (
        "a charset that is another",
        mail(PLAIN, b"Caf\xe9 au lait"),
        ("the text is not 'utf-8' as declared: read as windows-1252",),
    ),
    ("a charset that nobody needs", mail(b"Content-Type: text/plain; charset=x", b"", b"Hi"), ()),
    (
        "HTML that calls itself plain",
        mail(PLAIN, b"<html>Hi"),
        ("the text that calls itself plain is HTML: read as that",),
    ),
    (
        "a scanner's notice",
        of(b"mixed", part(PLAIN, b"Hi"), part(PLAIN, b"Virus-free. www.avast.com")),
        ("a notice of a scanner, a gateway or a mailing list was passed over",),
    ),
    (
        "HTML that has none of its tags",
        mail(HTML, b"state <unknown>"),
        ("the text that calls itself HTML is plain: read as that",),
    ),
    ("what reads like a notice, alone", mail(b"", b"Virus-free. www.avast.com"), ()),
    (
        "a winmail.dat that is none",
        of(b"mixed", part(PLAIN, b"Hi"), part(b"Content-Type: application/ms-tnef\r\n", b"x")),
        ("winmail.dat could not be opened",),
    ),
]


@pytest.mark.parametrize(
    ("content", "notes"), [row[1:] for row in NOTES], ids=[row[0] for row in NOTES]
)
def test_what_surprised_in_the_reading_is_told(content: bytes, notes: tuple[str, ...]) -> None:
    assert read(content).notes == notes


# ---------------------------------------------------------------- the marks of the HTML


def test_lines_of_the_plain_part_are_marked_as_those_of_the_html_are() -> None:
    letter = read(
        of(
            b"alternative",
            part(
                PLAIN,
                b"Call me.\r\n\r\n-- \r\n*Jo Smith*\r\nACME <https://acme.example/>\r\n\r\n"
                b"On Mon, Sam wrote:\r\n\r\n> Shall I call you or\r\n> will you?\r\n",
            ),
            part(
                HTML,
                b'<p>Call me.</p><span class="gmail_signature_prefix">-- </span>'
                b'<div class="gmail_signature"><b>Jo Smith</b><br>'
                b'<a href="https://acme.example/">ACME</a></div><div class="gmail_quote">'
                b'<div class="gmail_attr">On Mon, Sam wrote:</div><blockquote class="gmail_quote">'
                b"Shall I call you or will you?</blockquote></div>",
            ),
        )
    )
    assert [(line.text, line.within) for line in letter.lines if line.text] == [
        ("Call me.", ""),
        ("-- ", ""),
        ("*Jo Smith*", "signature"),
        ("ACME (https://acme.example/)", "signature"),
        ("On Mon, Sam wrote:", "history"),
        ("> Shall I call you or", "history"),
        ("> will you?", "history"),
    ]


def test_a_short_answer_above_a_long_history_is_no_stub() -> None:
    old = b"They said so. " * 40
    history = b'<blockquote type="cite">' + old + b"</blockquote>"
    letter = read(of(b"alternative", part(PLAIN, b"On my way"), part(HTML, b"On my way" + history)))
    assert letter.body == "On my way"
    assert letter.notes == ()


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        (b"jo@example.com<mailto:jo@example.com>", "jo@example.com"),
        (b"acme.example<https://www.acme.example/>", "acme.example"),
        (b"our page<https://acme.example/a>", "our page (https://acme.example/a)"),
        (b"our page <https://acme.example/a>", "our page (https://acme.example/a)"),
        (b"Read on<https://t.example/" + b"x" * 200 + b">", "Read on"),
        (b"See <https://acme.example/a>", "See (https://acme.example/a)"),
        (b"Now:\r\n<https://acme.example/a>", "Now:\n<https://acme.example/a>"),
        (b"Hi [cid:image001.png@01DC]Sam", "Hi Sam"),
        (b"Hi [image: Logo] Sam", "Hi  Sam"),
        (b"Hi [cid:f47ac10b-58cc-4372-a567-0e02b2c3d479]Sam", "Hi Sam"),
        (b"[cid:8f3a21] closed", "[cid:8f3a21] closed"),
        (b"Ask Jo <mailto:jo@example.com>", "Ask Jo (jo@example.com)"),
        (b"a < b and [c] > d", "a < b and [c] > d"),
    ],
)
def test_what_a_mail_program_made_of_a_link_or_a_picture(plain: bytes, text: str) -> None:
    letter = read(of(b"alternative", part(PLAIN, plain), part(HTML, b"<p>x</p>")))
    assert letter.body == text


# ---------------------------------------------------------------- pictures that adorn


def picture(octets: int, *, identity: bytes = b"a@x", disposition: bytes = b"inline") -> bytes:
    return part(
        b"Content-Type: image/png; name=a.png\r\nContent-ID: <" + identity + b">\r\n"
        b"Content-Disposition: " + disposition + b"\r\n",
        b"x" * octets,
    )


def drawn(width: int, height: int) -> bytes:
    """The beginning of a PNG of so many pixels, in 608 octets."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">II", width, height)
    return part(
        b"Content-Type: image/png; name=a.png\r\nContent-ID: <a@x>\r\n"
        b"Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n",
        base64.encodebytes(head.ljust(608, b"\0")),
    )


SHOWN = b'<p>Look</p><img src="cid:a@x">'
SIGNED = b'<p>Look</p><div class="gmail_signature">Jo <img src="cid:a@x"></div>'
QUOTED = b'<p>Look</p><blockquote type="cite">Old <img src="cid:a@x"></blockquote>'
HEADED = b'<p>Look</p>From: Sam<br>Sent: Friday<br>Subject: Roof<br>Old<img src="cid:a@x">'
PAPER = b'<body background="cid:a@x"><p>Look</p>'
LOCATED = picture(900).replace(b"Content-ID: <a@x>", b"Content-Location: img/a.png")


@pytest.mark.parametrize(
    ("source", "attached", "is_meant"),
    [
        pytest.param(SHOWN, picture(900), False, id="small, and shown by the HTML"),
        pytest.param(SHOWN, picture(30_000), True, id="large"),
        pytest.param(SHOWN, drawn(420, 160), True, id="a screenshot in few octets"),
        pytest.param(SHOWN, drawn(420, 60), False, id="a logo, as wide as it is"),
        pytest.param(SIGNED, drawn(420, 160), False, id="a screenshot's size in the signature"),
        pytest.param(SHOWN, picture(900, disposition=b"attachment"), True, id="attached"),
        pytest.param(b'<img src="cid:a@x">', picture(900), True, id="nothing else is said"),
        pytest.param(SIGNED, picture(90_000), False, id="in the signature"),
        pytest.param(PAPER, picture(900), False, id="behind the words"),
        pytest.param(b'Look<img src="img/a.png">', LOCATED, False, id="by its place on the web"),
        pytest.param(b'Look<img src="img/b.png">', picture(30_000), True, id="large, not shown"),
    ],
)
@pytest.mark.parametrize("kind", [b"related", b"mixed"])
def test_a_picture_is_meant_or_adorns(
    kind: bytes, source: bytes, attached: bytes, is_meant: bool
) -> None:
    letter = read(of(kind, part(HTML, source), attached, subject=b"Re: Look"))
    assert bool(letter.files) is is_meant


@pytest.mark.parametrize("source", [QUOTED, HEADED], ids=["quoted", "below a heading"])
@pytest.mark.parametrize("kind", [b"related", b"mixed"])
def test_a_picture_in_the_mail_that_is_quoted_is_known_as_such(kind: bytes, source: bytes) -> None:
    (file,) = read(of(kind, part(HTML, source), picture(90_000))).files
    assert file.of_history


@pytest.mark.parametrize(("kind", "is_meant"), [(b"related", False), (b"mixed", True)])
def test_a_small_picture_that_is_not_shown_is_meant_unless_it_came_with_the_page(
    kind: bytes, is_meant: bool
) -> None:
    letter = read(of(kind, part(HTML, SHOWN), picture(900, identity=b"b@x")))
    assert bool(letter.files) is is_meant


def test_a_photo_between_plain_words_is_meant() -> None:
    letter = read(of(b"mixed", part(PLAIN, b"Look"), picture(900), part(PLAIN, b"Sent by Jo")))
    assert len(letter.files) == 1


def test_a_picture_that_is_passed_over_is_named() -> None:
    assert read(of(b"related", part(HTML, SHOWN), picture(900))).notes == (
        "a.png: a small picture of the HTML was passed over",
    )
    assert read(of(b"related", part(HTML, SIGNED), picture(900))).notes == (
        "a.png: a picture in the signature was passed over",
    )


@pytest.mark.parametrize("source", [QUOTED, HEADED])
def test_history_that_stays_keeps_its_pictures(source: bytes) -> None:
    assert len(read(of(b"related", part(HTML, source), picture(90_000))).files) == 1


def test_a_picture_in_a_forwarded_mail_is_meant() -> None:
    content = of(b"related", part(HTML, QUOTED), picture(90_000), subject=b"Fwd: Look")
    assert len(read(content).files) == 1
