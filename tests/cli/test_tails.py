"""`smsbridge tails`: what was learned is shown, and forgotten on demand."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from bridge.core.model import Conversation, Envelope, Session
from bridge.core.promises import Mail
from bridge.spool.opening import open_spool
from tests.cli.conftest import store, written

BLOCK = "ACME Ltd\nReg. no. 01234567"
JO, CRON = "192.0.2.1 jo@example.com", "192.0.2.1"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose spool has seen three mails of Jo's and one of a machine's."""
    asyncio.run(_mailed(store(tmp_path)))
    return written(tmp_path)


async def _mailed(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    for n, sender in enumerate(("jo@example.com",) * 3 + ("",)):
        envelope = Envelope(sender, (), b"%d" % n, 1_790_000_000.0, Session("192.0.2.1"))
        conversation = Conversation("2aaa", sender, "", "")
        mail = Mail(f"{n:06}", envelope, "person", sender, conversation, (), closings=(BLOCK,))
        await spool.accept(mail)
    await spool.close()


def tails(config: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["tails", *args, "--config", str(config)])


def test_they_are_listed_sender_by_sender_and_those_left_off_are_marked(config: Path) -> None:
    found = tails(config, "list")
    assert found.exit_code == frame.DONE, found.output
    assert found.stdout.splitlines() == [f'{JO}  3 mails, left off  "ACME Ltd\\nReg. no. 01234567"']


def test_those_that_were_seen_too_seldom_are_listed_on_request(config: Path) -> None:
    found = tails(config, "list", "--all")
    assert found.stdout.splitlines() == [
        f'{CRON}  1 mail  "ACME Ltd\\nReg. no. 01234567"',
        f'{JO}  3 mails, left off  "ACME Ltd\\nReg. no. 01234567"',
    ]


def test_one_sender_s_are_listed_for_programs(config: Path) -> None:
    found = tails(config, "list", "Jo@Example.com", "--json")
    assert json.loads(found.stdout) == {
        "sender": JO,
        "seen": 3,
        "left_off": True,
        "last_at": 1_790_000_000.0,
        "block": BLOCK,
    }


def test_of_a_stranger_nothing_is_known(config: Path) -> None:
    found = tails(config, "list", "amy@example.com")
    assert found.exit_code == frame.REFUSED
    assert "no closing block of amy@example.com is learned" in found.stderr


@pytest.mark.parametrize(
    ("args", "said", "left"),
    [
        ((JO,), f"forgotten: 1 of {JO}\n", [CRON]),
        (("Jo@example.com",), "forgotten: 1 of Jo@example.com\n", [CRON]),
        (("--all",), "forgotten: 2 of all senders\n", []),
    ],
)
def test_a_sender_s_are_forgotten_or_all(
    config: Path, args: tuple[str, ...], said: str, left: list[str]
) -> None:
    found = tails(config, "reset", *args)
    assert (found.exit_code, found.stdout) == (frame.DONE, said)
    listed = tails(config, "list", "--all", "--json").stdout.splitlines()
    assert [json.loads(line)["sender"] for line in listed] == left


@pytest.mark.parametrize("args", [(), ("jo@example.com", "--all")], ids=["nobody", "both"])
def test_nothing_is_forgotten_by_mistake(config: Path, args: tuple[str, ...]) -> None:
    found = tails(config, "reset", *args)
    assert found.exit_code == frame.USAGE
    assert "SENDER, or --all" in found.stderr
