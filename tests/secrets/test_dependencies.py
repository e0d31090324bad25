"""T85: what the bridge stands on is no older than its floors, and every version is named."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = ("postgres", "uvloop")
NEEDED = [
    Requirement(each)
    for each in (
        *PROJECT["dependencies"],
        *(each for extra in EXTRAS for each in PROJECT["optional-dependencies"][extra]),
    )
]
SAFE = {
    "aiosmtpd": "1.4.6",  # before it, STARTTLS injection and smuggling
    "aiohttp": "3.14",  # before it, request smuggling by its parser
    "pillow": "13.0",
}
PINNED = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)$", (ROOT / "config" / "constraints.txt").read_text(), re.MULTILINE
    )
}


@pytest.mark.parametrize("name", SAFE)
def test_what_reads_strangers_octets_has_a_safe_floor(name: str) -> None:
    (needed,) = [each for each in NEEDED if canonicalize_name(each.name) == name]
    (floor,) = [Version(each.version) for each in needed.specifier if each.operator == ">="]
    assert floor >= Version(SAFE[name])


@pytest.mark.parametrize("needed", NEEDED, ids=lambda each: each.name)
def test_the_floors_hold_where_the_tests_run_and_for_what_is_pinned(needed: Requirement) -> None:
    pinned = PINNED[canonicalize_name(needed.name)]
    assert pinned in needed.specifier
    try:
        installed = Version(distribution(needed.name).version)
    except ModuleNotFoundError:
        pytest.skip("an extra that is not installed")
    assert installed in needed.specifier


def test_whatever_comes_along_is_pinned_too() -> None:
    seen: set[str] = set()
    waiting = [canonicalize_name(each.name) for each in NEEDED]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        assert name in PINNED
        try:
            found = distribution(name).requires or ()
        except ModuleNotFoundError:
            continue
        needs = [
            each
            for each in map(Requirement, found)
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
        waiting += [canonicalize_name(each.name) for each in needs]
