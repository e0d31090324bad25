"""T81: what the bridge writes is its owner's alone, whatever the umask."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import frame
from bridge.cli.main import main
from bridge.parts import certificate
from bridge.settings.loading import load
from bridge.settings.mistakes import SettingsError
from bridge.spool.opening import open_spool
from tests.cli.conftest import logs_as_before, store, written

__all__ = ["logs_as_before"]

SECRET = ("bridge.db", "bridge.db-wal", "bridge.db-shm")


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> set[str]:
    """The files that somebody else could read or write."""
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
    return {name for name, mode in modes.items() if mode & 0o077}


async def kept(folder: Path) -> set[str]:
    """Which files of a store are open to others while it is in use."""
    spool = await open_spool(store(folder), daemon=True)
    try:
        await spool.order("retry", "all", "us", spool.now())
        return open_to_others(folder)
    finally:
        await spool.close()


def test_what_is_written_is_its_owners_alone(tmp_path: Path) -> None:
    assert asyncio.run(kept(tmp_path)) == set()
    config = written(tmp_path)
    for verb in (
        ["store", "backup", str(tmp_path / "copy.db")],
        ["store", "restore", "--replace", str(tmp_path / "copy.db")],
        ["user", "add", "jo", "--password-stdin"],
    ):
        command = [*verb, "--config", str(config)]
        done = CliRunner().invoke(main, command, input="correct horse\n")
        assert done.exit_code == frame.DONE, done.output
    assert {each.name for each in tmp_path.iterdir()} >= {"bridge.db", "copy.db", "bridge.toml"}
    assert open_to_others(tmp_path) == set()


def test_a_store_that_a_careless_copy_opened_is_closed_again(tmp_path: Path) -> None:
    asyncio.run(kept(tmp_path))
    for name in SECRET:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    assert asyncio.run(kept(tmp_path)) == set()


def test_a_key_that_others_can_read_is_not_served(tmp_path: Path) -> None:
    chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    for each in (chain, key):
        each.touch()
        each.chmod(0o644)
    said = f'[smtp]\ntls_cert = "{chain}"\ntls_key = "{key}"\n'
    with pytest.raises(SettingsError, match="mode 0644, which lets others read it"):
        certificate(load(written(tmp_path, said), {}))
