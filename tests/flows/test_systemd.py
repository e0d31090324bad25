"""The daemon under systemd: sockets handed over, readiness, the watchdog; and the units."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli.playground import OWNER, Ports, tables
from bridge.listeners.sockets import bound, told_apart
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox
from tests.flows.conftest import PATIENCE, at, letter, sent, written

UNITS = Path(__file__).parents[2] / "systemd"
HANDED_OVER = (
    'exec 3<&{fd}; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" -m bridge run --config "$1" 2>/dev/null'
)

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed"
)


async def test_the_daemon_serves_the_socket_it_is_given_and_says_how_it_is(tmp_path: Path) -> None:
    with (
        bound("127.0.0.1", 0) as given,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard,
    ):
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(PATIENCE)
        async with Inbox() as inbox, Sandbox() as sandbox:
            config = written(tables(sandbox, inbox, Ports(), tmp_path), tmp_path)
            daemon = await asyncio.create_subprocess_exec(
                "bash",
                *("-c", HANDED_OVER.format(fd=given.fileno()), sys.executable, str(config)),
                pass_fds=(given.fileno(),),
                env={
                    **os.environ,
                    "NOTIFY_SOCKET": str(tmp_path / "notify"),
                    "WATCHDOG_USEC": "300000",
                },
            )
            try:
                assert await asyncio.to_thread(heard.recv, 100) == b"READY=1"
                for _ in range(2):
                    assert await asyncio.to_thread(heard.recv, 100) == b"WATCHDOG=1"
                port = given.getsockname()[1]
                await asyncio.to_thread(sent, port, letter("Hello"), OWNER, at("447700900001"))
                await sandbox.wait_for(lambda taken: taken.text == "Hello", PATIENCE)
            finally:
                daemon.send_signal(signal.SIGTERM)
                assert await daemon.wait() == 0
            heard.settimeout(0)
            said = b""
            while said != b"STOPPING=1":
                said = heard.recv(100)


def test_sockets_are_told_apart_by_where_they_listen() -> None:
    class Listening(socket.socket):
        def __init__(self, port: int) -> None:
            super().__init__()
            self.port = port

        def getsockname(self) -> tuple[str, int]:
            return "::", self.port

    sockets = [Listening(port) for port in (465, 25, 587)]
    plain, tls = told_apart(sockets)
    for each in sockets:
        each.close()
    assert (plain, tls) == ([sockets[1], sockets[2]], [sockets[0]])


@needs_systemd
def test_the_units_are_in_order_and_hardened(tmp_path: Path) -> None:
    service = (UNITS / "smsbridge.service").read_text()
    (tmp_path / "smsbridge.service").write_text(
        service.replace("/opt/smsbridge/bin/smsbridge", "/bin/true")
    )
    shutil.copy(UNITS / "smsbridge.socket", tmp_path)
    units = [tmp_path / "smsbridge.service", tmp_path / "smsbridge.socket"]
    verified = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", UNITS / "smsbridge.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = float(rated.stdout.split("exposure level for smsbridge.service: ")[1].split()[0])
    assert exposure <= 2.0
