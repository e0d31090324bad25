"""Each callback of the gateway's page, and what people and networks really post, as events."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.events import (
    ListChanged,
    MmsReceived,
    Progress,
    SmsReceived,
    StatusReport,
    Unreadable,
)
from bridge.core.promises import Callback
from bridge.gateways.contract import RawCallback
from bridge.gateways.intellisms import IntelliSms

GATEWAY = IntelliSms(("https://g",), "u", "p", numbers=NumberRules("GB"))
FORM = "application/x-www-form-urlencoded"
GMT = "2010-02-03T13:50:05-00:00"
BST = "2010-06-10T14:45:12+01:00"


def posted(body: bytes, content_type: str = FORM, query: bytes = b"") -> Callback:
    return GATEWAY.callback(RawCallback(query, body, content_type, received_at=9.0))


def post(**fields: str) -> Callback:
    return posted(urlencode({name.rstrip("_"): value for name, value in fields.items()}).encode())


SMS = {
    "from_": "447700900123",
    "text": "Yes 4pm works",
    "msgid": "500110000000001",
    "sent": GMT,
    "networkcode": "234015",
    "usercontext": "ORDER-42",
}
MMS = {
    "from_": "447700900123",
    "text": "My holiday",
    "msgid": "500110000000001",
    "type_": "5",
    "filelist": "smil.xml,cid1.gif, text 1.txt",
}
STATUS = {"msgid": "10011000000000000001", "status": "4", "toaddr": "447700900123"}
LIST = {
    "sublistname": "MySubscriptionListName",
    "sublisttype": "2",
    "msisdn": "447700900123",
    "action": "2",
    "source": "1",
    "timestamp": BST,
}


def sms(**fields: str) -> SmsReceived:
    event = post(**SMS | fields).event
    assert isinstance(event, SmsReceived)
    return event


# ---------------------------------------------------------------- the four kinds


def test_a_text_from_a_phone() -> None:
    assert post(**SMS).event == SmsReceived(
        number="447700900123",
        text="Yes 4pm works",
        message_id="500110000000001",
        sent=GMT,
        user_context="ORDER-42",
        network="Vodafone (UK)",
        received_at=9.0,
    )


def test_a_picture_from_a_phone() -> None:
    assert post(**MMS).event == MmsReceived(
        number="447700900123",
        subject="My holiday",
        message_id="500110000000001",
        files=("smil.xml", "cid1.gif", "text 1.txt"),
        sent="",
        user_context="",
        network="",
        received_at=9.0,
    )


def test_a_status_report() -> None:
    assert post(**STATUS).event == StatusReport(
        message_id="10011000000000000001",
        number="447700900123",
        status="4",
        progress=Progress.DELIVERED,
        words="message delivered",
        enhanced="2.0.0",
        received_at=9.0,
    )


def test_a_change_of_a_list() -> None:
    assert post(**LIST).event == ListChanged(
        list_name="MySubscriptionListName",
        list_type="user subscription list",
        number="447700900123",
        action="unsubscribed",
        source="inbound SMS",
        timestamp=BST,
        received_at=9.0,
    )


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        pytest.param(LIST | STATUS | MMS | SMS, ListChanged, id="sublistname and action first"),
        pytest.param(STATUS | MMS | SMS, StatusReport, id="then status and toaddr"),
        pytest.param(SMS | {"type": "5"}, MmsReceived, id="then type 5"),
        pytest.param(SMS | {"type": "1", "filelist": "a.gif"}, MmsReceived, id="or a filelist"),
        pytest.param(SMS | {"type": "1", "filelist": ""}, SmsReceived, id="type 1, no files"),
        pytest.param({"from_": "1", "text": ""}, SmsReceived, id="from and an empty text"),
        pytest.param({"from_": "", "text": ""}, SmsReceived, id="nobody says nothing"),
        pytest.param({"FROM_": "1", "Text": "x"}, SmsReceived, id="names in any case"),
        pytest.param({"MsgId": "1", "Status": "4", "ToAddr": "1"}, StatusReport, id="as in ASP"),
        pytest.param({"status": "", "toaddr": ""}, StatusReport, id="an empty report"),
        pytest.param(SMS | {"status": "4"}, SmsReceived, id="status alone is no report"),
        pytest.param({"type": "5"}, MmsReceived, id="a picture of nobody"),
    ],
)
def test_the_kind_is_told_by_the_fields(fields: dict[str, str], kind: type) -> None:
    assert isinstance(post(**fields).event, kind)


@pytest.mark.parametrize(
    ("body", "content_type", "query"),
    [
        pytest.param(b"", "", b"from=447700900123&text=Hi+%C2%A3&msgid=1", id="GET"),
        pytest.param(b"FROM=447700900123&Text=Hi+%C2%A3&MSGID=1", FORM, b"", id="upper case"),
        pytest.param(b"from=447700900123&text=Hi+%A3&msgid=1", FORM, b"", id="windows-1252"),
        pytest.param(b"from=447700900123&text=Hi+%C2%A3&msgid=1", "text/plain", b"", id="plain"),
        pytest.param(b"from=447700900123&text=Hi+%C2%A3", FORM, b"msgid=1", id="half in the query"),
        pytest.param(
            b'--q\r\nContent-Disposition: form-data; name="from"\r\n\r\n447700900123\r\n'
            b'--q\r\nContent-Disposition: form-data; name="text"\r\n\r\nHi \xa3\r\n'
            b'--q\r\nContent-Disposition: form-data; name="msgid"\r\n\r\n1\r\n--q--\r\n',
            "multipart/form-data; boundary=q",
            b"",
            id="multipart",
        ),
    ],
)
def test_a_text_is_the_same_however_it_is_posted(
    body: bytes, content_type: str, query: bytes
) -> None:
    got = posted(body, content_type, query)
    assert isinstance(got.event, SmsReceived)
    assert (got.event.number, got.event.text) == ("447700900123", "Hi £")
    assert got.key == post(from_="447700900123", text="Hi £", msgid="1").key


# ---------------------------------------------------------------- the fields


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("447700900123", "447700900123"),
        ("+447700900123", "447700900123"),
        ("00447700900123", "447700900123"),
        ("000000447700900123", "447700900123"),
        ("07700900123", "447700900123"),
        (" 447700900123 ", "447700900123"),
        ("44771012345", "44771012345"),
        ("60006", "60006"),
        ("Vodafone", "Vodafone"),
        ("ACME 24", "ACME 24"),
        ("0", "0"),
        ("", ""),
        ("447700900123\r\nBcc: v@e.org", "447700900123 Bcc: v@e.org"),
        ("٤٤٧٧٠٠", "٤٤٧٧٠٠"),
    ],
)
def test_a_number_is_e164_digits_and_a_name_stays_a_name(written: str, number: str) -> None:
    assert sms(from_=written).number == number
    report = post(**STATUS | {"toaddr": written}).event
    assert isinstance(report, StatusReport)
    assert report.number == number


@pytest.mark.parametrize(
    ("code", "network"),
    [
        ("234010", "O2 (UK)"),
        ("234015", "Vodafone (UK)"),
        ("234020", "Three (UK)"),
        ("234030", "T-Mobile (UK)"),
        ("234033", "Orange (UK)"),
        ("0", ""),
        ("", ""),
        ("26201", "26201"),
    ],
)
def test_a_network_code_becomes_a_name(code: str, network: str) -> None:
    assert sms(networkcode=code).network == network


@pytest.mark.parametrize("sent", [GMT, BST, "2010-06-10T14:45:12Z", "2010-06-10T14:45:12", "soon"])
def test_the_date_stays_as_the_gateway_wrote_it(sent: str) -> None:
    assert sms(sent=sent).sent == sent
    event = post(**LIST | {"timestamp": sent}).event
    assert isinstance(event, ListChanged)
    assert event.timestamp == sent


def test_the_text_keeps_its_lines_and_every_other_field_is_one_line() -> None:
    """T46"""
    event = sms(text="a\r\nb\tc\n", usercontext="x\nTo: v@e\u2028y\x85", msgid="1\v2", sent="\f")
    assert event.text == "a\r\nb\tc\n"
    assert (event.user_context, event.message_id, event.sent) == ("x To: v@e y", "1 2", "")


def test_the_names_of_files_are_split_at_commas_and_otherwise_as_posted() -> None:
    """T55: a file without a name has its place: the gateway counts it."""
    event = post(**MMS | {"filelist": "../../etc/passwd, ,a.gif&msgid=other,\0,a.gif,"}).event
    assert isinstance(event, MmsReceived)
    assert event.files == ("../../etc/passwd", "", "a.gif&msgid=other", "\ufffd", "a.gif")


def test_of_a_thousand_files_and_more_a_thousand_are_named() -> None:
    """T55: however they are called, and however many are called alike."""
    event = post(**MMS | {"filelist": "a," * 400_000 + "b"}).event
    assert isinstance(event, MmsReceived)
    assert event.files == ("a",) * 1000


def test_of_a_text_that_no_phone_can_send_the_beginning_is_told() -> None:
    """T48: all of it is kept beside its event."""
    got = post(**SMS | {"text": "x" * 900_000})
    assert isinstance(got.event, SmsReceived)
    assert got.event.text == "x" * 65_536
    assert b"x" * 900_000 in got.raw


@pytest.mark.parametrize("long", ["x" * 900_000, "\u0436" * 300_000], ids=["x", "two octets each"])
@pytest.mark.parametrize("fields", [SMS, MMS, STATUS, LIST], ids=["sms", "mms", "status", "list"])
def test_only_a_text_is_long(fields: dict[str, str], long: str) -> None:
    """T46, T48: by the others things are looked up, and shown in one line."""
    names = [name for name in fields if name not in ("text", "type_", "action")]
    event = post(**fields | dict.fromkeys(names, long)).event
    for name, value in asdict(event).items():
        values = value if isinstance(value, tuple) else (value,)
        assert all(len(str(each).encode()) <= 1020 for each in values), name


@pytest.mark.parametrize(
    ("code", "progress", "words", "enhanced"),
    [
        ("0", Progress.PENDING, "unknown", "4.0.0"),
        ("1", Progress.PENDING, "OK", "2.0.0"),
        ("2", Progress.PENDING, "message queued", "2.0.0"),
        ("3", Progress.PENDING, "message sent", "2.0.0"),
        ("4", Progress.DELIVERED, "message delivered", "2.0.0"),
        ("5", Progress.UNDELIVERABLE, "error with request", "5.5.0"),
        ("6", Progress.UNDELIVERABLE, "unable to deliver", "5.0.0"),
        ("7", Progress.UNDELIVERABLE, "routing error", "5.4.4"),
        ("8", Progress.EXPIRED, "message expired", "4.4.7"),
        ("9", Progress.PENDING, "unknown status 9", "4.0.0"),
        ("10", Progress.PENDING, "unknown status 10", "4.0.0"),
        ("11", Progress.DELIVERED, "acknowledged by recipient", "2.0.0"),
        ("12", Progress.UNDELIVERABLE, "rejected by recipient", "5.7.1"),
        ("13", Progress.UNDELIVERABLE, "rejected by a spam filter", "5.7.1"),
        ("14", Progress.DELIVERED, "message read", "2.0.0"),
        ("15", Progress.UNDELIVERABLE, "rejected: outside the response window", "5.7.1"),
        ("16", Progress.UNDELIVERABLE, "rejected: age restriction", "5.7.1"),
        ("17", Progress.UNDELIVERABLE, "recipient not provisioned", "5.2.1"),
        ("99", Progress.PENDING, "unknown status 99", "4.0.0"),
        ("", Progress.PENDING, "unknown status", "4.0.0"),
        ("sent", Progress.PENDING, "unknown status sent", "4.0.0"),
    ],
)
def test_a_status_has_a_meaning_words_and_an_enhanced_code(
    code: str, progress: Progress, words: str, enhanced: str
) -> None:
    """T45"""
    event = post(**STATUS | {"status": code}).event
    assert isinstance(event, StatusReport)
    assert (event.status, event.progress, event.words) == (code, progress, words)
    assert event.enhanced == enhanced


@pytest.mark.parametrize(
    ("field", "code", "words"),
    [
        ("action", "1", "subscribed"),
        ("action", "2", "unsubscribed"),
        ("action", "3", "deleted"),
        ("action", "9", "action 9"),
        ("action", "", ""),
        ("sublisttype", "1", "premium rate subscription list"),
        ("sublisttype", "2", "user subscription list"),
        ("sublisttype", "3", "type 3"),
        ("source", "1", "inbound SMS"),
        ("source", "2", "inbound MMS"),
        ("source", "3", "outgoing SMS"),
        ("source", "4", "outgoing MMS"),
        ("source", "5", "web portal"),
        ("source", "6", "IntelliSoftware support"),
        ("source", "7", "API"),
        ("source", "8", "platform (such as STOP to 86688)"),
        ("source", "9", "delivery status report"),
        ("source", "10", "help desk, by phone"),
        ("source", "11", "help desk, by e-mail"),
        ("source", "12", "help desk, by web form"),
        ("source", "13", "source 13"),
    ],
)
def test_a_list_events_codes_become_words(field: str, code: str, words: str) -> None:
    event = post(**LIST | {field: code}).event
    assert isinstance(event, ListChanged)
    assert {"action": event.action, "sublisttype": event.list_type, "source": event.source}[
        field
    ] == words


# ---------------------------------------------------------------- repeats


@pytest.mark.parametrize("fields", [SMS, MMS, STATUS, LIST], ids=["sms", "mms", "status", "list"])
def test_a_repeat_has_the_same_strong_key(fields: dict[str, str]) -> None:
    first, again = post(**fields), post(**dict(reversed(fields.items())))
    assert first.key == again.key
    assert not first.weak


@pytest.mark.parametrize(
    ("fields", "other"),
    [
        pytest.param(SMS, {"msgid": "2"}, id="another text"),
        pytest.param(SMS, {"text": "No"}, id="the same id with another text"),
        pytest.param(SMS, {"from_": "447700900124"}, id="the same id from somebody else"),
        pytest.param(MMS, {"msgid": "2"}, id="another picture"),
        pytest.param(STATUS, {"msgid": "2"}, id="a report on another text"),
        pytest.param(STATUS, {"toaddr": "447700900124"}, id="a report on another number"),
        pytest.param(STATUS, {"status": "2"}, id="another status"),
        pytest.param(LIST, {"sublistname": "Other"}, id="another list"),
        pytest.param(LIST, {"msisdn": "447700900124"}, id="another number on the list"),
        pytest.param(LIST, {"action": "1"}, id="another action"),
        pytest.param(LIST, {"timestamp": GMT}, id="another time"),
        pytest.param(SMS, {"type": "5"}, id="another kind"),
    ],
)
def test_what_differs_in_its_key_is_another_event(
    fields: dict[str, str], other: dict[str, str]
) -> None:
    """T42"""
    assert post(**fields).key != post(**fields | other).key


@pytest.mark.parametrize(
    ("fields", "other"),
    [
        pytest.param(SMS, {"usercontext": "x"}, id="sms"),
        pytest.param(SMS, {"from_": "+447700900123"}, id="the number spelt anew"),
        pytest.param(MMS, {"text": "x"}, id="mms"),
        pytest.param(LIST, {"source": "7"}, id="list"),
    ],
)
def test_what_differs_outside_its_key_is_a_repeat(
    fields: dict[str, str], other: dict[str, str]
) -> None:
    assert post(**fields).key == post(**fields | other).key


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        (SMS, "msgid"),
        (MMS, "msgid"),
        (STATUS, "msgid"),
        (STATUS, "toaddr"),
        (LIST, "msisdn"),
        (LIST, "action"),
        (LIST, "timestamp"),
    ],
)
def test_without_its_id_an_event_has_the_weak_key_of_its_octets(
    fields: dict[str, str], missing: str
) -> None:
    got = post(**fields | {missing: ""})
    assert got.weak
    assert got.key == post(**fields | {missing: ""}).key
    assert got.key != post(**fields | {missing: "", "sent": "another"}).key


# ---------------------------------------------------------------- what nobody can read


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "it has no fields", id="empty"),
        pytest.param(b"\r\n", "it has no fields", id="blank"),
        pytest.param(
            b"text=hello&Msgid=1",
            "no known callback has just these fields: text, msgid",
            id="nobody's text",
        ),
        pytest.param(b'{"from": "1"}', "it has no fields", id="json"),
        pytest.param(b"status=4", "no known callback has just these fields: status", id="status"),
        pytest.param(
            b"a%0d%0ab=1&to=1",
            "no known callback has just these fields: to",
            id="a name in two lines",
        ),
    ],
)
def test_what_nobody_can_read_is_kept_and_says_why(body: bytes, why: str) -> None:
    got = posted(body)
    assert got.event == Unreadable(why, body, 9.0)
    assert got.weak
    assert got.raw == body


def test_the_octets_are_kept_as_they_came_query_and_all() -> None:
    body = b"from=1&text=%A3"
    assert posted(body).raw == body
    assert posted(b"", "", b"from=1&text=x").raw == b"from=1&text=x"
    both = posted(body, FORM, b"msgid=7")
    assert (both.raw, both.content_type, both.received_at) == (b"msgid=7\n" + body, FORM, 9.0)


def test_every_octet_is_taken_without_an_error() -> None:
    """T48"""
    for octets in (bytes(range(256)), b"%" * 999, b"=&" * 999, b"from=%00&text=\xff"):
        for content_type in ("", FORM, "multipart/form-data", f"{FORM}; charset=unicode_escape"):
            assert posted(octets, content_type, octets).key
