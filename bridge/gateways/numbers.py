"""Phone numbers as a gateway writes them: padded, national, with a plus, or not numbers at all."""

from __future__ import annotations

from bridge.core import addressing
from bridge.core.addressing import NumberRules
from bridge.core.model import Msisdn

_SEPARATORS = str.maketrans("", "", " \t.-()/")


def digits(written: str) -> str:
    """The digits of a number as written, without what pads it on the left; "" for a name."""
    return _bare(written).lstrip("0")


def international(written: str, rules: NumberRules) -> str:
    """A number as E.164 digits without plus; what is not a number (a sender's name) as written.

    One leading zero may begin a national number, by the rules' default region; every other zero
    on the left is padding.
    """
    bare = _bare(written)
    if bare.startswith("0") and not bare.startswith("00"):
        national = addressing.number(bare, rules)
        if isinstance(national, Msisdn):
            return national.digits
    return bare.lstrip("0") or written.strip()


def _bare(written: str) -> str:
    """Only the digits of a number; "" if there is anything else but separators and a plus."""
    bare = written.strip().translate(_SEPARATORS).removeprefix("+")
    return bare if bare.isascii() and bare.isdigit() else ""
