"""What stands left of the @, and which phone numbers may be texted.

A number may be written in several forms; each function in `FORMS` turns one of them into a plainer
one, until digits are left, with a plus where they surely begin with a country's code.  The digits
are then read by `numbering`; the canonical form is E.164 digits without plus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches

from bridge.core import numbering
from bridge.core.model import Msisdn, Refusal


@dataclass(frozen=True, slots=True)
class NumberRules:
    """`[numbers]`: how national numbers are read, and which are allowed.

    `allowed_regions` are ISO 3166 codes; () means the default region alone, ("*",) all.
    """

    default_region: str = "GB"
    allowed_regions: tuple[str, ...] = ()
    allow_premium: bool = False

    def with_regions(self, regions: tuple[str, ...]) -> NumberRules:
        """The same rules for other regions."""
        return replace(self, allowed_regions=regions)


# ---------------------------------------------------------------- the local part


def unquoted(local: str) -> str:
    """A local part without the quotes and backslashes of RFC 5321, 4.1.2."""
    if len(local) >= 2 and local[0] == local[-1] == '"':
        return re.sub(r"\\(.)", r"\1", local[1:-1])
    return local


_REPLY = re.compile(r"(?P<number>.*[0-9].*)\.(?P<token>[2-7][a-z2-7]{9})", re.IGNORECASE)
_SHORTEST = 6  # digits; with a token of ten they are more than E.164's fifteen
SHORT_CODE = 6  # digits at most, of the numbers by which networks and services are texted


def reply_address(name: str) -> tuple[str, str]:
    """The number and the token of a conversation's address; (name, "") for any other name.

    Ten digits are a token too, but only after what can be a whole number: `44.7722334455` is one
    number with a dot.
    """
    found = _REPLY.fullmatch(name)
    if not found:
        return name, ""
    number, token = found["number"], found["token"].lower()
    if token.isdigit() and sum(c.isdigit() for c in number) < _SHORTEST:
        return name, ""
    return number, token


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that a misspelt one most likely meant; "" if none is like it."""
    alike = (each for each in known if abs(len(each) - len(name)) <= 2)
    return next(iter(get_close_matches(name, alike, n=1, cutoff=0.65)), "")


# ---------------------------------------------------------------- the forms of a number


def sms_uri(text: str) -> str:
    """`sms:+447700900123`"""
    return text[4:] if text[:4].lower() == "sms:" else text


def trunk_zero(text: str) -> str:
    """`+44 (0)7700 900123`"""
    return re.sub(r"(?<=[0-9])([ .-]*)\(0\)", r"\1", text)


def separated(text: str) -> str:
    """`+44.7700.900123`, `+44-7700-900123`, `"(07700) 900 123"`"""
    return re.sub(r"[ .()\[\]-]", "", text)


def p_for_plus(text: str) -> str:
    """`p447700900123`"""
    return "+" + text[1:] if re.match(r"[pP][0-9]", text) else text


def double_zero(text: str) -> str:
    """`00447700900123`"""
    return "+" + text[2:] if text.startswith("00") else text


FORMS: tuple[Callable[[str], str], ...] = (
    sms_uri,
    trunk_zero,
    separated,
    p_for_plus,
    double_zero,
)
"""How a number may be written beyond `447700900123`, `+447700900123` and `07700900123`."""


_PLAIN = re.compile(r"\+?[1-9][0-9]*")


def number(text: str, rules: NumberRules) -> Msisdn | Refusal:
    """The number that a text names, in E.164, or a sentence that says what is wrong with it.

    Bare digits are international if they can be a number so, else national.  What is possible for
    a mobile is taken even where no network has it yet: the metadata lags behind the networks.
    """
    plain = text
    for form in () if _PLAIN.fullmatch(text) else FORMS:
        plain = form(plain)
    if not re.fullmatch(r"\+?[0-9]+", plain):
        return Refusal(550, "5.1.1", f"{_shown(text)} is neither a number nor a name known here")
    region = rules.default_region
    worldwide = numbering.read(plain if plain[0] == "+" else "+" + plain)
    if not isinstance(worldwide, str):
        return worldwide
    if plain[0] == "+":
        return _no(f"{_shown(text)} {worldwide}")
    national = numbering.read(plain, region)
    if not isinstance(national, str):
        return national
    if len(plain) <= SHORT_CODE:
        return _no(f"{_shown(text)} is too short for a phone number; short codes are not texted")
    if plain[0] == "0" or national == worldwide:
        return _no(f"{_shown(text)} {national}")
    return _no(f"{_shown(text)} {national}, and read as +{_shown(plain)} it {worldwide}")


def barred(number: Msisdn, rules: NumberRules) -> Refusal | None:
    """Why nobody here may text a number; None if it may be texted."""
    found = numbering.found("+" + number.digits)
    if isinstance(found, str):
        return _no(f"{number} {numbering.NOWHERE}")
    if found.region == numbering.NO_COUNTRY:
        return _off(f"{number} is no country's number; satellite and worldwide services are off")
    if found.unfit:
        return _off(f"{number} is {found.unfit}, which takes no texts")
    if found.dear and not rules.allow_premium:
        return _off(f"{number} is a premium-rate or shared-cost number; those are switched off")
    allowed = rules.allowed_regions or (rules.default_region,)
    if "*" in allowed or found.region in allowed:
        return None
    return _off(f"numbers outside {_listed(allowed)} are switched off for this sender")


def day(at: float) -> str:
    """The day of an instant, in UTC, as people write it: `2 May 2026`."""
    then = datetime.fromtimestamp(at, UTC)
    return f"{then.day} {then:%b %Y}"


# ---------------------------------------------------------------- saying no


def _no(sentence: str) -> Refusal:
    return Refusal(550, "5.1.3", sentence)


def _off(sentence: str) -> Refusal:
    return Refusal(550, "5.7.1", sentence)


def _shown(text: str) -> str:
    """A client's own words, cut to what fits a reply."""
    return (text if len(text) <= 40 else text[:40] + "...") or "an empty name"


def _listed(regions: tuple[str, ...]) -> str:
    *most, last = regions
    return f"{', '.join(most)} and {last}" if most else last
