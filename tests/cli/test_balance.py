"""`smsbridge balance`: the credits that are left, and how long they last."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from bridge.sandbox.gateway import Sandbox
from bridge.spool.opening import open_spool
from tests.cli.conftest import store, written

DAY = 86400.0


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(listen=("127.0.0.1:0", "127.0.0.1:0")) as found:
        found.account.username, found.account.password = "acme", "canary"
        found.account.balance = 120
        yield found


async def balance(sandbox: Sandbox, folder: Path, *args: str) -> Result:
    config = written(folder)
    hosts = f'url = "{sandbox.primary.url}"\nbackup_url = "{sandbox.backup.url}"\n'
    config.write_text(config.read_text().replace("[gateway]\n", f"[gateway]\n{hosts}"))
    command = ["balance", *args, "--config", str(config)]
    return await asyncio.to_thread(CliRunner().invoke, main, command)


async def test_of_an_account_that_nobody_watched_it_says_the_credits_alone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = await balance(sandbox, tmp_path)
    assert (found.exit_code, found.output) == (frame.DONE, "120 credits\n")
    assert not (tmp_path / "bridge.db").exists()


async def test_it_says_how_long_the_credit_lasts(sandbox: Sandbox, tmp_path: Path) -> None:
    now = time.time()
    spool = await open_spool(store(tmp_path), daemon=True)
    for days, credit in ((4, 240), (3, 210), (2, 180), (1, 150)):
        await spool.weigh(credit, 0, now - days * DAY)
    await spool.close()
    said = await balance(sandbox, tmp_path)
    assert said.output == "120 credits, about 4 days at the present rate\n"
    record = json.loads((await balance(sandbox, tmp_path, "--json")).output)
    assert (record["balance"], record["days_left"]) == ("120", 4.0)


async def test_the_backup_is_asked_where_the_primary_is_down(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    await sandbox.primary.close()
    found = await balance(sandbox, tmp_path)
    assert (found.exit_code, found.stdout) == (frame.DONE, "120 credits\n")
    assert found.stderr.startswith(f"smsbridge: {sandbox.primary.url}: NOT_SENT: ")


async def test_an_account_that_is_refused_is_no_matter_of_time(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.account.password = "another"
    found = await balance(sandbox, tmp_path)
    assert (found.exit_code, found.stdout) == (frame.REFUSED, "")
    assert found.stderr.count("LOGIN_INVALID") == 2
