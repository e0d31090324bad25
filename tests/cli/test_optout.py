"""`smsbridge optout`: who is not to be texted is listed, and the operator's word counts."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from bridge.core.consent import OptoutChange
from bridge.spool.opening import open_spool
from tests.cli.conftest import store, written

SETTINGS = """\
time_zone = "America/New_York"
[contacts.sam]
name = "Sam Jones"
number = "07700900123"
"""
SAM, ALEX, KIM = "447700900123", "447700900124", "447700900125"
WISHES = (
    OptoutChange(ALEX, True, 1_777_680_000.0, "with STOP"),
    OptoutChange(KIM, True, 1_777_690_000.0, "from the list alerts"),
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose daemon heard two wishes."""
    asyncio.run(_heard(store(tmp_path), WISHES))
    return written(tmp_path, SETTINGS)


async def _heard(url: str, wishes: Sequence[OptoutChange]) -> None:
    spool = await open_spool(url, daemon=True)
    for wish in wishes:
        await spool.optout(wish)
    await spool.close()


def optout(config: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["optout", *args, "--config", str(config)])


def numbers(config: Path) -> list[str]:
    lines = optout(config, "list", "--json").stdout.splitlines()
    return [json.loads(line)["number"] for line in lines]


def test_they_are_listed_with_the_day_and_the_way(config: Path) -> None:
    found = optout(config, "list")
    assert found.exit_code == frame.DONE, found.output
    first, second = found.stdout.splitlines()
    assert first.startswith(KIM)
    assert first.endswith("  from the list alerts")
    assert second.startswith(ALEX)
    assert second.endswith("  with STOP")
    record = json.loads(optout(config, "list", "--json").stdout.splitlines()[1])
    assert (record["number"], record["source"]) == (ALEX, "with STOP")
    assert record["since"].startswith("2026-05-0")


@pytest.mark.parametrize("spelt", [SAM, "+44 7700 900123", "07700900123", "sam", "Sam"])
def test_the_operator_may_block_a_contact_in_any_spelling(config: Path, spelt: str) -> None:
    found = optout(config, "add", spelt)
    assert (found.exit_code, found.stdout) == (
        frame.DONE,
        f"{SAM} is not texted any more; it is a contact, whose alerts are refused now\n",
    )
    assert numbers(config) == [SAM, KIM, ALEX]


@pytest.mark.parametrize(
    ("args", "status", "said", "left"),
    [
        (("add", "07700900126"), 0, "447700900126 is not texted any more", 3),
        (("add", ALEX), 0, f"{ALEX} is not texted any more", 2),  # by STOP, which START lifts
        (("remove", ALEX), 0, f"{ALEX} may be texted again", 1),
        (("remove", SAM), 1, f"{SAM} had not opted out", 2),
    ],
)
def test_its_status_says_whether_anything_changed(
    config: Path, args: tuple[str, ...], status: int, said: str, left: int
) -> None:
    found = optout(config, *args)
    assert (found.exit_code, found.stdout) == (status, said + "\n")
    assert len(numbers(config)) == left


def test_whom_the_operator_blocked_is_not_blocked_again(config: Path) -> None:
    optout(config, "add", ALEX)
    found = optout(config, "add", ALEX)
    assert (found.exit_code, found.stdout) == (frame.REFUSED, f"{ALEX} had opted out already\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "whom you add, no START and no list lets go, until you remove the number"),
        (["add"], "START and subscriptions do not lift this: only `smsbridge optout remove` does."),
    ],
    ids=["optout", "add"],
)
def test_its_help_says_who_lifts_the_operator_s_block(args: list[str], said: str) -> None:
    found = CliRunner().invoke(main, ["optout", *args, "--help"])
    assert said in " ".join(found.stdout.split())


def test_for_programs_it_says_so_in_json(config: Path) -> None:
    assert json.loads(optout(config, "remove", ALEX, "--json").stdout) == {
        "number": ALEX,
        "opted_out": False,
        "changed": True,
    }


def test_what_is_no_number_is_refused(config: Path) -> None:
    found = optout(config, "add", "nobody")
    assert found.exit_code == frame.REFUSED
    assert found.stderr == "smsbridge: nobody is neither a number nor a name known here\n"


def test_they_are_listed_in_the_zone_of_the_mails_with_the_names_of_contacts(
    config: Path,
) -> None:
    optout(config, "add", "sam")
    contact, kim, _ = optout(config, "list").stdout.splitlines()
    assert contact.startswith(SAM)
    assert contact.endswith("  by the operator (Sam Jones)")
    assert kim == f"{KIM}     since 2026-05-01 22:46  from the list alerts"
    record = json.loads(optout(config, "list", "--json").stdout.splitlines()[1])
    assert (record["since"], record["name"]) == ("2026-05-01T22:46:40-04:00", "")


def test_who_ordered_it_is_in_the_log_of_the_number(config: Path) -> None:
    optout(config, "add", "sam")
    found = CliRunner().invoke(main, ["log", "07700900123", "--config", str(config)])
    assert f"  {getpass.getuser()} ordered: optout add {SAM}; 1 changed" in found.stdout
