"""Whatever is said, anywhere, gives settings or mistakes, and never a fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bridge.settings import names
from bridge.settings.loading import from_tables, load
from bridge.settings.mistakes import SettingsError
from bridge.settings.names import TREE, Known

VALUES: list[object] = [
    *(0, -1, 10**400, 1.5, float("nan"), True, datetime(2026, 11, 22, tzinfo=UTC)),
    *(
        "",
        " ",
        "x",
        "\x00",
        "\ud800",
        "é",
        "1",
        "-",
        "@",
        "a@b",
        "://",
        "http://[",
        "smtp://a:99999",
    ),
    *([], ["x"], [1], [[]], [{}], {}, {"x": 1}, {"": {}}, {"x": {"y": []}}),
]
TEXTS = [
    "",
    "[",
    "[1",
    "{",
    "{}",
    '{"x": NaN}',
    "[" * 100_000,
    "9" * 5000,
    "true",
    "\x00",
    "\udc80",
]


def places(known: Known = TREE, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """All settings, with `x` for the names that an operator chooses."""
    if above:
        yield above
    for name, each in known.names.items():
        yield from places(each, (*above, name))
    if known.any_name:
        yield from places(known.any_name, (*above, "x"))


PLACES = list(places())


@pytest.mark.parametrize("path", PLACES, ids=names.dotted)
def test_any_value_in_any_place_is_taken_or_told(path: tuple[str, ...]) -> None:
    for value in VALUES:
        said = value
        for name in reversed(path):
            said = {name: said}
        with suppress(SettingsError):
            from_tables(said if isinstance(said, dict) else {})


@pytest.mark.parametrize("path", PLACES, ids=names.dotted)
def test_any_text_in_the_environment_is_taken_or_told(path: tuple[str, ...]) -> None:
    for text in TEXTS:
        with suppress(SettingsError):
            load(None, {"BRIDGE_" + "__".join(path).upper(): text})


@pytest.mark.parametrize(
    "name", ["BRIDGE_", "BRIDGE___", "BRIDGE_SMTP__", "BRIDGE_SMTP__LISTEN__0"]
)
def test_a_name_that_leads_nowhere_is_told(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {name: "canary"})
    assert any(each.source == f"environment {name}" for each in caught.value.mistakes)
    assert "canary" not in str(caught.value)
