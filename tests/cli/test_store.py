"""`smsbridge store`: an operator backs up, puts back, looks over, brings forward and moves."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from bridge.core.model import Conversation, Envelope, Msisdn, Session, Submission, Text
from bridge.core.promises import Mail
from bridge.spool.opening import open_spool
from tests.cli.conftest import store, written

AT = 1_790_000_000.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose spool has one text that waits."""
    asyncio.run(_mailed(store(tmp_path)))
    return written(tmp_path)


async def _mailed(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    envelope = Envelope("jo@example.com", (), b"hello", AT, Session("192.0.2.1"))
    text = Submission(
        "m.1", "m", (Msisdn("447700900123"),), Text("hello"), AT, AT + 60, "person", "jo@e.org"
    )
    conversation = Conversation("2aaa", "jo@example.com", "", "")
    await spool.accept(Mail("m", envelope, "person", "jo@e.org", conversation, (text,)))
    await spool.close()


def ran(config: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--config", str(config)])


def shop(config: Path, *args: str) -> Result:
    return ran(config, "store", *args)


def test_a_backup_is_made_put_back_and_what_it_holds_is_listed(
    config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "monday.db"
    made = shop(config, "backup", str(file))
    assert made.exit_code == frame.DONE, made.output
    assert made.stdout.endswith("whole and sound\n")
    refused = shop(config, "restore", str(file))
    assert refused.exit_code == frame.REFUSED
    assert "holds mails; --replace keeps it under another name" in refused.stderr
    back = shop(config, "restore", str(file), "--replace", "--json")
    assert json.loads(back.stdout) == {"restored": str(file), "texts": 1, "notices": 0}
    listed = ran(config, "spool", "list")
    assert "held" in listed.stdout
    assert "restored from a backup of " in listed.stdout
    assert "lane submit: 0 waiting" in listed.stdout


def test_a_backup_is_not_written_over(config: Path, tmp_path: Path) -> None:
    (file := tmp_path / "monday.db").touch()
    found = shop(config, "backup", str(file))
    assert found.exit_code == frame.REFUSED
    assert found.stderr == f"smsbridge: {file} is there already; it is not written over\n"


def test_a_store_and_a_backup_are_looked_over(config: Path, tmp_path: Path) -> None:
    shop(config, "backup", str(file := tmp_path / "monday.db"))
    found = shop(config, "verify")
    assert (found.exit_code, found.stdout) == (frame.DONE, f"{store(tmp_path)}: sound\n")
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE delivery SET state = 'lost'")
    found = shop(config, "verify", str(file), "--json")
    assert found.exit_code == frame.REFUSED
    faults = ["texts in a state that is none: 1", "texts that ended and are due: 1"]
    assert json.loads(found.stdout) == {"store": str(file), "sound": False, "faults": faults}


def test_a_store_of_an_earlier_version_is_brought_forward_with_a_backup(tmp_path: Path) -> None:
    config = written(tmp_path)
    script = files("bridge.spool.sqlite").joinpath("schema/0001.sql").read_text("utf-8")
    with closing(sqlite3.connect(tmp_path / "bridge.db")) as db:
        db.executescript(script + "PRAGMA user_version = 1;")
    waiting = ran(config, "spool", "list")
    assert waiting.exit_code == frame.SETTINGS
    assert "smsbridge store upgrade" in waiting.stderr
    found = shop(config, "upgrade", "--json")
    assert found.exit_code == frame.DONE, found.output
    said = json.loads(found.stdout)
    assert (said["before"], said["after"]) == (1, 5)
    with closing(sqlite3.connect(said["backup"])) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert ran(config, "spool", "list").exit_code == frame.DONE
    again = shop(config, "upgrade")
    assert again.stdout == "it is of version 5 already\n"


def test_a_store_is_moved_to_another_kind_alone(config: Path, tmp_path: Path) -> None:
    found = shop(config, "move", f"sqlite:///{tmp_path}/other.db")
    assert found.exit_code == frame.REFUSED
    assert "to another kind" in found.stderr


def test_a_password_is_no_argument_but_read_from_standard_input(
    config: Path, tmp_path: Path
) -> None:
    url = f"postgresql://bridge:canary@127.0.0.1:{closed_port()}/bridge"
    refused = shop(config, "move", url)
    assert refused.exit_code == frame.USAGE
    assert "canary" not in refused.output
    tried = CliRunner().invoke(main, ["store", "move", "-", "--config", str(config)], input=url)
    assert tried.exit_code == frame.TRY_LATER, tried.output
    assert "canary" not in tried.output
    assert ran(config, "spool", "list").exit_code == frame.DONE, "nothing was moved"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://127.0.0.1/bridge?password=canary",
        "postgresql://bridge:canary/x@127.0.0.1/bridge",
        "canary",
        "",
    ],
)
def test_what_is_no_url_of_a_store_is_not_moved_to_and_not_quoted(config: Path, url: str) -> None:
    for args, said in (((url,), ""), (("-",), url)):
        found = CliRunner().invoke(main, ["store", "move", *args, "--config", str(config)], said)
        assert found.exit_code == frame.USAGE, found.output
        assert "URL: expected" in found.output
        assert "canary" not in found.output


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_a_daemon_s_store_is_left_alone(config: Path, tmp_path: Path) -> None:
    shop(config, "backup", str(file := tmp_path / "monday.db"))

    async def beside() -> list[Result]:
        spool = await open_spool(store(tmp_path), daemon=True)
        found = [
            await asyncio.to_thread(shop, config, *args)
            for args in (("restore", str(file), "--replace"), ("upgrade",), ("verify",))
        ]
        await spool.close()
        return found

    restored, upgraded, verified = asyncio.run(beside())
    for each in (restored, upgraded):
        assert each.exit_code == frame.SETTINGS
        assert "in use by another daemon" in each.stderr
    assert verified.exit_code == frame.DONE


def test_without_a_store_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    found = shop(written(tmp_path), "backup", str(tmp_path / "monday.db"))
    assert found.exit_code == frame.REFUSED
    assert "nobody has used this store yet" in found.stderr
    assert not (tmp_path / "bridge.db").exists()
