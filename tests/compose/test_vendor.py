"""The vendor's own form: what is a parameter, what is text, and no password left in any coding."""

from __future__ import annotations

import base64
import email
import email.policy
import time
from dataclasses import replace
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose import vendor
from bridge.compose.cleaning.rules import cleaned
from bridge.compose.reading import letters, mime
from bridge.compose.reading.letters import Letter
from bridge.compose.reading.mime import Entity
from bridge.compose.wishes import Wishes
from bridge.core.addressing import unquoted
from bridge.core.model import Refusal

SAM = "447700900123"


def letter(content: bytes) -> Letter:
    entity = mime.parse(content)
    assert isinstance(entity, Entity)
    found = letters.read(entity)
    assert isinstance(found, Letter)
    return found


def mail(body: str, subject: str = "hi") -> bytes:
    return f"Subject: {subject}\n\n{body}".replace("\n", "\r\n").encode()


def ordered(content: bytes) -> vendor.Ordered:
    found = vendor.read(letter(content))
    assert isinstance(found, vendor.Ordered), found
    return found


# ---------------------------------------------------------------- what is a parameter


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"To:{SAM}", (("to", SAM),)),
        (f"  TO : {SAM} ", (("to", SAM),)),
        (
            f"To:{SAM} UserContext:42  MaxConcat: 3",
            (("to", SAM), ("usercontext", "42"), ("maxconcat", "3")),
        ),
        (f"To: {SAM}, From: ACME; UserContext: a b", (("to", SAM), ("from", "ACME"),
                                                       ("usercontext", "a b"))),
        ("Username: jo Password: a:b c", (("username", "jo"), ("password", "a:b c"))),
        ("Password:", (("password", ""),)),
        ("Username:jo Password:x To:1", (("username", "jo"), ("password", "x"), ("to", "1"))),
        ("Password: to:abc", (("password", "to:abc"),)),
        ("Password: a,from: abc", (("password", "a,from: abc"),)),
        ("Username: Password: x", (("username", ""), ("password", "x"))),
        ("To: see https://example.com/from:here", (("to", "see https://example.com/from:here"),)),
        ("Call To:1", ()),
        ("Towards: home", ()),
        ("To 447700900123", ()),
        ("Subject: x", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_a_line_of_parameters_begins_with_one(line: str, said: vendor.Parameters) -> None:
    assert vendor.parameters(line) == said


@pytest.mark.parametrize(
    ("content", "subject", "text"),
    [
        pytest.param(mail("Call me", f"To:{SAM}"), "", "Call me", id="in the subject"),
        pytest.param(mail(f"To:{SAM}\n\nCall me"), "hi", "Call me", id="in the body"),
        pytest.param(mail(f"\n\nTo:{SAM}\nCall me"), "hi", "Call me", id="no blank line between"),
        pytest.param(mail(f"To:{SAM}\n\nFrom: the office\nto: all"), "hi",
                     "From: the office\nto: all", id="after the blank line all is text"),
        pytest.param(mail(f"Username: jo\n\nPassword: x\n\nTo:{SAM}\n\nHello"), "hi", "Hello",
                     id="written with a blank line after each"),
        pytest.param(mail("UserContext: 42\nTo: all of you", f"To:{SAM}"), "", "To: all of you",
                     id="what the subject said is text"),
        pytest.param(mail("Password: x\nHello", f"To:{SAM}"), "", "Hello",
                     id="some here, some there"),
        pytest.param(mail("To: all\nHello", f"To:{SAM}"), "", "To: all\nHello", id="said already"),
        pytest.param(mail(f"To:{SAM}\nDear Sam,\nTo: all"), "hi", "Dear Sam,\nTo: all",
                     id="they end where the text begins"),
        pytest.param(mail("", f"To:{SAM}"), "", "", id="nothing to say"),
        pytest.param(mail(f"To:{SAM}\nReplyTo: a@b\nUsername: jo\nPassword: x\n\nHello"), "hi",
                     "ReplyTo: a@b\n\nHello", id="the login is none of it, nor below another name"),
        pytest.param(mail("To: all\nPassword: x\n\nHello", f"To:{SAM}"), "", "To: all\n\nHello",
                     id="nor below what is said already"),
        pytest.param(mail("Username: jo\n\nPassword: x\n\nHello", f"To:{SAM}"), "", "Hello",
                     id="nor its other half below a blank line"),
    ],
)  # fmt: skip
def test_what_is_no_parameter_is_the_text(content: bytes, subject: str, text: str) -> None:
    found = ordered(content)
    assert found.to == (SAM,)
    assert (found.letter.subject, found.letter.body.strip()) == (subject, text)
    blank = vendor.form(content)
    assert isinstance(blank, vendor.Form), blank
    assert ordered(blank.content) == replace(found, letter=ordered(blank.content).letter)
    assert ordered(blank.content).letter.body.strip() == text


@pytest.mark.parametrize(
    "body",
    [
        f"To:{SAM}\nPassword: x\n[StartOfMessage]\nHello\n[EndOfMessage]\nbye",
        f"To:{SAM}\n\nUserContext: 42\n\n[StartOfMessage]Hello[EndOfMessage]",
        f"A notice of the mail server\nTo:{SAM}\n[startofmessage]Hello[endofmessage]\nTo: all",
        f"To:{SAM} Password: x [StartOfMessage]Hello[EndOfMessage]",
    ],
    ids=["lines", "blank lines", "among other lines", "one line"],
)
def test_above_the_mark_all_parameters_count_and_below_none(body: str) -> None:
    found = ordered(mail(body))
    assert found.to == (SAM,)
    assert "[StartOfMessage]".lower() in found.letter.body.lower()
    clean = cleaned(found.letter.lines, answer=False, subject="hi")
    assert clean.text.strip() == "Hello"


def test_the_lines_ask_for_what_headers_can() -> None:
    found = ordered(mail(f"From:ACME UserContext:a b\nMaxConcat: 3\nTo:{SAM}\nusercontext:c\n\nHi"))
    assert found.wishes == Wishes(originator="ACME", user_context="a b", max_segments=3)


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        (f"To:{SAM} MaxConcat:lots", "550 5.6.0 MaxConcat: 'lots' is not a number of segments,"),
        (f"To:{SAM} MaxConcat:0", "550 5.6.0 MaxConcat: '0' is not a number of segments,"),
        ("Hello", "550 5.6.0 nobody to text: say To:447700900123 in the subject or in the first"),
        ("To:\nHello", "550 5.6.0 nobody to text"),
        ("Hello\nTo:447700900123", "550 5.6.0 nobody to text"),
    ],
)
def test_what_is_wrong_is_named(body: str, reply: str) -> None:
    assert str(vendor.read(letter(mail(body)))).startswith(reply)


@pytest.mark.parametrize(
    ("value", "to"),
    [
        (SAM, (SAM,)),
        (f"{SAM},447700900124", (SAM, "447700900124")),
        (f"{SAM}; 447700900124 ;ops", (SAM, "447700900124", "ops")),
        (f"{SAM} 447700900124 sam ops.urgent", (SAM, "447700900124", "sam", "ops.urgent")),
        ("+44 7700 900123, +44 (0)7700 900124", ("+44 7700 900123", "+44 (0)7700 900124")),
        (f"{SAM}\nTo: sam\nto:{SAM}", (SAM, "sam")),
        (f"<{SAM}@sms.example.com>, sam", (f"{SAM}@sms.example.com", "sam")),
        ("12345", ("12345",)),
    ],
)
def test_to_names_one_or_many(value: str, to: tuple[str, ...]) -> None:
    assert ordered(mail(f"To: {value}\n\nHello")).to == to


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (SAM, f"{SAM}@sms.example.com"),
        ("sms:+447700900123.voice", "sms:+447700900123.voice@sms.example.com"),
        ("+44 (0)7700 900123", '"+44 (0)7700 900123"@sms.example.com'),
        ('a"b\\c', r'"a\"b\\c"@sms.example.com'),
        ("sam@example.org", "sam@example.org"),
    ],
)
def test_a_name_becomes_an_address(name: str, address: str) -> None:
    assert vendor.address(name, "sms.example.com") == address
    if "@" not in name:
        assert unquoted(address.rpartition("@")[0]) == name


# ---------------------------------------------------------------- nobody's password is kept

SECRET = "s3cr3t/+&é"  # é: longer in UTF-8, and never ASCII
BODY = f"To:{SAM}\nUsername: jo.{SECRET}\nPassword : {SECRET} {SECRET} UserContext:42\n\nHello é"
PAGE = (
    f"<html><body><div>To:{SAM}</div><div>Username: jo.{SECRET}</div>"
    f"<div>Password&nbsp;: <b>{SECRET} {SECRET}</b></div><div>UserContext:42</div>"
    "<br><div>Hello é</div></body></html>"
).replace("&é", "&amp;é")


def written(message: EmailMessage) -> bytes:
    return message.as_bytes(policy=email.policy.SMTP)


def plain(transfer: str, charset: str = "utf-8") -> bytes:
    message = EmailMessage()
    message["Subject"] = "hi"
    message.set_content(BODY, charset=charset, cte=transfer)
    return written(message)


def page(transfer: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "hi"
    message.set_content(PAGE, subtype="html", cte=transfer)
    return written(message)


def both() -> bytes:
    message = EmailMessage()
    message["Subject"] = "hi"
    message.set_content(BODY, cte="quoted-printable")
    message.add_alternative(PAGE, subtype="html", cte="base64")
    message.add_attachment(b"\xff\xd8 a picture", maintype="image", subtype="jpeg", filename="a")
    return written(message)


def in_subject() -> bytes:
    said = Header(BODY.split("\n\n")[0].replace("\n", " "), "utf-8").encode(linesep="\r\n")
    return f"Subject: {said}\r\nThread-Topic: {said}\r\n\r\n".encode() + "Hello é".encode()


def in_both() -> bytes:
    head = f"Subject: To:{SAM} UserContext:42\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return f"{head}Username: jo.{SECRET}\r\nPassword:{SECRET}\r\nHello é".encode()


SHAPES = {
    "8bit": plain("8bit"),
    "base64": plain("base64"),
    "quoted-printable": plain("quoted-printable"),
    "Latin-1": plain("8bit", "iso-8859-1"),
    "Latin-1, base64": plain("base64", "iso-8859-1"),
    "HTML": page("8bit"),
    "HTML, base64": page("base64"),
    "HTML, quoted-printable": page("quoted-printable"),
    "an alternative with a picture": both(),
    "the subject": in_subject(),
    "subject and body": in_both(),
}


def octets_of(content: bytes) -> bytes:
    """A mail as it is, and everything in it decoded by another library."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    headers = " ".join(str(value) for value in message.values())
    return b"\n".join((content, headers.encode(), *(p for p in parts if isinstance(p, bytes))))


@pytest.mark.parametrize("content", SHAPES.values(), ids=SHAPES)
def test_no_password_is_left_in_any_coding(content: bytes) -> None:
    assert b"s3cr3t" in octets_of(content)
    found = vendor.form(content)
    assert isinstance(found, vendor.Form), found
    assert b"s3cr3t" not in octets_of(found.content)
    for shift in range(3):  # what base64 makes of it, wherever it begins
        coded = base64.b64encode(b" " * shift + b"s3cr3t")[4 if shift else 0 : 8]
        assert coded not in found.content
    assert found.to == (SAM,)
    after = ordered(found.content)
    assert after.letter.body.strip() == "Hello é"
    assert after.wishes.user_context == "42"
    assert after.letter.files == letter(content).files
    assert vendor.form(found.content) == found


@pytest.mark.parametrize(
    "content",
    [
        mail(f"To:{SAM}\nPassword:\n\nHello"),
        mail(f"To:{SAM}\nPassword:\n\nCall me\nat noon"),
        mail(f"To:{SAM}\nPassword:\n\n[StartOfMessage]\nHello\n[EndOfMessage]"),
        mail(f"Username:\nPassword:\nTo:{SAM}\n\nHello"),
        mail(f"Password: ***\nTo:{SAM}\n\nHello"),
        b"Content-Type: text/html\r\n\r\nTo:447700900123<br>"
        b"<center>Password: <b>***</b></center>Hello <p>***<sub>1</sub></p>",
        mail(f"To:{SAM}\n\nI lost my password, and my user name"),
    ],
    ids=[
        "without a value",
        "none, with two lines of text",
        "none, above the mark",
        "before another name",
        "blank already",
        "blank already, in HTML",
        "only words",
    ],
)
def test_a_mail_without_secrets_stays_as_it_is(content: bytes) -> None:
    assert vendor.form(content) == vendor.Form((SAM,), content)


REPEATED = {
    "a link to it": '<a href="mailto:s3cr3t@x.example">s3cr3t@x.example</a>',
    "a link to it, from Outlook": '<a href="http://P@s3cr3t.x">P@s3cr3t.x</a><o:p></o:p>',
    "a title": '<span title="s3cr3t"><b>s3cr3t</b></span>',
    "an attribute of nobody's": "<font data-x='s3cr3t' COLOR=red>s3cr3t</font>",
}


@pytest.mark.parametrize("value", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("name", ["Username: ", "<b id='x'>Password</b>&nbsp;: "])
def test_no_password_is_left_in_the_tags_around_it(name: str, value: str) -> None:
    body = f"<p>To: {SAM}</p><p>{name}{value}</p><p><br></p><p>Hello</p>"
    content = one("text/html", body)
    found = vendor.form(content)
    assert isinstance(found, vendor.Form), found
    assert b"s3cr3t" not in found.content
    assert (found.to, ordered(found.content).letter.body.strip()) == ((SAM,), "Hello")
    assert vendor.form(found.content) == found


HEAD = f"To:{SAM}\r\n"
LEFT = f"Password: {SECRET}"


def part(kind: str, body: str, *headers: str) -> str:
    return "\r\n".join(("--b", f"Content-Type: {kind}", *headers, "", body, ""))


def parts(*pieces: str, subtype: str = "mixed", preamble: str = "") -> bytes:
    head = f"Subject: hi\r\nContent-Type: multipart/{subtype}; boundary=b\r\n\r\n{preamble}\r\n"
    return "".join((head, *pieces, "--b--\r\n")).encode()


def one(kind: str, body: str, *headers: str) -> bytes:
    return "\r\n".join((f"Content-Type: {kind}", *headers, "", body)).encode()


WORDS = part("text/plain", f"{HEAD}\r\nHello")
BLANKED = part("text/plain", f"{HEAD}Password: x\r\n\r\nHello")
OUTSIDE = {
    "in the text": mail(f"To:{SAM}\n\nYour login.\nUsername: jo\nPassword: abc"),
    "a password in words": mail(f"To:{SAM}\n\nYour password: reset it please"),
    "under a subject": mail("Your login.\nPassword: abc", f"To:{SAM}"),
    "after a greeting": mail(f"Hi,\nTo:{SAM}\n{LEFT}\n\nHello"),
    "on the next line": mail(f"To:{SAM}\nPassword:\n{SECRET}\n\nHello"),
    "below a blank line of its own": mail(f"To:{SAM}\nPassword:\n\n{SECRET}\n\nHello"),
    "behind an equals sign": mail(f"To:{SAM}\nPassword={SECRET}\n\nHello"),
    "its name in bold, as Gmail writes it": mail(
        f"*To:* {SAM}\nTo:{SAM}\n*Password*: {SECRET}\n\nHi"
    ),
    "its name in quotes": parts(
        WORDS, part("application/json", f'{{"user_name": "jo", "password": "{SECRET}"}}')
    ),
    "below the blank line": mail(f"To:{SAM}\n\n{LEFT}\nHello"),
    "quoted": mail(f"To:{SAM}\n\nHello\n\n> {LEFT}"),
    "with another name in it": mail(f"To:{SAM}\nPassword: a,from: {SECRET}\n\nHello"),
    "far from its name": mail(f"To:{SAM}\n\nPassword:{' ' * 5000}{SECRET}"),
    "letters of full width": mail(f"To:{SAM}\n\uff30assword\uff1a {SECRET}\n\nHello"),
    "letters with nothing between them": mail(f"To:{SAM}\nPass\u200bword: {SECRET}\n\nHello"),
    "another header": f"X-Password: {SECRET}\r\n".encode() + mail(f"To:{SAM}\n\nHello"),
    "a header of a part": parts(WORDS, part("text/html", "Hello", f"X-Password: {SECRET}")),
    "a coded header": b"X-A: =?utf-8?q?X-Pass?= =?utf-8?q?word=3A_a?=\r\n"
    + mail(f"To:{SAM}\n\nHi"),
    "the preamble": parts(WORDS, preamble=LEFT),
    "the end": parts(WORDS) + LEFT.encode(),
    "flowed text": one("text/plain; format=flowed", f"{HEAD}Password: a \r\n{SECRET}\r\n\r\nHi"),
    "UTF-16": one(
        "text/plain; charset=utf-16",
        base64.encodebytes(f"{HEAD}{LEFT}\n\nHello".encode("utf-16")).decode(),
        "Content-Transfer-Encoding: base64",
    ),
    "base64 that is none": parts(
        WORDS, part("text/plain", f"!{LEFT}", "Content-Transfer-Encoding: base64")
    ),
    "an attached text": parts(WORDS, part("text/plain; name=a.txt", f"Log\r\n{LEFT}")),
    "an attached file": parts(
        WORDS,
        part(
            "application/octet-stream; name=a.txt",
            base64.b64encode(LEFT.encode()).decode(),
            "Content-Transfer-Encoding: base64",
        ),
    ),
    "a forwarded mail": parts(
        WORDS,
        part(
            "message/rfc822",
            "Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(LEFT.encode()).decode(),
        ),
    ),
    "an invitation": parts(WORDS, part("text/calendar", f"DESCRIPTION:{LEFT}")),
    "HTML beside it: an entity": parts(
        BLANKED, part("text/html", f"P&#97;ssword: {SECRET}"), subtype="alternative"
    ),
    "HTML beside it: in tags": parts(
        BLANKED, part("text/html", f"Pass<b>word</b>: {SECRET}"), subtype="alternative"
    ),
    "HTML: a comment": one("text/html", f"<!-- {LEFT} --><p>{HEAD}</p><p>Hello</p>"),
    "HTML: hidden": one("text/html", f"<p hidden>{LEFT}</p><p>{HEAD}</p><p>Hello</p>"),
    "HTML: an attribute": one("text/html", f"<p title='{LEFT}'>{HEAD}</p><p>Hello</p>"),
    "HTML: a paragraph of its own": one(
        "text/html", f"<p>{HEAD}</p><p>Password:</p><p>{SECRET}</p><p>Hello</p>"
    ),
    "HTML: a bare bracket in it": one("text/html", f"{HEAD}<br>Password: pa<ss{SECRET}<br><br>Hi"),
    "HTML: bare brackets in it": one("text/html", f"{HEAD}<br>Password: pa<s3cr3t><br><br>Hi"),
    "HTML: the name of a tag in it": one(
        "text/html", f"{HEAD}<br>Password: pa<p{SECRET}<br><br>Hi"
    ),
    "HTML: a tag in it": one("text/html", f"{HEAD}<br>Password: pa<b>{SECRET}</b><br><br>Hi"),
    "HTML: a cell": one("text/html", f"<p>{HEAD}</p><p>Hi</p><td>Password:</td><td>{SECRET}</td>"),
}


@pytest.mark.parametrize("content", OUTSIDE.values(), ids=OUTSIDE)
def test_where_a_login_cannot_be_blanked_the_mail_is_refused(content: bytes) -> None:
    assert str(vendor.form(content)) == (
        "550 5.6.0 this mail says Username: or Password: where it cannot be blanked; leave that "
        "out, it is not needed, or mail what is to be texted to the number's own address"
    )


def test_a_login_in_many_parts_takes_little_time() -> None:
    began = time.process_time()
    vendor.form(parts(*[part("text/plain", "Password: x\r\n" + "y" * 2000)] * 400))
    for piece in ("password:", "password ", "Username: ", "<", "<br", "&amp", "To: ", "a: b\n"):
        vendor.form(one("text/html", piece * (200_000 // len(piece))))
        vendor.form(mail(f"To:{SAM}\n" + piece * (200_000 // len(piece))))
    assert time.process_time() - began < 20  # all take a tenth of that


def test_a_mail_that_nobody_can_read_is_refused_as_ever() -> None:
    found = vendor.form(
        b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--"
    )
    assert isinstance(found, Refusal)
    assert found.text.endswith("it is encrypted (PGP/MIME)")


PIECES = st.sampled_from(
    ["To:1 ", "Password:", "password : ", "s3cr3t", "\r\n", "\r\n\r\n", " ", ",", "é", "Subject: ",
     "Content-Type: text/html\r\n", "<b>", "<div>", "[StartOfMessage]", "Username:x ", "&nbsp;"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_mail_gives_a_form_that_is_blank_or_a_refusal(text: str) -> None:
    found = vendor.form(text.encode())
    if isinstance(found, vendor.Form):
        again = vendor.form(found.content)
        assert again == found
