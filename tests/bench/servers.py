"""The processes that the benches run: Bridge as a user starts it, and a gateway that is cheap."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "sms.example.com"
TOKEN = "bench-token-" * 3
CALLBACKS = f"/callback/{TOKEN}"
HERE = Path(__file__).parent

SETTINGS = """
[smtp]
hostname = "{domain}"
domains = ["{domain}"]
listen = ["127.0.0.1:{smtp}"]
[numbers]
allowed_regions = ["*"]
[gateway]
url = "{gateway}"
backup_url = "{gateway}"
username = "u"
password = "p"
[http]
listen = ["127.0.0.1:{http}"]
admin_listen = ["127.0.0.1:{admin}"]
callback_token = "{token}"
[mail]
inbox = "inbox@example.com"
postmaster = "postmaster@example.com"
[store]
url = "{store}"
[limits]
texts_per_hour = 0
texts_per_day = 0
texts_per_number = 0
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A running daemon: its ports and its process."""

    smtp: int
    http: int
    pid: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway that all daemons of a run text by."""

    url: str

    def taken(self) -> int:
        """How many texts it has."""
        return int(self._told("count"))

    def disorder(self) -> int:
        """How many texts came to a number after a later one did."""
        return int(self._told("disorder"))

    def given(self, first: int) -> list[tuple[str, str]]:
        """The number and the id of each text from the `first`, counted from 0."""
        lines = self._told(f"given/{first}").splitlines()
        return [(number, id_) for number, _, id_ in (each.partition(" ") for each in lines)]

    def _told(self, what: str) -> str:
        with urllib.request.urlopen(f"{self.url}/{what}") as answer:
            return str(answer.read().decode())


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway, for as long as it is needed."""
    port = free_port()
    with running([sys.executable, str(HERE / "gateway.py"), str(port)], port):
        yield Gateway(f"http://127.0.0.1:{port}")


@contextmanager
def bridge(folder: Path, store: str, gateway: Gateway) -> Iterator[Node]:
    """The daemon as a user starts it, on a store."""
    smtp, http, admin = free_port(), free_port(), free_port()
    settings = folder / f"bridge-{smtp}.toml"
    settings.write_text(
        SETTINGS.format(
            domain=DOMAIN,
            smtp=smtp,
            http=http,
            admin=admin,
            gateway=gateway.url,
            token=TOKEN,
            store=store,
        )
    )
    settings.chmod(0o600)
    command = [sys.executable, "-m", "bridge", "run", "--config", str(settings)]
    with running(command, smtp) as pid:
        yield Node(smtp, http, pid)


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """A process that listens on `port`; its id."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _await_port(port, process)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
