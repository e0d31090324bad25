"""A daemon that cannot start leaves nothing open: another one may have its ports and its store."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.daemon import Daemon
from bridge.settings.loading import from_tables
from bridge.spool.contract import Unusable
from bridge.spool.opening import open_spool


def daemon_of(store: Path, other: Mapping[str, Mapping[str, object]] | None = None) -> Daemon:
    said: dict[str, dict[str, object]] = {
        "smtp": {
            "hostname": "sms.example.com",
            "domains": ["sms.example.com"],
            "listen": ["127.0.0.1:0"],
        },
        "gateway": {"url": "http://127.0.0.1:9", "username": "jo", "password": "canary"},
        "http": {
            "listen": ["127.0.0.1:0"],
            "admin_listen": ["127.0.0.1:0"],
            "callback_token": secrets.token_urlsafe(24),
        },
        "mail": {"smarthost": "smtp://127.0.0.1:9", "postmaster": "postmaster@example.com"},
        "store": {"url": f"sqlite:///{store}"},
    }
    for section, values in (other or {}).items():
        said[section].update(values)
    return Daemon(from_tables(said, "test"))


def assert_closed(*ports: int) -> None:
    """Nobody answers at these ports."""
    for port in ports:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()


async def test_a_store_that_cannot_be_opened_frees_the_ports(tmp_path: Path) -> None:
    store = tmp_path / "bridge.db"
    store.write_bytes(b"no database" * 1000)
    daemon = daemon_of(store)
    with pytest.raises(Unusable):
        await daemon.start()
    assert_closed(*daemon.smtp_ports, *daemon.http_ports, *daemon.admin_ports)


@pytest.mark.parametrize(
    ("section", "key", "name"),
    [
        ("smtp", "listen", "smtp.listen"),
        ("http", "listen", "http.listen"),
        ("http", "admin_listen", r"http.admin_listen; \[\] switches it off"),
    ],
)
async def test_a_port_that_is_taken_is_told_with_its_setting(
    tmp_path: Path, section: str, key: str, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        at = f"127.0.0.1:{other.getsockname()[1]}"
        daemon = daemon_of(tmp_path / "bridge.db", {section: {key: [at]}})
        with pytest.raises(OSError, match=rf"^cannot listen on {at} \({name}\): Address already"):
            await daemon.start()


async def test_a_start_that_fails_at_last_ends_all_that_was_begun(tmp_path: Path) -> None:
    store = tmp_path / "bridge.db"
    daemon = daemon_of(store)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as no_stream:
        no_stream.bind(("127.0.0.1", 0))
        with pytest.raises(ValueError, match="Stream Socket"):
            await daemon.start([no_stream])
    assert_closed(*daemon.http_ports, *daemon.admin_ports)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    spool = await open_spool(f"sqlite:///{store}", daemon=True)
    await spool.close()
