"""What stands left of the @: forms of numbers, numbers that get nothing, reply addresses."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.addressing import (
    FORMS,
    NumberRules,
    barred,
    day,
    nearest,
    number,
    reply_address,
    unquoted,
)
from bridge.core.model import Msisdn

GB = NumberRules("GB")
SAM = Msisdn("447700900123")
NEITHER = "is neither a number nor a name known here"


@pytest.mark.parametrize(
    "text",
    [
        "447700900123",
        "+447700900123",
        "00447700900123",
        "p447700900123",
        "P447700900123",
        "07700900123",
        "7700900123",
        "sms:+447700900123",
        "SMS:07700900123",
        "+44.7700.900123",
        "+44-7700-900123",
        "+44 (0)7700 900123",
        "+44(0)7700900123",
        "44 (0)7700 900123",
        "(07700) 900 123",
        "(0)7700 900123",
        "0044 7700 900123",
        "p44-7700-900123",
    ],
)
def test_one_number_in_many_spellings(text: str) -> None:
    assert number(text, GB) == SAM


@pytest.mark.parametrize(
    ("text", "region", "digits"),
    [
        ("0664 1234567", "AT", "436641234567"),
        ("06 12 34 56 78", "FR", "33612345678"),
        ("(415) 555-2671", "US", "14155552671"),
        ("43 664 1234567", "GB", "436641234567"),
        ("0171 1234567", "DE", "491711234567"),
        ("01632960123", "GB", "441632960123"),
    ],
)
def test_national_numbers_are_read_by_the_default_region(
    text: str, region: str, digits: str
) -> None:
    assert number(text, NumberRules(region)) == Msisdn(digits)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("0770090012", "550 5.1.3 0770090012 is one digit short for a GB mobile number"),
        ("077009001", "550 5.1.3 077009001 is two digits short for a GB mobile number"),
        ("077009001234", "550 5.1.3 077009001234 is one digit too long for a GB mobile number"),
        ("+44770090012", "550 5.1.3 +44770090012 is one digit short for a GB mobile number"),
        ("+999123456789", "550 5.1.3 +999123456789 begins with the code of no country"),
        (
            "12345",
            "550 5.1.3 12345 is too short for a phone number; short codes are not texted",
        ),
        (
            "1234567",
            "550 5.1.3 1234567 is three digits short for a GB mobile number, and read as +1234567 "
            "it is four digits short for a US mobile number",
        ),
        (
            "4477009001234",
            "550 5.1.3 4477009001234 is one digit too long for a GB mobile number",
        ),
        ("sam", f"550 5.1.1 sam {NEITHER}"),
        ("call 0664 1234567", f"550 5.1.1 call 0664 1234567 {NEITHER}"),
        ("447700900123@evil", f"550 5.1.1 447700900123@evil {NEITHER}"),
        ("٤٤٧٧٠٠٩٠٠١٢٣", f"550 5.1.1 ٤٤٧٧٠٠٩٠٠١٢٣ {NEITHER}"),
        ("+", f"550 5.1.1 + {NEITHER}"),
        ("", f"550 5.1.1 an empty name {NEITHER}"),
        ("+44+7700900123", f"550 5.1.1 +44+7700900123 {NEITHER}"),
        ("pp447700900123", f"550 5.1.1 pp447700900123 {NEITHER}"),
    ],
)
def test_what_is_no_number_is_refused_with_a_sentence(text: str, answer: str) -> None:
    assert str(number(text, GB)) == answer


def test_a_refusal_quotes_no_more_than_a_reply_can_hold() -> None:
    assert len(str(number("7" * 400, GB))) < 200


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    found = number(text, GB)
    if isinstance(found, Msisdn):
        assert found.digits.isascii()
        assert found.digits.isdigit()
        assert number(found.digits, GB) == found
        barred(found, GB)


def test_every_form_is_its_own_example() -> None:
    for form in FORMS:
        for example in (form.__doc__ or "").split(", "):
            assert number(example.strip('`"'), GB) == SAM, form.__name__


# ---------------------------------------------------------------- what may be texted


@pytest.mark.parametrize(
    "digits",
    ["447700900123", "447400123456", "441632960123", "448001111111", "443001234567"],
)
def test_a_number_of_the_default_region_may_be_texted(digits: str) -> None:
    assert barred(Msisdn(digits), GB) is None


@pytest.mark.parametrize(
    "digits",
    [
        "447012345678",  # personal
        "447000000000",
        "449012345678",  # premium
        "449098790000",
        "449200000000",  # not allocated, and dear if it ever is
        "448712345678",  # shared cost
        "448451234567",
        "448430000000",
    ],
)
def test_premium_and_shared_cost_are_off_unless_allowed(digits: str) -> None:
    no = barred(Msisdn(digits), GB)
    assert no is not None
    assert str(no).startswith(f"550 5.7.1 {digits} is a premium-rate or shared-cost number")
    assert barred(Msisdn(digits), NumberRules("GB", (), allow_premium=True)) is None


@pytest.mark.parametrize(
    "digits",
    [
        "870773111632",
        "881612345678",
        "88213123456",
        "883510012345678",
        "888123456789",
        "979123456789",
        "80012345678",
    ],
)
def test_satellites_and_worldwide_services_are_off_in_any_configuration(digits: str) -> None:
    no = barred(Msisdn(digits), NumberRules("GB", ("*",), allow_premium=True))
    assert no is not None
    assert (no.code, no.enhanced) == (550, "5.7.1")


@pytest.mark.parametrize(
    ("digits", "answer"),
    [
        ("447640123456", "is a pager's number, which takes no texts"),
        ("41860791234567", "is a mailbox for calls, which takes no texts"),
        ("447802000332", "is a network's message centre, which takes no texts"),
        ("447958879879", "is a network's message centre, which takes no texts"),
    ],
)
def test_what_is_no_phone_gets_nothing_in_any_configuration(digits: str, answer: str) -> None:
    no = barred(Msisdn(digits), NumberRules("GB", ("*",), allow_premium=True))
    assert str(no) == f"550 5.7.1 {digits} {answer}"


def test_the_isle_of_man_has_phones_among_the_pagers_numbers() -> None:
    assert barred(Msisdn("447624123456"), NumberRules("GB", ("IM",))) is None


@pytest.mark.parametrize("digits", ["8801712345678", "886912345678"])
def test_bangladesh_and_taiwan_are_no_satellites(digits: str) -> None:
    assert barred(Msisdn(digits), NumberRules("GB", ("*",))) is None


OFF = "are switched off for this sender"


@pytest.mark.parametrize(
    ("digits", "regions", "answer"),
    [
        ("436641234567", (), f"550 5.7.1 numbers outside GB {OFF}"),
        ("436641234567", ("GB", "IE"), f"550 5.7.1 numbers outside GB and IE {OFF}"),
        ("436641234567", ("GB", "IE", "FR"), f"550 5.7.1 numbers outside GB, IE and FR {OFF}"),
        ("447797712345", (), f"550 5.7.1 numbers outside GB {OFF}"),  # Jersey shares +44
        ("18765551234", ("US",), f"550 5.7.1 numbers outside US {OFF}"),  # Jamaica shares +1
        ("436641234567", ("AT",), "None"),
        ("436641234567", ("*",), "None"),
        ("447700900123", ("AT",), f"550 5.7.1 numbers outside AT {OFF}"),
        ("999123456", ("*",), "550 5.1.3 999123456 begins with the code of no country"),
    ],
)
def test_regions_are_switched_on_one_by_one(
    digits: str, regions: tuple[str, ...], answer: str
) -> None:
    assert str(barred(Msisdn(digits), GB.with_regions(regions))) == answer


# ---------------------------------------------------------------- local parts


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("447700900123.7kq2pab3xd", ("447700900123", "7kq2pab3xd")),
        ("447700900123.7KQ2PAB3XD", ("447700900123", "7kq2pab3xd")),
        ("+44.7700.900123.7kq2pab3xd", ("+44.7700.900123", "7kq2pab3xd")),
        ("447700900123.7722334455", ("447700900123", "7722334455")),
        ("44.7722334455", ("44.7722334455", "")),  # a number with a dot
        ("447700900123", ("447700900123", "")),
        ("447700900123.akq2pab3xd", ("447700900123.akq2pab3xd", "")),  # begins with a letter
        ("447700900123.7kq2pab3x", ("447700900123.7kq2pab3x", "")),  # too short
        ("447700900123.7kq2pab3x0", ("447700900123.7kq2pab3x0", "")),  # 0 is not base32
        ("sam.7kq2pab3xd", ("sam.7kq2pab3xd", "")),
        ("", ("", "")),
    ],
)
def test_a_reply_address_is_a_number_and_a_token(name: str, found: tuple[str, str]) -> None:
    assert reply_address(name) == found


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("sam", "sam"),
        ("sma", "sam"),
        ("sams", "sam"),
        ("night.shfit", "night.shift"),
        ("zoe", ""),
        ("samantha", ""),
        ("", ""),
    ],
)
def test_a_misspelt_name_has_one_that_was_meant(name: str, known: str) -> None:
    assert nearest(name, ("sam", "ops", "night.shift")) == known


@pytest.mark.parametrize(
    ("local", "plain"),
    [
        ("sam", "sam"),
        ('"+44 (0)7700 900123"', "+44 (0)7700 900123"),
        (r'"a\"b\\c"', r'a"b\c'),
        ('"', '"'),
        ('""', ""),
    ],
)
def test_quotes_are_no_part_of_the_name(local: str, plain: str) -> None:
    assert unquoted(local) == plain


@pytest.mark.parametrize(
    ("at", "words"),
    [(0.0, "1 Jan 1970"), (1777680000.0, "2 May 2026"), (1777766399.0, "2 May 2026")],
)
def test_a_day_reads_as_people_write_it(at: float, words: str) -> None:
    assert day(at) == words


@pytest.mark.parametrize("region", ["GB", "GG", "US", "CA", "IT", "DE", "FR", "RU", "KZ", "BR"])
def test_one_question_to_the_metadata_says_what_all_of_them_would(region: str) -> None:
    kinds = set(phonenumbers.PhoneNumberType.values()) - {phonenumbers.PhoneNumberType.UNKNOWN}
    for kind in kinds:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            digits = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:]
            assert phonenumbers.is_valid_number(example)
            assert number("+" + digits, GB) == Msisdn(digits)
            home = phonenumbers.region_code_for_number(example) or ""
            here = NumberRules("GB", (home,), allow_premium=True)
            elsewhere = barred(Msisdn(digits), NumberRules("GB", ("ZZ",), allow_premium=True))
            assert elsewhere is not None
            assert barred(Msisdn(digits), here) is None or "takes no texts" in elsewhere.text
