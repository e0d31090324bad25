"""The rules of the gateway's page, a row for each value that it states."""

from __future__ import annotations

import pytest

from bridge.sandbox.account import Account, international
from bridge.sandbox.alphabet import cut, septets
from bridge.sandbox.form import Form
from bridge.sandbox.page import Wrong, message, numbers

LOGO_UDH = "06050415820000"
LOGO_UD = (
    "32F40100480E01000000000000000000000000000000000000000000000000000000000001247803000000E0080120"
    "CC0640000040080120CC06C00000479E7124F0EFFADCF64448892479B6DAC6CD4448F9241DB6DACECF44488124CDB6"
    "CD96CC44488924CDB6CD96CDE446712478E66D9EC6000000000000000000000000000000000000"
)
LINK = "http://www.intellisoftware.co.uk/images/IntelliSMS.gif"


def refused(fields: dict[str, str]) -> str:
    with pytest.raises(Wrong) as wrong:
        message(Form(fields), mms=False, long_unicode=False)
    return wrong.value.token


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({"text": "The Message"}, "text", "The Message"),
        ({"type": "1", "text": "The Message"}, "text", "The Message"),
        ({"type": "6", "text": "The Message"}, "voice", "The Message"),
        ({"type": "2", "hex": "00480045004C004C004F"}, "unicode", "HELLO"),
        ({"type": "2", "hex": "d83dde00"}, "unicode", "😀"),
        ({"type": "2", "hex": "0048" * 70}, "unicode", "H" * 70),
        ({"type": "3", "ud": LOGO_UD, "udh": LOGO_UDH}, "binary", ""),
        ({"type": "3", "ud": "00" * 140}, "binary", ""),
        ({"type": "4", "text": "The message text", "href": LINK}, "wap-push", "The message text"),
        ({"type": "4", "text": "x" * 101, "href": "https://e.org"}, "wap-push", "x" * 101),
    ],
)
def test_the_examples_of_the_page_pass(fields: dict[str, str], kind: str, text: str) -> None:
    read = message(Form(fields), mms=False, long_unicode=False)
    assert (read.kind, read.text) == (kind, text)


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        pytest.param({}, "NO_TEXT", id="no text"),
        pytest.param({"text": ""}, "NO_TEXT", id="an empty text is none"),
        pytest.param({"type": "6"}, "NO_TEXT", id="voice without words"),
        pytest.param({"type": "7", "text": "x"}, "INVALID_REQUEST", id="a type there is not"),
        pytest.param({"type": "5", "text": "x"}, "INVALID_REQUEST", id="MMS at the plain path"),
        pytest.param({"text": "x", "maxconcat": "11"}, "PARAMETER_INVALID", id="maxconcat 11"),
        pytest.param({"text": "x", "maxconcat": "0"}, "PARAMETER_INVALID", id="maxconcat 0"),
        pytest.param({"text": "x", "maxconcat": "two"}, "PARAMETER_INVALID", id="maxconcat two"),
        pytest.param({"type": "2"}, "PARAMETER_MISSING", id="no hex"),
        pytest.param({"type": "2", "hex": "0G"}, "PARAMETER_INVALID", id="no hex digits"),
        pytest.param({"type": "2", "hex": "00 48"}, "PARAMETER_INVALID", id="a space in hex"),
        pytest.param({"type": "2", "hex": "004"}, "PARAMETER_INVALID", id="half an octet"),
        pytest.param({"type": "2", "hex": "004800"}, "PARAMETER_INVALID", id="half a unit"),
        pytest.param({"type": "2", "hex": "D83D"}, "PARAMETER_INVALID", id="half a pair"),
        pytest.param({"type": "2", "hex": "0048" * 71}, "PARAMETER_INVALID", id="142 octets"),
        pytest.param({"type": "3", "udh": "00"}, "PARAMETER_MISSING", id="no user data"),
        pytest.param({"type": "3", "ud": "XY"}, "PARAMETER_INVALID", id="user data not hex"),
        pytest.param({"type": "3", "ud": "00" * 141}, "PARAMETER_INVALID", id="141 octets"),
        pytest.param(
            {"type": "3", "ud": "00" * 134, "udh": LOGO_UDH}, "PARAMETER_INVALID", id="with header"
        ),
        pytest.param(
            {"type": "3", "ud": "00", "udh": "0605"}, "PARAMETER_INVALID", id="a header cut short"
        ),
        pytest.param({"type": "4", "text": "x"}, "PARAMETER_MISSING", id="no link"),
        pytest.param({"type": "4", "href": LINK}, "NO_TEXT", id="a link without words"),
        pytest.param(
            {"type": "4", "text": "x", "href": "ftp://e.org"}, "INVALID_REQUEST", id="ftp"
        ),
        pytest.param(
            {"type": "4", "text": "x" * (115 - len(LINK)), "href": LINK},
            "INVALID_REQUEST",
            id="115",
        ),
    ],
)
def test_what_the_page_forbids_is_refused_in_its_words(fields: dict[str, str], token: str) -> None:
    assert refused(fields) == token


def test_a_hundred_numbers_pass_and_one_more_is_too_many() -> None:
    assert len(numbers(Form({"to": ",".join(["447700900001"] * 100)}))) == 100
    with pytest.raises(Wrong, match="TOO_MANY_NUMBERS"):
        numbers(Form({"to": ",".join(["447700900001"] * 101)}))


@pytest.mark.parametrize(
    ("most", "units", "cost"), [("1", 70, 1), ("2", 134, 2), ("3", 135, 3), ("10", 670, 10)]
)
def test_long_unicode_is_joined_only_where_that_is_switched_on(
    most: str, units: int, cost: int
) -> None:
    form = Form({"type": "2", "hex": "0048" * units, "maxconcat": most})
    assert message(form, mms=False, long_unicode=True).credits == cost
    if units > 70:
        with pytest.raises(Wrong, match="PARAMETER_INVALID"):
            message(form, mms=False, long_unicode=False)


@pytest.mark.parametrize(
    ("text", "most", "shown", "segments"),
    [
        pytest.param("x" * 160, 1, "x" * 160, 1, id="160 stand alone"),
        pytest.param("x" * 161, 1, "x" * 160, 1, id="one more is lost without a word"),
        pytest.param("x" * 161, 2, "x" * 161, 2, id="or joined"),
        pytest.param("x" * 307, 2, "x" * 306, 2, id="two hold 306"),
        pytest.param("x" * 307, 10, "x" * 307, 3, id="a third is paid only where needed"),
        pytest.param("€" * 81, 1, "€" * 80, 1, id="an extended character takes two"),
        pytest.param("€" * 153, 2, "€" * 152, 2, id="no escape pair is cut in two"),
        pytest.param("", 1, "", 1, id="nothing"),
    ],
)
def test_a_text_is_cut_to_what_maxconcat_allows(
    text: str, most: int, shown: str, segments: int
) -> None:
    assert cut(text, most) == (shown, segments)


def test_septets_count_the_extension_table_twice() -> None:
    assert septets("a{b}€") == 8


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("44771012345", "44771012345"),
        ("+44 7700 900001", "447700900001"),
        ("00447700900001", "447700900001"),
        ("0771012345", "44771012345"),
        ("1234567", ""),
        ("1" * 16, ""),
        ("Customers", ""),
        ("", ""),
    ],
)
def test_numbers_are_rewritten_to_international_form(written: str, digits: str) -> None:
    assert international(written) == digits


def test_recipients_are_expanded_and_each_comes_once() -> None:
    account = Account(groups={"Customers 2026": ("447700900301", "447700900302")})
    entries = ["07700900302", "customers 2026", "+447700900301", "nobody"]
    assert account.recipients(entries) == ["447700900302", "447700900301", "nobody"]
