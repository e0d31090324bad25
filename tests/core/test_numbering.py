"""The tables of the metadata are read as libphonenumber itself reads them, in all regions."""

from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from bridge.core.numbering import NOWHERE, found

DEAR = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
}
DEAR_AT_HOME = ("+4470", "+4484", "+4487", "+449")
"""Dear by our own table, whatever the metadata says."""

UNFIT = {
    PhoneNumberType.PAGER: "a pager's number",
    PhoneNumberType.VOICEMAIL: "a mailbox for calls",
}


def examples(code: int) -> Iterator[str]:
    """A number of each kind that there is under a country's code, with its plus."""
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if region == "001":
                number = phonenumbers.example_number_for_non_geo_entity(code)
            if number is not None:
                yield phonenumbers.format_number(number, PhoneNumberFormat.E164)


def misspelt(number: str, chance: random.Random) -> Iterator[str]:
    """A number with another digit, cut short, with a digit too many, with a zero for calls."""
    at = chance.randrange(2, len(number))
    yield number[:at] + chance.choice("0123456789") + number[at + 1 :]
    yield number[: chance.randrange(2, len(number))]
    yield number + chance.choice("0123456789")
    yield number[:at] + "0" + number[at:]


def as_libphonenumber_has_it(text: str) -> tuple[object, ...] | str:
    """What its own functions say, one after the other."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        nowhere = error.error_type == error.INVALID_COUNTRY_CODE
        return NOWHERE if nowhere else "is no phone number"
    kind = phonenumbers.number_type(parsed)
    reason = phonenumbers.is_possible_number_for_type_with_reason(parsed, PhoneNumberType.MOBILE)
    main = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    written = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return (
        written,
        phonenumbers.region_code_for_number(parsed) or main,
        phonenumbers.is_valid_number(parsed) or reason == ValidationResult.IS_POSSIBLE,
        kind in DEAR or written.startswith(DEAR_AT_HOME),
        UNFIT.get(kind, ""),
    )


def as_we_have_it(text: str) -> tuple[object, ...] | str:
    it = found(text)
    if isinstance(it, str):
        return it
    return (f"+{it.code}{it.national}", it.region, it.fits, it.dear, it.unfit)


@pytest.mark.parametrize("code", sorted(COUNTRY_CODE_TO_REGION_CODE))
def test_the_tables_say_what_libphonenumber_says(code: int) -> None:
    chance = random.Random(code)
    texts = dict.fromkeys(examples(code))
    texts |= dict.fromkeys(f"+{code}{chance.randrange(10**n)}" for n in range(1, 14))
    for each in tuple(texts):
        texts |= dict.fromkeys(misspelt(each, chance))
    for text in texts:
        assert as_we_have_it(text) == as_libphonenumber_has_it(text), text


@pytest.mark.parametrize(
    "text", ["+", "+0447700900123", "+999123456789", "+4", "+44", "+210123456"]
)
def test_what_begins_with_no_country_is_nowhere(text: str) -> None:
    assert as_we_have_it(text) == as_libphonenumber_has_it(text)
    assert isinstance(found(text), str)
