"""`smsbridge check`: what is valid, and may still surprise."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox
from tests.cli.conftest import written

HASH = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$" + "A" * 43
USERS = f"""\
[users.jo]
password = "{HASH}"
addresses = ["447700900123@sms.example.com", "jo@example.com"]
[users.kim]
password = "{HASH}"
[users.amy]
password = "{HASH}"
addresses = ["447700900123@sms.example.com"]
"""
NOT_ANSWERED = "has no mailbox: only the sender of an order can be answered"


def managed_by(*users: str) -> str:
    return f'[subscription_lists.News]\nname = "MyNews"\nmanagers = {json.dumps(users)}\n'


async def checked(folder: Path, more: str, *options: str) -> Result:
    """What `check` says of these settings."""
    async with Sandbox(listen=("127.0.0.1:0", "127.0.0.1:0")) as sandbox, Inbox() as inbox:
        config = written(folder, f'smarthost = "{inbox.url}"\n' + more)
        sandbox.account.username, sandbox.account.password = "acme", "canary"
        urls = f'url = "{sandbox.primary.url}"\nbackup_url = "{sandbox.backup.url}"\n'
        config.write_text(config.read_text().replace("[gateway]\n", f"[gateway]\n{urls}"))
        command = ["check", *options, "--config", str(config)]
        return await asyncio.to_thread(CliRunner().invoke, main, command)


async def test_what_is_weak_is_a_warning_and_no_failure(tmp_path: Path) -> None:
    await asyncio.to_thread(tmp_path.chmod, 0o777)
    weak = 'postmaster = "ops@example.com"\n[numbers]\nallow_premium = true\n'
    done = await checked(tmp_path, weak)
    assert done.exit_code == frame.DONE, done.output
    said = [each for each in done.output.splitlines() if each.startswith("warn")]
    assert any(each.startswith("warn numbers.allow_premium: ") for each in said)
    assert any(each.startswith("warn store: ") and "chmod 700" in each for each in said)
    as_json = (await checked(tmp_path, weak, "--json")).output.splitlines()
    found = [json.loads(each) for each in as_json]
    assert {each["what"] for each in found if each["result"] == "warn"} >= {
        "numbers.allow_premium",
        "store",
    }


async def warned(folder: Path, more: str) -> set[tuple[str, str]]:
    """What `check` warns of in these settings, beside what it says of all: where, and what."""
    async with Sandbox(listen=("127.0.0.1:0", "127.0.0.1:0")) as sandbox:
        config = written(folder, 'smarthost = "smtp://127.0.0.1:1"\n' + more)
        url = f'[gateway]\nurl = "{sandbox.primary.url}"\n'
        config.write_text(config.read_text().replace("[gateway]\n", url))
        command = ["check", "--json", "--config", str(config)]
        done = await asyncio.to_thread(CliRunner().invoke, main, command)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    named = {(each["what"], each["found"]) for each in found if each["result"] == "warn"}
    return {(what, said) for what, said in named if what.startswith(("senders", "subscription"))}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('[[senders]]\nmatch = "user:bob"\n', {("senders", "user:bob: there is no such user")}),
        ('[[senders]]\nmatch = "user:jo"\n', set()),
        (managed_by("jo"), set()),
        (
            managed_by("jo", "bob"),
            {("subscription_lists.news.managers", "bob: there is no such user")},
        ),
        (managed_by("kim"), {("subscription_lists.news.managers", f"kim {NOT_ANSWERED}")}),
        (managed_by("amy"), {("subscription_lists.news.managers", f"amy {NOT_ANSWERED}")}),
    ],
    ids=["no user", "a user", "a manager", "no manager", "no address", "no mailbox"],
)
async def test_users_that_are_named_must_be_there_and_can_be_answered(
    tmp_path: Path, more: str, expected: set[tuple[str, str]]
) -> None:
    assert await warned(tmp_path, USERS + more) == expected
