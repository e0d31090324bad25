"""Each kind of submission and request, as the gateway's page shows it, octet for octet."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest

from bridge.core.model import (
    Binary,
    Content,
    Destination,
    ListAction,
    ListName,
    Mms,
    Msisdn,
    Part,
    Submission,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.gateways.contract import Request
from bridge.gateways.intellisms import Charset, IntelliSms

PAGE = IntelliSms(
    ("https://www.intellisoftware.co.uk/smsgateway",),
    "MyUsername",
    "MyPassword",
    delivery_reports=False,
)
TWO = (Msisdn("44771012345"), Msisdn("44771054321"))
LOGO = (
    "32F40100480E01000000000000000000000000000000000000000000000000000000000001247803000000E008"
    "0120CC0640000040080120CC06C00000479E7124F0EFFADCF64448892479B6DAC6CD4448F9241DB6DACECF4448"
    "8124CDB6CD96CC44488924CDB6CD96CDE446712478E66D9EC6000000000000000000000000000000000000"
)


def submission(
    content: Content, *, segments: int = 1, originator: str = "", user_context: str = ""
) -> Submission:
    return Submission(
        id="s1",
        mail="m1",
        destinations=TWO,
        content=content,
        accepted_at=0.0,
        expires_at=1.0,
        profile="person",
        sender="jo@example.com",
        originator=originator,
        user_context=user_context,
        segments=segments,
    )


def sent(content: Content, *, segments: int = 1) -> Request:
    return PAGE.submit_request(submission(content, segments=segments), TWO)


def fields(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


LOGIN = {"username": "MyUsername", "password": "MyPassword"}
TO = {**LOGIN, "to": "44771012345,44771054321"}


@pytest.mark.parametrize(
    ("content", "segments", "expected"),
    [
        pytest.param(
            Text("The Message"), 1, {"text": "The Message", "maxconcat": "1"}, id="1 text"
        ),
        pytest.param(Text("x" * 400), 3, {"text": "x" * 400, "maxconcat": "3"}, id="1 long text"),
        pytest.param(
            Voice("Wake up"), 1, {"type": "6", "text": "Wake up", "maxconcat": "1"}, id="6 voice"
        ),
        pytest.param(Unicode("HELLO"), 1, {"type": "2", "hex": "00480045004C004C004F"}, id="2"),
        pytest.param(
            Unicode("Ж" * 100),
            2,
            {"type": "2", "hex": "0416" * 100, "maxconcat": "2"},
            id="2 with maxconcat",
        ),
        pytest.param(Unicode("😀"), 1, {"type": "2", "hex": "D83DDE00"}, id="2 surrogate pair"),
        pytest.param(
            Binary(bytes.fromhex(LOGO), bytes.fromhex("06050415820000")),
            1,
            {"type": "3", "udh": "06050415820000", "ud": LOGO},
            id="3 logo",
        ),
        pytest.param(Binary(b"\xff"), 1, {"type": "3", "ud": "FF"}, id="3 without udh"),
        pytest.param(
            WapPush("The message text", "http://www.intellisoftware.co.uk/images/IntelliSMS.gif"),
            1,
            {
                "type": "4",
                "text": "The message text",
                "href": "http://www.intellisoftware.co.uk/images/IntelliSMS.gif",
            },
            id="4 wap push",
        ),
    ],
)
def test_a_submission_is_the_form_of_the_page(
    content: Content, segments: int, expected: dict[str, str]
) -> None:
    request = sent(content, segments=segments)
    assert request.path == "sendmsg.aspx"
    assert fields(request) == TO | expected


def test_the_example_of_the_page_is_written_octet_for_octet() -> None:
    assert sent(Text("The Message")).body == (
        b"username=MyUsername&password=MyPassword&to=44771012345%2C44771054321"
        b"&text=The+Message&maxconcat=1"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "a&password=x&to=1",
        "100%00%26",
        "a+b c",
        "a=b;c",
        "a\r\nto: 1",
        "\u2028\u202ea",
        "é€😀",
        "'\"<>",
    ],
)
def test_no_word_breaks_out_of_its_form(hostile: str) -> None:
    """T26, T28: whatever stands in a text or a user context is one value of the form."""
    wanted = submission(Text(hostile), user_context=hostile)
    request = PAGE.submit_request(wanted, TWO)
    assert fields(request) == TO | {"text": hostile, "maxconcat": "1", "usercontext": hostile}
    assert request.body.count(b"&") == len(fields(request)) - 1
    assert re.fullmatch(rb"[A-Za-z0-9%&=+._*~-]+", request.body)


def test_an_mms_is_the_multipart_form_of_the_page() -> None:
    gateway = IntelliSms(("https://g",), "YourUsername", "YourPassword", delivery_reports=False)
    content = Mms(
        "MMS Message Subject",
        (
            Part("file1.txt", "text/plain", b"... contents of file1.txt ..."),
            Part("file2.gif", "image/gif", b"...contents of file2.gif..."),
        ),
    )
    request = gateway.submit_request(
        submission(content, originator="0771054321"), (Msisdn("0771012345"),)
    )
    boundary = request.content_type.removeprefix("multipart/form-data; boundary=")
    page = """\
--AaB03x
Content-Disposition: form-data; name="username"
Content-Type: text/plain

YourUsername
--AaB03x
Content-Disposition: form-data; name="password"
Content-Type: text/plain

YourPassword
--AaB03x
Content-Disposition: form-data; name="to"
Content-Type: text/plain

0771012345
--AaB03x
Content-Disposition: form-data; name="from"
Content-Type: text/plain

0771054321
--AaB03x
Content-Disposition: form-data; name="type"
Content-Type: text/plain

5
--AaB03x
Content-Disposition: form-data; name="text"
Content-Type: text/plain

MMS Message Subject
--AaB03x
Content-Disposition: form-data; filename="file1.txt"
Content-Type: text/plain

... contents of file1.txt ...
--AaB03x
Content-Disposition: form-data; filename="file2.gif"
Content-Type: image/gif
Content-Transfer-Encoding: binary

...contents of file2.gif...
--AaB03x--
"""
    assert request.path == "default.aspx"
    assert request.body.decode() == page.replace("\n", "\r\n").replace("AaB03x", boundary)


def test_the_subject_of_an_mms_is_utf_8_and_its_files_are_what_they_were() -> None:
    picture = bytes(range(256)) * 10 + b"\r\n--bridge-"
    request = sent(Mms("Łódź", (Part("a.jpg", "image/jpeg", picture),)))
    assert "\r\n\r\nŁódź\r\n".encode() in request.body
    assert b"\r\n\r\n" + picture + b"\r\n" in request.body


@pytest.mark.parametrize("content", [Text("a"), Mms("a", (Part("a.txt", "text/plain", b"b"),))])
def test_an_originator_a_user_context_and_reports_are_asked_for_only_where_wanted(
    content: Content,
) -> None:
    gateway = IntelliSms(("https://g",), "u", "p", delivery_reports=True)
    wanted = submission(content, originator="60006", user_context="ORDER-42")
    for word in (b"from", b"60006", b"usercontext", b"ORDER-42", b"delrpt"):
        assert word in gateway.submit_request(wanted, TWO).body
        assert word not in PAGE.submit_request(submission(content), TWO).body


@pytest.mark.parametrize(
    ("originator", "text", "mms"),
    [
        pytest.param("ACME", "ACME", "", id="a name is no originator of an MMS"),
        pytest.param("447700900000", "447700900000", "447700900000", id="a number"),
        pytest.param("+447700900000", "+447700900000", "447700900000", id="digits alone in an MMS"),
        pytest.param("", "", "", id="none"),
    ],
)
def test_an_originator_goes_with_a_text_as_it_is_and_with_an_mms_as_digits(
    originator: str, text: str, mms: str
) -> None:
    asked = submission(Text("a"), originator=originator)
    assert fields(PAGE.submit_request(asked, TWO)).get("from", "") == text
    asked = submission(Mms("a", (Part("a.txt", "text/plain", b"b"),)), originator=originator)
    body = PAGE.submit_request(asked, TWO).body
    given = re.search(rb'name="from"\r\n[^\r]*\r\n\r\n([^\r]*)\r\n', body)
    assert (given[1].decode() if given else "") == mms


def test_a_report_is_asked_for_with_delrpt_1_and_a_reply_tracked_by_usercontext() -> None:
    gateway = IntelliSms(("https://g",), "u", "p", delivery_reports=True)
    request = gateway.submit_request(submission(Text("a"), user_context="a&to=1\r\n"), TWO)
    assert fields(request)["delrpt"] == "1"
    assert fields(request)["usercontext"] == "a&to=1\r\n"
    assert fields(request)["to"] == TO["to"]


def test_a_distribution_list_stands_where_the_number_would() -> None:
    request = PAGE.submit_request(submission(Text("a")), (ListName("Customers 2026"),))
    assert fields(request)["to"] == "Customers 2026"


def test_a_hundred_numbers_go_in_one_submission() -> None:
    numbers: list[Destination] = [Msisdn(f"4477009{n:05}") for n in range(100)]
    request = PAGE.submit_request(submission(Text("a")), numbers)
    assert fields(request)["to"].split(",") == [str(each) for each in numbers]


@pytest.mark.parametrize(
    ("charset", "content_type", "text"),
    [
        ("vendor-utf-8", "application/x-www-form-urlencoded; charset:utf-8", b"text=%C2%A3+%C3%A9"),
        ("utf-8", "application/x-www-form-urlencoded; charset=utf-8", b"text=%C2%A3+%C3%A9"),
        ("iso-8859-1", "application/x-www-form-urlencoded", b"text=%A3+%E9"),
    ],
)
def test_a_form_says_its_charset_as_the_setting_asks(
    charset: Charset, content_type: str, text: bytes
) -> None:
    gateway = IntelliSms(("https://g",), "u", "p", charset=charset)
    request = gateway.submit_request(submission(Text("£ é")), TWO)
    assert request.content_type == content_type
    assert text in request.body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("5 €", {"hex": "0035002020AC"}, id="one segment"),
        pytest.param("€" * 70, {"hex": "20AC" * 70}, id="a full one"),
        pytest.param("€" * 71, {"hex": "20AC" * 71, "maxconcat": "2"}, id="two"),
        pytest.param("€" * 135, {"hex": "20AC" * 135, "maxconcat": "3"}, id="three"),
    ],
)
def test_what_latin_1_does_not_hold_goes_as_unicode_where_latin_1_is_set(
    text: str, expected: dict[str, str]
) -> None:
    gateway = IntelliSms(("https://g",), "u", "p", charset="iso-8859-1", delivery_reports=False)
    got = fields(gateway.submit_request(submission(Text(text), segments=9), TWO))
    assert {k: v for k, v in got.items() if k in ("hex", "text", "maxconcat")} == expected
    assert got["type"] == "2"


@pytest.mark.parametrize(
    ("request_", "path", "expected"),
    [
        pytest.param(PAGE.balance_request(), "getbalance.aspx", {}, id="balance"),
        pytest.param(
            PAGE.part_request("500110000000001", "cid1.gif"),
            "retrievemms.aspx",
            {"msgid": "500110000000001", "msgpart": "cid1.gif"},
            id="a file of an MMS",
        ),
        pytest.param(
            PAGE.part_request("1", "a.gif&msgid=other"),
            "retrievemms.aspx",
            {"msgid": "1", "msgpart": "a.gif&msgid=other"},
            id="a file with a hostile name",
        ),
        *(
            pytest.param(
                PAGE.list_request("MySubscriptionListName", "44771012345", action),
                "updatesubscriptionlist.aspx",
                {
                    "sublistname": "MySubscriptionListName",
                    "msisdn": "44771012345",
                    "action": code,
                },
                id=action,
            )
            for action, code in zip(ListAction, "123", strict=True)
        ),
    ],
)
def test_the_other_requests_are_those_of_the_page(
    request_: Request, path: str, expected: dict[str, str]
) -> None:
    assert request_.path == path
    assert fields(request_) == LOGIN | expected


def test_no_request_shows_the_login_or_the_text_where_it_is_printed() -> None:
    request = sent(Text("The Message"))
    shown = f"{PAGE!r} {request!r} {submission(Text('The Message'))!r} {request.path}"
    for secret in ("MyUsername", "MyPassword", "The Message", "The+Message"):
        assert secret not in shown
