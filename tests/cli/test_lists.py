"""`smsbridge list`: a list at the gateway changes, number by number, over both of its hosts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from bridge.sandbox.gateway import Sandbox

SETTINGS = """\
[gateway]
url = "{url}"
backup_url = "{backup}"
username = "sandbox"
password = "{password}"
timeout = "2 s"
[http]
callback_token = "0123456789abcdefghijklmnopqrstuv"
[mail]
inbox = "sms@example.com"
[subscription_lists.Alerts]
name = "MySubscriptionListName"
"""
SAM, ALEX = "447700900123", "447700900124"
LIST = "MySubscriptionListName"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(listen=("127.0.0.1:0", "127.0.0.1:0")) as found:
        yield found


async def run(
    sandbox: Sandbox, folder: Path, *args: str, stdin: str = "", password: str = "sandbox"
) -> Result:
    config = folder / "bridge.toml"
    config.write_text(
        SETTINGS.format(url=sandbox.primary.url, backup=sandbox.backup.url, password=password)
    )
    config.chmod(0o600)
    command = ["list", *args, "--config", str(config)]
    return await asyncio.to_thread(CliRunner().invoke, main, command, stdin)


@pytest.mark.parametrize("name", ["alerts", "ALERTS", LIST])
async def test_several_numbers_are_put_on_a_list_of_either_name(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    found = await run(sandbox, tmp_path, "subscribe", name, "07700 900123", f"+{ALEX}", SAM)
    assert found.exit_code == frame.DONE, found.output
    assert found.stdout.splitlines() == [
        f"subscribe: {SAM} in {LIST}",
        f"subscribe: {ALEX} in {LIST}",
    ]
    assert sandbox.account.lists[LIST] == {SAM, ALEX}


@pytest.mark.parametrize("action", ["unsubscribe", "delete"])
async def test_numbers_are_read_from_standard_input(
    sandbox: Sandbox, tmp_path: Path, action: str
) -> None:
    sandbox.account.lists[LIST] = {SAM, ALEX, "447700900125"}
    found = await run(
        sandbox, tmp_path, action, "alerts", "-", "--json", stdin=f"{SAM}\n\n07700900124\n"
    )
    assert found.exit_code == frame.DONE, found.output
    assert [json.loads(line) for line in found.stdout.splitlines()] == [
        {"list": LIST, "number": number, "action": action} for number in (SAM, ALEX)
    ]
    assert sandbox.account.lists[LIST] == {"447700900125"}


async def test_what_is_no_number_stops_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await run(sandbox, tmp_path, "subscribe", "alerts", "sam", SAM)
    assert found.exit_code == frame.REFUSED
    assert found.stderr == "smsbridge: sam is neither a number nor a name known here\n"
    assert sandbox.account.lists[LIST] == {SAM}


async def test_whom_a_mail_could_not_subscribe_the_command_does_not_either(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = await run(sandbox, tmp_path, "subscribe", "alerts", "09098790001")
    assert found.exit_code == frame.REFUSED
    assert "449098790001 is a premium-rate or shared-cost number" in found.stderr
    assert [each.path for each in sandbox.asked] == []
    left = await run(sandbox, tmp_path, "delete", "alerts", "09098790001")
    assert left.exit_code == frame.DONE, left.output


async def test_a_list_that_the_gateway_does_not_know_is_refused_number_by_number(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = await run(sandbox, tmp_path, "subscribe", "others", SAM, ALEX)
    assert found.exit_code == frame.REFUSED
    assert [line.split(": ")[1] for line in found.stderr.splitlines()] == [SAM, ALEX]
    assert "PPARAMETER_INVALID" in found.stderr


async def test_the_backup_takes_it_where_the_primary_is_down(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    await sandbox.primary.close()
    found = await run(sandbox, tmp_path, "subscribe", "alerts", SAM)
    assert found.exit_code == frame.DONE, found.output
    assert sandbox.account.lists[LIST] == {SAM}


async def test_where_nobody_answers_the_rest_is_not_asked_for(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    await sandbox.primary.close()
    await sandbox.backup.close()
    found = await run(sandbox, tmp_path, "subscribe", "alerts", SAM, ALEX)
    assert found.exit_code == frame.TRY_LATER
    assert found.stderr.splitlines()[-1] == "smsbridge: not asked for: 1 more"


async def test_an_account_that_is_refused_is_no_matter_of_time(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = await run(sandbox, tmp_path, "subscribe", "alerts", SAM, password="wrong")
    assert found.exit_code == frame.REFUSED
    assert "LOGIN_INVALID" in found.stderr
