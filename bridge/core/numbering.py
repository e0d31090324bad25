"""What libphonenumber's metadata says of a phone number: whether it is one, where, of what kind.

Only this module knows that library.  Its `parse` and `number_type` take any text and look at all
of a plan anew for each number; of plain digits behind a plus, which is what nearly all numbers
are here, the same is told by its tables for a quarter of the time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, cast

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from bridge.core.model import Msisdn

NO_COUNTRY: Final = "001"
"""libphonenumber's region of +800, +808, +870, +878, +881 to +883, +888 and +979."""

NOWHERE: Final = "begins with the code of no country"

_KINDS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
"""The kinds of numbers that a plan has patterns for, in the order in which the library asks."""

_DEAR_KINDS = frozenset({"premium_rate", "shared_cost", "personal_number"})
_UNFIT_KINDS = MappingProxyType({"pager": "a pager's number", "voicemail": "a mailbox for calls"})
# The SMSCs that UK networks publish for the settings of a handset; a text to one reaches nobody.
_MESSAGE_CENTRES = frozenset(
    {"447782000800", "447785016005", "447802000332", "447802002606", "447958879879"}
)
# Ofcom's National Telephone Numbering Plan: also what is not allocated there yet.
_DEAR_PREFIXES = {44: ("70", "84", "87", "9")}


class Found(NamedTuple):
    """A number as the metadata knows it: if no phone's, what it is ("" for a phone).

    One that nobody has yet is in the main region of its country's code, and `fits` if it is as
    long as a mobile's.
    """

    code: int
    national: str
    region: str
    fits: bool
    dear: bool
    unfit: str


@lru_cache(maxsize=4096)
def found(text: str, region: str | None = None) -> Found | str:
    """What a text of digits names, or what is wrong with it, to be read after the number.

    Without a plus it is read as in `region`.
    """
    try:
        code, national = _parsed(text, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == error.INVALID_COUNTRY_CODE:
            return NOWHERE
        return "is no phone number"
    home, kind = _home(code, national)
    fits = bool(kind) or _may_be_mobile(code, national)
    dear = kind in _DEAR_KINDS or national.startswith(_DEAR_PREFIXES.get(code, ()))
    unfit = _UNFIT_KINDS.get(kind, "")
    if f"{code}{national}" in _MESSAGE_CENTRES:
        unfit = "a network's message centre"
    return Found(code, national, home, fits, dear, unfit)


def read(text: str, region: str | None = None) -> Msisdn | str:
    """The number if it can be one, else what is wrong with it, to be read after the number."""
    it = found(text, region)
    if isinstance(it, str):
        return it
    if it.fits:
        return Msisdn(f"{it.code}{it.national}")
    return _misfit(it.code, it.national, region or _main(it.code))


# A mail says its number several times, and to spell one costs more than the words around it.
@lru_cache(maxsize=4096)
def national(digits: str, region: str) -> str:
    """A number as people of a region write it: `07700 900123` at home, `+33 6 12 34 56 78` abroad.

    Digits that are no country's number (a short code) stay as they are.
    """
    try:
        parsed = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return digits
    if not phonenumbers.is_possible_number(parsed):
        return digits
    home = parsed.country_code == phonenumbers.country_code_for_region(region)
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if home else form.INTERNATIONAL)


# ---------------------------------------------------------------- which number, where, what kind

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")


def _parsed(text: str, region: str | None) -> tuple[int, str]:
    """The country's code and the national number, as `phonenumbers.parse` reads a text of digits.

    It is asked itself where the number begins with what may be a prefix for calls at home.
    """
    code = _code(text[1:4]) if _E164.fullmatch(text) else 0
    rest = text[1 + len(str(code)) :]
    if code and not _plan(code, _main(code)).trunk.match(rest):
        return code, rest
    parsed = phonenumbers.parse(text, region)
    return parsed.country_code or 0, phonenumbers.national_significant_number(parsed)


def _code(digits: str) -> int:
    """The country's code that digits begin with; 0 if none."""
    for length in (1, 2, 3):
        code = int(digits[:length])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            return code
    return 0


def _main(code: int) -> str:
    return phonenumbers.region_code_for_country_code(code)


def _home(code: int, national: str) -> tuple[str, str]:
    """A number's region, and its kind; what nobody can have is in the main one, and of no kind: "".

    As `region_code_for_number` and `number_type` have it: of regions that share a code, some have
    first digits of their own, and of the others all plans are looked at.
    """
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        first = _plan(code, region).first
        if first is None or first.match(national):
            found = _kinds(code, region, len(national)).fullmatch(national)
            if first or found:
                return region, (found.lastgroup or "") if found else ""
    return _main(code), ""


class _Plan(NamedTuple):
    """The numbers of a region.

    `trunk` is what may stand before them for calls at home, `first` the digits by which those are
    known that share a code, `mobile` how long mobiles' are.
    """

    trunk: re.Pattern[str]
    first: re.Pattern[str] | None
    mobile: tuple[int, ...]


_NEVER = "(?!)"


@lru_cache(maxsize=512)  # there are some 250
def _plan(code: int, region: str) -> _Plan:
    plan = _metadata(code, region)
    return _Plan(
        re.compile(plan.national_prefix_for_parsing or _NEVER),
        re.compile(plan.leading_digits) if plan.leading_digits else None,
        plan.mobile.possible_length if plan.mobile is not None else (),
    )


@lru_cache(maxsize=1024)
def _kinds(code: int, region: str, length: int) -> re.Pattern[str]:
    """What a region's numbers of a length look like; each kind is a group, and the first counts."""
    plan = _metadata(code, region)
    every = _pattern(plan.general_desc, length)
    kinds = "|".join(f"(?P<{each}>{_pattern(getattr(plan, each), length)})" for each in _KINDS)
    return re.compile(rf"(?=(?:{every})\Z)(?:{kinds})")


def _pattern(numbers: PhoneNumberDesc | None, length: int) -> str:
    if numbers is None or length not in (numbers.possible_length or (length,)):
        return _NEVER
    return numbers.national_number_pattern or _NEVER


def _metadata(code: int, region: str) -> PhoneMetadata:
    return cast(PhoneMetadata, PhoneMetadata.metadata_for_region_or_calling_code(code, region))


def _may_be_mobile(code: int, national: str) -> bool:
    """Whether a number is as long as those of mobiles."""
    return len(national) in _plan(code, _main(code)).mobile


def _misfit(code: int, national: str, region: str) -> str:
    """How far from a mobile number's length this is; found by trying, as no call says it."""
    # Of a number that is much too short, the trunk prefix was left on.
    national = national.removeprefix(phonenumbers.ndd_prefix_for_region(region, True) or "")
    for n, amount in enumerate(("one digit", "two digits", "three digits", "four digits"), 1):
        if _possible(code, national + "0" * n):
            return f"is {amount} short for a {region} mobile number"
        if _possible(code, national[:-n]):
            return f"is {amount} too long for a {region} mobile number"
    return f"is no {region} phone number"


def _possible(code: int, national: str) -> bool:
    other = str(int(national or "0"))
    return bool(_home(code, other)[1]) or _may_be_mobile(code, other)
