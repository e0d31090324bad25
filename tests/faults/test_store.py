"""The store's disk nearly full, its file locked by another, damaged, or of a newer program."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TypeAlias

import pytest

from bridge.cli.playground import OWNER
from bridge.core.reporting import TOGETHER
from bridge.spool.opening import MIN_FREE
from bridge.spool.sqlite import file
from tests.faults.conftest import Cold
from tests.flows.conftest import House, OpenHouse, until

PHONE, INVALID, OTHER = "447700900001", "447700900002", "447700900011"
SETTINGS = 78
RESERVE = 4 << 20

Fill: TypeAlias = Callable[[bool], None]
"""Fills the disk but for less than the reserve, or empties it again."""


@pytest.fixture
def disk_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Fill]:
    """A disk of which it is said that it is nearly full."""
    usage = shutil.disk_usage

    def fill(full: bool) -> None:
        said = (lambda _: SimpleNamespace(free=MIN_FREE - 1)) if full else usage
        monkeypatch.setattr(shutil, "disk_usage", said)

    return tmp_path, fill


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Fill]]:
    """A disk that is small, and filled up."""
    mount = ("mount", "-t", "tmpfs", "-o", f"size={MIN_FREE + RESERVE}", "none", str(tmp_path))
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("no file system can be mounted")
    ballast = tmp_path / "ballast"

    def fill(full: bool) -> None:
        if not full:
            ballast.unlink()
            return
        with ballast.open("wb") as it:
            os.posix_fallocate(it.fileno(), 0, RESERVE)

    yield tmp_path, fill
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.parametrize("disk", ["small_disk", "disk_usage"])
async def test_on_a_disk_that_is_nearly_full_nothing_new_is_taken_and_the_rest_goes_on(
    open_house: OpenHouse, request: pytest.FixtureRequest, disk: str
) -> None:
    folder, fill = request.getfixturevalue(disk)
    house = await open_house(store={"url": f"sqlite:///{folder / 'bridge.db'}"})
    house.sandbox.reporting = False
    house.sandbox.forwarder.retry_interval = 0.2
    await house.sandbox.primary.down()
    waiting = await house.mail("Waits", PHONE, INVALID)
    await house.stands(waiting, "queued", attempts=1)
    await asyncio.to_thread(fill, True)

    await until(lambda: _answers(house, 452, "4.3.1"))
    house.sandbox.text_in(OTHER, "Is anybody there?")
    await until(lambda: _last_status(house, 503))

    await house.sandbox.primary.up()
    await _pass(house, 6.1)
    await until(lambda: _ended(house, waiting, {"submitted", "rejected"}))
    await _pass(house, TOGETHER)
    await house.told(OWNER, "Text not delivered to 07700 900002")
    assert await house.events("SmsReceived") == []

    await asyncio.to_thread(fill, False)
    await until(lambda: _last_status(house, 200))
    await house.told("team@example.com", "Text from 07700 900011")
    await until(lambda: _answers(house, 250, "2.1.0"))
    await house.stands(await house.mail("More", PHONE), "submitted")
    assert sorted(each.text for each in house.sandbox.taken) == ["More", "Waits"]


async def test_while_another_locks_the_file_nothing_is_promised_and_then_all_goes_on(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(file, "BUSY_MS", 200)  # 5 s in use; the callback's patience is 4.5
    path = tmp_path / "bridge.db"
    house = await open_house(store={"url": f"sqlite:///{path}"})
    house.sandbox.forwarder.retry_interval = 0.2
    house.sandbox.primary.latency = 0.3
    under_way = await house.mail("Under way", PHONE)
    await until(lambda: _asked(house))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        await house.mail("Locked out", PHONE)
    assert refused.value.smtp_code == 451
    house.sandbox.text_in(OTHER, "Is anybody there?")
    await until(lambda: _last_status(house, 503))
    assert len(house.took("Under way")) == 1

    other.execute("ROLLBACK")
    other.close()
    await house.stands(under_way, "delivered")
    await house.told("team@example.com", "Text from 07700 900011")
    await house.stands(await house.mail("Locked out", PHONE), "delivered")
    assert sorted(each.text for each in house.sandbox.taken) == ["Locked out", "Under way"]


# ---------------------------------------------------------------- a file that is no good


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def torn(path: Path) -> None:
    with path.open("r+b") as it:
        it.seek(4 * 4096)
        it.write(b"\xff" * 4096)


def another_file(path: Path) -> None:
    path.write_bytes(b"# Minutes of the meeting\n" * 1000)


def of_a_newer_program(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()


HARMS: Mapping[Callable[[Path], None], str] = {
    emptied: "damaged (it is empty; to begin anew, remove it and",
    cut_in_half: "damaged",
    torn: "damaged",
    another_file: "damaged",
    of_a_newer_program: "it was used by a newer smsbridge; install that one again",
}


@pytest.mark.parametrize("harm", HARMS, ids=lambda each: each.__name__.replace("_", " "))
async def test_a_file_that_is_no_good_ends_the_daemon_with_what_to_do_and_stays_as_it_is(
    cold: Cold, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    process = await cold()
    path = tmp_path / "bridge.db"
    await asyncio.to_thread(harm, path)
    before = path.read_bytes()
    with pytest.raises(RuntimeError):
        await process.start()
    assert process.running
    assert await process.running.wait() == SETTINGS
    said = "".join(process.said)
    assert HARMS[harm] in said
    assert "put back a backup" in said or "install" in said
    assert path.read_bytes() == before


# ---------------------------------------------------------------- what was seen


async def _answers(house: House, code: int, enhanced: str) -> bool:
    """What the bridge says to MAIL."""

    def mail() -> tuple[int, bytes]:
        with smtplib.SMTP("127.0.0.1", house.ground.smtp) as client:
            client.ehlo()
            return client.mail(OWNER)

    found, words = await asyncio.to_thread(mail)
    return found == code and words.decode().startswith(enhanced)


async def _last_status(house: House, status: int) -> bool:
    posted = house.sandbox.forwarder.forwarded
    return bool(posted) and posted[-1].status == status


async def _asked(house: House) -> bool:
    return bool(house.sandbox.primary.met)


async def _ended(house: House, spool_id: str, states: set[str]) -> bool:
    return {str(each["state"]) for each in await house.deliveries(spool_id)} == states


async def _pass(house: House, seconds: float) -> None:
    """Let time pass, though the gateway posts on and on."""
    house.clock.ahead += seconds
    await house.ground.daemon.spool.order("retry", "nothing", "clock", house.clock())
