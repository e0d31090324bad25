"""What README and the demo tell a person to type does what they say."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from bridge.cli.demo import invitation
from bridge.core.choices import CLEANING, RECIPES
from tests.flows.conftest import House

README = Path(__file__).parents[2] / "README.md"
PHONE = "447700900006"

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


async def typed(line: str) -> None:
    """Have a shell run a line as it stands; it must end well."""
    shell = await asyncio.create_subprocess_shell(line, executable="/bin/bash")
    assert await shell.wait() == 0, line


def blocks(text: str) -> list[str]:
    """README's shell blocks."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


@needs_curl
async def test_the_line_in_readme_sends_a_text(house: House) -> None:
    (line,) = [each for each in blocks(README.read_text()) if "curl -sS" in each]
    await typed(line.replace(":2525", f":{house.ground.smtp}"))
    (text,) = await house.texted("Can you call me about Friday?")
    assert (text.to, text.usercontext) == (PHONE, "ORDER-42")


@needs_curl
async def test_the_lines_that_the_demo_prints_text_out_and_in(house: House) -> None:
    said = re.sub(r"\\\n\s*", "", invitation(house.ground))
    printf, curl = (
        next(line for line in said.splitlines() if line.strip().startswith(word))
        for word in ("printf", "curl")
    )
    await typed(printf)
    await house.texted("Hello phone")
    page = next(line.split()[1] for line in said.splitlines() if line.strip().startswith("gateway"))
    await typed(f"curl -fsS {page} | grep -q 'Hello phone'")
    await typed(curl)
    assert (await house.told("team@example.com", "Text from")).text.startswith("Is anybody there?")


def test_ci_runs_the_command_that_readme_gives() -> None:
    commands = [each for each in blocks(README.read_text()) if each.startswith("python3 -m venv .")]
    assert [each.count("\n") for each in commands] == [1, 1], "single lines, both"
    demo, test = commands
    assert demo.strip().endswith("smsbridge demo")
    assert all(word in test for word in ("ruff check", "ruff format --check", "mypy", "pytest"))
    ci = (README.parent / ".ci" / "run").read_text()
    assert "README.md" in ci


def test_readme_names_every_recipe_and_what_is_found_in_it() -> None:
    said = README.read_text()
    for recipe, fields in RECIPES.items():
        assert f"| `{{{recipe}}}` | {' '.join(f'`{each}`' for each in fields)} |" in said


def test_readme_names_every_step_of_cleaning() -> None:
    said = re.findall(r"^\| `([a-z-]+)` \|", README.read_text(), re.MULTILINE)
    assert [each for each in said if each in CLEANING] == list(CLEANING)
