"""Every mail of the table becomes exactly the text beside it."""

from __future__ import annotations

import pytest

from bridge.core import gsm
from bridge.core.model import Text, Unicode
from bridge.core.promises import Mail
from tests.mails.table import HERE, Row, rows, shown

ROWS = tuple(rows())
SENT = tuple(row for row in ROWS if not row.way.endswith("-refused"))
LEAST = 300


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.way}/{row.name}")
def test_a_mail_becomes_the_text_beside_it(row: Row) -> None:
    assert shown(row.composed()) == row.text


@pytest.mark.parametrize("row", SENT, ids=lambda row: f"{row.way}/{row.name}")
def test_a_text_goes_in_the_cheapest_alphabet_and_within_its_limit(row: Row) -> None:
    found = row.composed()
    assert isinstance(found, Mail), found
    billed = 0
    for each in found.submissions:
        billed += each.segments
        if isinstance(each.content, Unicode):
            assert not gsm.is_gsm(shown(found))
        if isinstance(each.content, Text):
            assert gsm.is_gsm(each.content.text)
            assert each.segments == gsm.segments(each.content.text)
    assert billed <= row.policy.profiles[found.profile].max_segments


def test_the_table_is_whole() -> None:
    assert len(ROWS) >= LEAST
    names = {path.with_suffix("") for path in HERE.glob("*/*.txt")}
    assert names == {HERE / row.way / row.name for row in ROWS}
    settings = {path.with_suffix("") for path in HERE.glob("*/*.toml")}
    assert settings <= names


def test_what_is_refused_stands_in_a_folder_of_its_own() -> None:
    for row in ROWS:
        assert row.text.startswith("55") == row.way.endswith("-refused"), row.name
