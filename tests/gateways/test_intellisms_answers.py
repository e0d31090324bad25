"""Each answer of the gateway, from its page or from the wild, and the outcome that it means."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.model import Destination, ListName, Msisdn
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways.contract import Response
from bridge.gateways.intellisms import IntelliSms

GATEWAY = IntelliSms(("https://g",), "u", "p", numbers=NumberRules("GB"))
ID = "10011000000000000001"
A, B, C = Msisdn("447700900001"), Msisdn("447700900002"), Msisdn("447700900003")
LIST = ListName("Customers 2026")


def outcomes(
    body: bytes | str, *destinations: Destination, status: int = 200, complete: bool = True
) -> list[Outcome]:
    octets = body if isinstance(body, bytes) else body.encode()
    response = Response(status, octets, complete=complete)
    got = GATEWAY.submit_outcomes(destinations, response)
    assert list(got) == list(destinations)
    return [got[each] for each in destinations]


def tokens(*found: Outcome) -> list[str]:
    """Outcomes as short words: `+id`, or the kind's initial and its token."""
    return [
        f"+{each.message_id}"
        if isinstance(each, Accepted)
        else f"{type(each).__name__} {each.token}"
        for each in found
    ]


# ---------------------------------------------------------------- one number


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        pytest.param(f"ID:{ID}", ID, id="the page's"),
        pytest.param(f"ID:{ID}\r\n", ID, id="CRLF"),
        pytest.param(f"ID:{ID}\n", ID, id="LF"),
        pytest.param(f"ID:{ID}\r", ID, id="CR"),
        pytest.param(f"ID:{ID}<br>", ID, id="br"),
        pytest.param(f"ID:{ID}<BR />\n", ID, id="BR with a slash"),
        pytest.param(f"\ufeffID:{ID}", ID, id="BOM"),
        pytest.param("ID: 123", "123", id="a space"),
        pytest.param(f"id:{ID}", ID, id="lower case"),
        pytest.param(f"\r\n  ID:{ID}\r\n\r\n", ID, id="blank lines"),
        pytest.param(f"ID:{ID} Message has been sent to the gateway.", ID, id="trailing text"),
        pytest.param(f"ID:{ID}\r\nHave a nice day\r\n", ID, id="a line of chat"),
        pytest.param("ID:0123456789abcdef0123456789abcdef01", "0123456789abcdef0123456789abcdef01",
                     id="34 hex digits"),
        pytest.param("ID:" + "9" * 1000, "9" * 1000, id="1,000 characters"),
        pytest.param(f"ID:{ID}\0\x0e9", ID, id="control characters behind it"),
        pytest.param("ID:" + "9" * 60_000, "9" * 1000, id="60,000, of which a store takes 1,000"),
        pytest.param(f"447700900001,ID:{ID}", ID, id="with its number"),
        pytest.param(f"+44 7700 900001, ID:{ID}", ID, id="with its number, spaced"),
        pytest.param(f"00447700900001,ID:{ID}", ID, id="padded"),
        pytest.param(f"07700900001,ID:{ID}", ID, id="national"),
        pytest.param(f"7700900001,ID:{ID}", ID, id="without its country"),
        pytest.param(f"449999999999,ID:{ID}", ID, id="a number that we never sent"),
        pytest.param(f"447700900001,ID:{ID}\r\n447700900001,ID:{ID}\r\n", ID, id="twice"),
        pytest.param(f"447700900001,ERR:INVALID_NUMBER\r\n447700900001,ID:{ID}\r\n", ID,
                     id="twice, and one is an id"),
        pytest.param(f"447700900001,ID:{ID}\r\n449999999999,ERR:INVALID_NUMBER\r\n", ID,
                     id="an extra line"),
    ],
)  # fmt: skip
def test_an_id_means_accepted(body: str, message_id: str) -> None:
    """T63"""
    assert outcomes(body, A) == [Accepted(message_id)]


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("LOGIN_INVALID", Blocked),
        ("INSUFFICIENT_CREDIT", Blocked),
        ("DAILY_ALLOWANCE_EXCEEDED", Blocked),
        ("CONNECTION_NOT_SECURE", Blocked),
        ("AUTH_PARAMETER_MISSING", Blocked),
        ("AUTH_PARAMETER_INVALID", Blocked),
        ("AUTH_SOMETHING_NEW", Blocked),
        ("GATEWAY_ERROR", Deferred),
        ("INTERNAL_ERROR", Deferred),
    ],
)
def test_an_error_of_the_account_or_the_moment_is_not_the_messages_fault(
    token: str, kind: type[Outcome]
) -> None:
    for answer in (f"ERR:{token}", f"err: {token.lower()} \r\n", f"447700900001,ERR:{token}<br>"):
        (outcome,) = outcomes(answer, A)
        assert isinstance(outcome, kind)
        assert tokens(outcome) == [f"{kind.__name__} {token}"]


@pytest.mark.parametrize(
    ("token", "ours"),
    [
        ("INVALID_NUMBER", False),
        ("TOO_MANY_NUMBERS", False),
        ("MSGID_INVALID", False),
        ("INVALID_REQUEST", True),
        ("NO_USERNAME", True),
        ("NO_PASSWORD", True),
        ("NO_TO", True),
        ("NO_TEXT", True),
        ("NO_MSGID", True),
        ("NO_XXXXXXXXXXX", True),
        ("PARAMETER_MISSING", True),
        ("PARAMETER_INVALID", True),
        ("PPARAMETER_INVALID", True),
        ("ACCOUNT_EXISTS", True),
        ("NEVER_HEARD_OF", True),
    ],
)
def test_an_error_of_the_message_is_a_refusal_and_the_operator_hears_of_ours(
    token: str, ours: bool
) -> None:
    (outcome,) = outcomes(f"ERR:{token} as the page words it\r\n", A)
    assert isinstance(outcome, Refused)
    assert (outcome.token, outcome.ours, outcome.whole) == (token, ours, False)
    assert outcome.reason


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ("DELAY:5", 5.0),
        ("DELAY:0", 0.0),
        ("delay: 120\r\n", 120.0),
        ("DELAY:121", 15.0),
        ("DELAY:99999999999", 15.0),
        ("DELAY:", 15.0),
        ("DELAY:soon", 15.0),
    ],
)
def test_a_delay_asks_for_the_same_host_once_more(body: str, wait: float) -> None:
    (outcome,) = outcomes(body, A)
    assert outcome == Deferred("DELAY", "the gateway is busy", retry_after=wait, same_host=True)


@pytest.mark.parametrize(
    ("body", "token"),
    [
        pytest.param("", "EMPTY", id="empty"),
        pytest.param("\r\n \r\n", "EMPTY", id="blank"),
        pytest.param("<html><body>Server Error</body></html>", "PAGE", id="a web page"),
        pytest.param("<!DOCTYPE html>\n<p>\nID:1\n", "PAGE", id="a web page with an ID: line"),
        pytest.param("\ufeff <HTML>\nERR:GATEWAY_ERROR\n", "PAGE", id="a web page with an ERR:"),
        pytest.param("Hello", "UNREADABLE", id="junk"),
        pytest.param("OK", "UNREADABLE", id="the word of another request"),
        pytest.param("BALANCE:100", "UNREADABLE", id="a balance"),
        pytest.param("x ID:1", "UNREADABLE", id="an id amid words"),
        pytest.param("ID:", "NO_ID", id="an empty id"),
        pytest.param("447700900001,ID: \r\n", "NO_ID", id="an empty id with a number"),
        pytest.param("ID:\0\0", "NO_ID", id="an id of NULs"),
        pytest.param("ERR:", "CUT", id="an error cut at its colon"),
        pytest.param("ERR:\r\n", "NO_TOKEN", id="an empty error"),
        pytest.param("ERR:GATEWAY_ERR", "CUT", id="a known error cut short"),
        pytest.param("\0\xff\xfe", "UNREADABLE", id="octets"),
    ],
)
def test_an_answer_that_nobody_can_read_is_in_doubt(body: str, token: str) -> None:
    (outcome,) = outcomes(body, A)
    assert tokens(outcome) == [f"InDoubt {token}"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Deferred) for status in (301, 302, 303, 307, 308)),
        *((status, Deferred) for status in (400, 401, 403, 404, 405, 413, 415, 429, 503)),
        *((status, InDoubt) for status in (500, 502, 504, 501, 409)),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>sorry</html>", b"ERR:INVALID_NUMBER"])
def test_a_status_says_whether_it_was_processed(
    status: int, kind: type[Outcome], body: bytes
) -> None:
    """T62, T63"""
    assert tokens(*outcomes(body, A, B, status=status)) == [f"{kind.__name__} HTTP_{status}"] * 2


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_an_id_counts_under_any_status_since_it_must_never_be_sent_again(status: int) -> None:
    got = outcomes(f"447700900001,ID:{ID}\r\n447700900002,ERR:INVALID_NUMBER", A, B, status=status)
    assert got[0] == Accepted(ID)
    assert tokens(got[1])[0].endswith(f"HTTP_{status}")


@pytest.mark.parametrize(
    ("status", "for_operator"),
    [
        *((status, True) for status in (301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 413)),
        *((status, False) for status in (408, 421, 429, 503)),
    ],
)
def test_a_status_that_will_not_pass_by_itself_is_for_the_operator(
    status: int, for_operator: bool
) -> None:
    """T62: a redirect is never followed; only a person can say where the gateway is."""
    (outcome,) = outcomes(b"", A, status=status)
    assert isinstance(outcome, Deferred)
    assert outcome.for_operator is for_operator


def test_an_error_of_a_thousand_letters_is_told_by_its_first_hundred() -> None:
    """T63"""
    (outcome,) = outcomes(b"ERR:NO_" + b"X" * 60_000, A)
    assert isinstance(outcome, Refused)
    assert outcome.token == "NO_" + "X" * 97


@pytest.mark.parametrize("word", ["hunter2canary", "Canary", "CANARY_2", "_CANARY", "CANARY_"])
def test_an_error_that_is_no_word_of_a_gateway_is_a_refusal_and_not_repeated(word: str) -> None:
    """T60: it may be our own password."""
    (outcome,) = outcomes(f"ERR:{word}", A)
    assert isinstance(outcome, Refused)
    assert outcome.ours
    assert word.upper() not in repr(outcome).upper()


def test_retry_after_is_honoured() -> None:
    response = Response(503, b"", retry_after=120.0)
    assert GATEWAY.submit_outcomes([A], response)[A] == Deferred(
        "HTTP_503", "the gateway answered with HTTP status 503", retry_after=120.0
    )


# ---------------------------------------------------------------- several numbers

PAGE_OF_THREE = (
    Msisdn("44771012345"),
    Msisdn("44771012346"),
    Msisdn("44771054321"),
)


def test_the_example_of_the_page() -> None:
    body = f"44771012345,ID:{ID}\r\n44771012346,ID:{ID}\r\n44771054321,ERR:INVALID_NUMBER\r\n"
    assert tokens(*outcomes(body, *PAGE_OF_THREE)) == [
        f"+{ID}",
        f"+{ID}",
        "Refused INVALID_NUMBER",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("ID:7", ["+7", "+7", "+7"], id="one line speaks for all"),
        pytest.param(
            "447700900003,ID:7\n447700900001,ERR:INVALID_NUMBER\n447700900002,ID:7",
            ["Refused INVALID_NUMBER", "+7", "+7"],
            id="reordered",
        ),
        pytest.param(
            "447700900001,ID:7<br>447700900002,ID:7<br/>447700900003,ID:7",
            ["+7", "+7", "+7"],
            id="br between lines",
        ),
        pytest.param(
            "447700900001,ID:7\r\n447700900003,ID:7\r\n",
            ["+7", "InDoubt NO_LINE", "+7"],
            id="a line missing",
        ),
        pytest.param(
            "447700900001,ID:7\r\n447700900002,ID:7\r\n449999999999,ID:7\r\n",
            ["+7", "+7", "+7"],
            id="the last one left over pairs",
        ),
        pytest.param(
            "447700900001,ID:7\r\n449999999998,ID:7\r\n449999999999,ID:7\r\n",
            ["+7", "InDoubt NO_LINE", "InDoubt NO_LINE"],
            id="two left over do not pair",
        ),
        pytest.param(
            "447700900001,ID:7\r\n447700900002,ID:7\r\nGroup,ID:7\r\n",
            ["+7", "+7", "InDoubt NO_LINE"],
            id="a name does not pair with a number",
        ),
        pytest.param(
            "07700900001,ID:7\r\n00447700900002,ID:7\r\n+44 (7700) 900-003,ID:7",
            ["+7", "+7", "+7"],
            id="spelt anew",
        ),
        pytest.param(
            "447700900001,ID:7\n447700900001,ERR:INVALID_NUMBER\n447700900002,ID:7\n"
            "447700900003,ID:7",
            ["+7", "+7", "+7"],
            id="twice with different answers",
        ),
        pytest.param(
            "447700900001,ID:7\r\n447700900002,ERR:GATEWAY_ERROR\r\n"
            "447700900003,ERR:INSUFFICIENT_CREDIT\r\n",
            ["+7", "Deferred GATEWAY_ERROR", "Blocked INSUFFICIENT_CREDIT"],
            id="each its own",
        ),
        pytest.param(
            "447700900001,ID:7\r\nERR:GATEWAY_ERROR\r\n",
            ["+7", "Deferred GATEWAY_ERROR", "Deferred GATEWAY_ERROR"],
            id="a line without a number speaks for the rest",
        ),
        pytest.param(
            "447700900001,ID:7\r\n<html>\r\n447700900002,ID:7\r\n",
            ["+7", "+7", "InDoubt NO_LINE"],
            id="junk between lines",
        ),
        pytest.param("Hello", ["InDoubt UNREADABLE"] * 3, id="junk"),
        pytest.param("DELAY:5", ["Deferred DELAY"] * 3, id="busy"),
        pytest.param("ERR:LOGIN_INVALID", ["Blocked LOGIN_INVALID"] * 3, id="the account"),
        pytest.param("ERR:GATEWAY_ERROR", ["Deferred GATEWAY_ERROR"] * 3, id="the moment"),
    ],
)
def test_lines_find_their_numbers(body: str, expected: list[str]) -> None:
    """T63"""
    assert tokens(*outcomes(body, A, B, C)) == expected


@pytest.mark.parametrize(
    "token", ["INVALID_NUMBER", "TOO_MANY_NUMBERS", "INVALID_REQUEST", "NO_TO", "NEVER_HEARD_OF"]
)
def test_one_refusal_for_a_whole_batch_says_that_none_was_sent(token: str) -> None:
    for outcome in outcomes(f"ERR:{token}\r\n", A, B, C):
        assert isinstance(outcome, Refused)
        assert (outcome.token, outcome.whole) == (token, True)


def test_a_refusal_of_one_number_says_nothing_of_the_others() -> None:
    (outcome, _, _) = outcomes("447700900001,ERR:INVALID_NUMBER\r\n", A, B, C)
    assert isinstance(outcome, Refused)
    assert not outcome.whole


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("447700900123", ["+7", "InDoubt NO_LINE"], id="exact"),
        pytest.param("7700900123", ["InDoubt NO_LINE", "InDoubt NO_LINE"], id="ends both"),
        pytest.param("07700900123", ["+7", "InDoubt NO_LINE"], id="national, so the region's"),
        pytest.param("00337700900123", ["InDoubt NO_LINE", "+7"], id="padded"),
    ],
)
def test_digits_that_end_two_numbers_belong_to_neither(line: str, expected: list[str]) -> None:
    body = f"{line},ID:7\r\n"
    assert tokens(*outcomes(body, Msisdn("447700900123"), Msisdn("337700900123"))) == expected


def test_digits_that_end_two_numbers_belong_to_the_one_without_a_line() -> None:
    body = "447700900123,ID:7\r\n7700900123,ERR:INVALID_NUMBER\r\n"
    got = outcomes(body, Msisdn("447700900123"), Msisdn("337700900123"))
    assert tokens(*got) == ["+7", "Refused INVALID_NUMBER"]


def test_eight_digits_are_too_few_to_tell_a_number_by_its_end() -> None:
    body = "00900001,ID:7\r\n00900009,ID:7\r\n"
    assert tokens(*outcomes(body, A, B)) == ["InDoubt NO_LINE", "InDoubt NO_LINE"]


# ---------------------------------------------------------------- cut answers


@pytest.mark.parametrize(
    ("body", "complete", "expected"),
    [
        pytest.param("", False, ["InDoubt CUT", "InDoubt CUT"], id="nothing came"),
        pytest.param("ID:1001", False, ["InDoubt CUT", "InDoubt CUT"], id="within the id"),
        pytest.param("ID:1001\r\n", False, ["+1001", "+1001"], id="after a line"),
        pytest.param(
            "447700900001,ID:1001\r\n4477",
            True,
            ["+1001", "InDoubt NO_LINE"],
            id="within a number, no length announced",
        ),
        pytest.param(
            "447700900001,ID:1001\r\n447700900002,ID:1",
            False,
            ["+1001", "+1001"],
            id="within an id that is known",
        ),
        pytest.param(
            "447700900001,ID:1001\r\n447700900002,ID:1",
            True,
            ["+1001", "+1001"],
            id="the same, no length announced",
        ),
        pytest.param(
            "447700900001,ID:1001\r\n447700900002,ERR:INV",
            True,
            ["+1001", "InDoubt CUT"],
            id="within an error, no length announced",
        ),
        pytest.param(
            "447700900001,ID:1001\r\n447700900002,ERR:INVALID_NUMBER",
            False,
            ["+1001", "InDoubt CUT"],
            id="perhaps within an error",
        ),
        pytest.param(
            "449999999999,ID:1001\r\n447700900002,ID:1001\r\n",
            False,
            ["InDoubt NO_LINE", "+1001"],
            id="nothing is left over where lines are missing",
        ),
    ],
)
def test_of_an_answer_that_was_cut_only_whole_lines_count(
    body: str, complete: bool, expected: list[str]
) -> None:
    assert tokens(*outcomes(body, A, B, complete=complete)) == expected


def test_of_an_endless_answer_the_first_64_kib_are_read() -> None:
    """T63"""
    begun = time.process_time()
    junk = b"x" * 10_000_000
    assert tokens(*outcomes(junk, A)) == ["InDoubt CUT"]
    assert tokens(*outcomes(b"ID:7\r\n" + junk, A)) == ["+7"]
    assert tokens(*outcomes(b"x\r\n" * 30_000 + b"ID:7\r\n", A)) == ["InDoubt CUT"]
    lines = b"7700900001,ERR:X\r\n" * 500_000
    assert tokens(*outcomes(lines, A, *_hundred())) == ["InDoubt CUT", *["InDoubt NO_LINE"] * 99]
    assert time.process_time() - begun < 2.0


def _hundred() -> list[Destination]:
    return [Msisdn(f"44770091{n:04}") for n in range(99)]


# ---------------------------------------------------------------- distribution lists


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("ID:7", "+7", id="one line"),
        pytest.param("447700900001,ID:7\r\n447700900002,ID:7\r\n", "+7", id="its members"),
        pytest.param("447700900001,ERR:INVALID_NUMBER\r\n447700900002,ID:7\r\n", "+7", id="some"),
        pytest.param("Customers 2026,ID:7", "+7", id="its name"),
        pytest.param("447700900001,ERR:INVALID_NUMBER\r\n", "Refused INVALID_NUMBER", id="none"),
        pytest.param("ERR:INVALID_NUMBER", "Refused INVALID_NUMBER", id="no such list"),
        pytest.param(
            "447700900001,ERR:INVALID_NUMBER\r\n447700900002,ERR:GATEWAY_ERROR\r\n",
            "Deferred GATEWAY_ERROR",
            id="none, but it may go later",
        ),
        pytest.param("Hello", "InDoubt UNREADABLE", id="junk"),
    ],
)
def test_a_list_was_taken_if_any_of_its_lines_has_an_id(body: str, expected: str) -> None:
    assert tokens(*outcomes(body, LIST)) == [expected]


# ---------------------------------------------------------------- balance, list updates, files


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("BALANCE:100", "100"),
        ("BALANCE: 99.5\r\n", "99.5"),
        ("balance:0", "0"),
        ("BALANCE:-3", "-3"),
        ("\ufeffBALANCE:7 credits", "7"),
    ],
)
def test_a_balance_is_read(body: str, left: str) -> None:
    assert GATEWAY.balance(Response(200, body.encode())) == Decimal(left)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(200, b"ERR:LOGIN_INVALID"), "Blocked LOGIN_INVALID"),
        (Response(200, b"ERR:NO_USERNAME"), "Refused NO_USERNAME"),
        (Response(200, b"ERR:INTERNAL_ERROR"), "Deferred INTERNAL_ERROR"),
        (Response(200, b"DELAY:5"), "Deferred DELAY"),
        (Response(200, b"BALANCE:lots"), "InDoubt UNREADABLE"),
        (Response(200, b"BALANCE:10", complete=False), "InDoubt CUT"),
        (Response(200, b"ID:1"), "InDoubt UNREADABLE"),
        (Response(200, b""), "InDoubt EMPTY"),
        (Response(200, b"<html>"), "InDoubt PAGE"),
        (Response(503, b"BALANCE:100"), "Deferred HTTP_503"),
    ],
)
def test_a_balance_that_is_none_says_why(response: Response, expected: str) -> None:
    got = GATEWAY.balance(response)
    assert not isinstance(got, Decimal)
    assert tokens(got) == [expected]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(200, b"OK"), "+"),
        (Response(200, b"\xef\xbb\xbfok\r\n"), "+"),
        (Response(200, b"OK The request action has been completed"), "+"),
        (Response(200, b"ERR:LOGIN_INVALID"), "Blocked LOGIN_INVALID"),
        (Response(200, b"ERR:NO_USERNAME"), "Refused NO_USERNAME"),
        (Response(200, b"ERR:NO_PASSWORD"), "Refused NO_PASSWORD"),
        (Response(200, b"ERR:PARAMETER_MISSING"), "Refused PARAMETER_MISSING"),
        (Response(200, b"ERR:PPARAMETER_INVALID"), "Refused PPARAMETER_INVALID"),
        (Response(200, b"ERR:INVALID_REQUEST"), "Refused INVALID_REQUEST"),
        (Response(200, b"ERR:GATEWAY_ERROR"), "Deferred GATEWAY_ERROR"),
        (Response(200, b"ERR:INTERNAL_ERROR"), "Deferred INTERNAL_ERROR"),
        (Response(200, b"OKAY"), "InDoubt UNREADABLE"),
        (Response(500, b"OK"), "InDoubt HTTP_500"),
    ],
)
def test_a_list_update_is_done_if_the_gateway_says_ok(response: Response, expected: str) -> None:
    assert tokens(GATEWAY.list_outcome(response)) == [expected]


def test_a_list_that_the_gateway_does_not_know_is_said_so() -> None:
    outcome = GATEWAY.list_outcome(Response(200, b"ERR:PPARAMETER_INVALID"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "the list's name or the action is not known at the gateway"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"GIF89a\x00\xff", id="a picture"),
        pytest.param(b"Hello", id="a text"),
        pytest.param(b"ERR: I cannot come, sorry", id="a text that begins like an error"),
        pytest.param(b"ERR:NEVER_HEARD_OF", id="a text that looks like an error"),
        pytest.param(b"ERR:GATEWAY_ERROR was all it said", id="a text about an error"),
        pytest.param(b"ID:7", id="a text that looks like an id"),
        pytest.param(b"<smil><head/></smil>", id="SMIL"),
        pytest.param(b"<svg/>", id="SVG"),
        pytest.param(b"x" * 4_000_000, id="four megabytes"),
    ],
)
def test_a_file_of_an_mms_is_what_came(body: bytes) -> None:
    assert GATEWAY.part(Response(200, body)) == body


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(200, b"ERR:LOGIN_INVALID"), "Blocked LOGIN_INVALID"),
        (Response(200, b"ERR:MSGID_INVALID\r\n"), "Refused MSGID_INVALID"),
        (Response(200, b"ERR:NO_USERNAME"), "Refused NO_USERNAME"),
        (Response(200, b"ERR:NO_PASSWORD"), "Refused NO_PASSWORD"),
        (Response(200, b"ERR:NO_MSGID"), "Refused NO_MSGID"),
        (Response(200, b"ERR:PARAMETER_MISSING"), "Refused PARAMETER_MISSING"),
        (Response(200, b"ERR:PARAMETER_INVALID"), "Refused PARAMETER_INVALID"),
        (Response(200, b"ERR:GATEWAY_ERROR"), "Deferred GATEWAY_ERROR"),
        (Response(200, b"ERR:INTERNAL_ERROR"), "Deferred INTERNAL_ERROR"),
        (Response(200, b"DELAY:5"), "Deferred DELAY"),
        (Response(200, b""), "Deferred EMPTY"),
        (Response(200, b"<html><h1>Runtime Error</h1>" + b"x" * 100_000), "Deferred PAGE"),
        (Response(200, b"GIF89a", complete=False), "Deferred CUT"),
        (Response(200, b"GIF89a", complete=False, oversize=True), "Refused TOO_LARGE"),
        (Response(404, b"GIF89a"), "Deferred HTTP_404"),
        (Response(500, b"GIF89a"), "Deferred HTTP_500"),
        (Response(307, b""), "Deferred HTTP_307"),
    ],
)
def test_a_file_that_did_not_come_says_why_and_is_asked_for_again(
    response: Response, expected: str
) -> None:
    got = GATEWAY.part(response)
    assert not isinstance(got, bytes)
    assert tokens(got) == [expected]


def test_whatever_the_gateway_says_nothing_raises() -> None:
    for body in (bytes(range(256)), b"\xef\xbb\xbf", b",ID:1", b"ID" * 99, b"<br>" * 9999):
        for status in (100, 200, 304, 599):
            response = Response(status, body)
            assert len(GATEWAY.submit_outcomes([A, LIST], response)) == 2
            GATEWAY.balance(response)
            GATEWAY.list_outcome(response)
            GATEWAY.part(response)
