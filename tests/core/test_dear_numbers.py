"""T70: numbers that would cost more than a text to a phone at home, each refused at RCPT."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.model import Facts, ForwardPath, Refusal
from bridge.core.recipients import recipient
from tests.core.test_recipients import JO, POLICY, at_rcpt

DEAR = {
    "personal": "07012345678",
    "personal, all zeros": "+447000000000",
    "personal, in the form 00": "00447099999999",
    "premium 090": "09012345678",
    "premium 098": "09812345678",
    "premium, in all digits": "+449098790000",
    "premium, not yet given out": "09200000000",
    "premium, spoken": "09.0123-45678",
    "shared cost 0843": "08430000000",
    "shared cost 0844": "08441234567",
    "shared cost 0845": "08451234567",
    "shared cost 0870": "08701234567",
    "shared cost 0871": "08712345678",
    "premium in America": "+19005550123",
    "Inmarsat": "+870773111632",
    "satellite 8816": "+881612345678",
    "satellite 8821": "+88213123456",
    "satellite 88299": "+88299123456",
    "worldwide 883": "+883510012345678",
    "disaster relief 888": "+888123456789",
    "premium worldwide": "+979123456789",
    "freephone worldwide": "+80012345678",
    "shared cost worldwide": "+80812345678",
    "directory enquiries": "118118",
    "directory enquiries, dear": "118500",
    "short code": "85258",
    "short code, five digits": "60777",
    "emergency": "999",
    "emergency in Europe": "112",
    "a pager": "07640123456",
    "a message centre": "07802000332",
}
"""What is refused wherever it may be texted to."""

ABROAD = {
    "Austria": "+436641234567",
    "America": "+12025550123",
    "Jamaica": "+18765551234",
    "Jersey, which looks like home": "+447797712345",
    "Latvia": "+37120000000",
    "Cuba": "+5352345678",
    "Somalia": "+252612345678",
    "Papua New Guinea": "+67570123456",
    "the Maldives": "+9607712345",
}
"""What a thief's numbers are like: cheap to get there, and dear to text."""


def rows(table: dict[str, str]) -> list[object]:
    return [pytest.param(number, id=f"T70 {name}") for name, number in table.items()]


@pytest.mark.parametrize("number", rows(DEAR | ABROAD))
def test_at_home_it_is_refused_at_rcpt(number: str) -> None:
    no = at_rcpt(number)
    assert isinstance(no, Refusal), no
    assert no.code == 550


@pytest.mark.parametrize("number", rows(DEAR))
def test_who_may_text_all_the_world_may_not_text_these(number: str) -> None:
    policy = replace(POLICY, numbers=NumberRules("GB", ("*",)))
    address = f"{number}@sms.example.com"
    no = recipient(policy, Facts(), JO, "jo@example.com", address=address)
    assert isinstance(no, Refusal), no


@pytest.mark.parametrize("number", rows(ABROAD))
def test_a_sender_that_may_text_abroad_does(number: str) -> None:
    policy = replace(POLICY, numbers=NumberRules("GB", ("*",)))
    address = f"{number}@sms.example.com"
    assert isinstance(
        recipient(policy, Facts(), JO, "jo@example.com", address=address), ForwardPath
    )
