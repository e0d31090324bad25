"""The processes that the benches run: Bridge as a user starts it, a gateway and a smarthost."""

from __future__ import annotations

import itertools
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import Server

DOMAIN = "sms.example.com"
TOKEN = "bench-token-" * 3
CALLBACKS = f"/callback/{TOKEN}"
ROOT = Path(__file__).parents[2]

SETTINGS = """
[smtp]
hostname = "{domain}"
domains = ["{domain}"]
listen = ["127.0.0.1:{smtp}"]
{smtp_more}
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
smarthost = "smtp://127.0.0.1:{smarthost}"
inbox = "inbox@example.com"
postmaster = "postmaster@example.com"
[store]
url = "{store}"
[limits]
texts_per_hour = 0
texts_per_day = 0
texts_per_number = 0
{more}
"""

PLAIN = "import sys; sys.modules['uvloop'] = None; from bridge.cli.main import main; main()"
"""The command `smsbridge` on a machine where uvloop is not installed."""


@dataclass(frozen=True, slots=True)
class Node:
    """A running daemon: its ports and its process."""

    smtp: int
    http: int
    pid: int
    tls: int = 0


@dataclass(frozen=True, slots=True)
class Extra:
    """What a daemon has beside the usual settings: lines of [smtp], and tables; SMTP over TLS."""

    smtp: str = ""
    tables: str = ""
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway that all daemons of a run text by."""

    url: str
    pid: int

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


@dataclass(frozen=True, slots=True)
class Smarthost:
    """The mail server that all daemons of a run mail by."""

    port: int

    def taken(self) -> int:
        """How many mails it has."""
        with smtplib.SMTP("127.0.0.1", self.port) as connection:
            return int(connection.docmd("COUNT")[1])


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a run takes place; `new_store` makes the URL of an empty store."""

    folder: Path
    gateway: Gateway
    smarthost: Smarthost
    new_store: Callable[[], str]
    uvloop: bool = True

    @contextmanager
    def bridge(self, store: str, *, ways: str = "", extra: Extra | None = None) -> Iterator[Node]:
        """The daemon as a user starts it; `ways` is how the gateway behaves to it."""
        smtp, http, admin, tls = (free_port() for _ in range(4))
        extra = extra or Extra()
        listen = f'listen_tls = ["127.0.0.1:{tls}"]\n' if extra.tls else ""
        settings = self.folder / f"bridge-{smtp}.toml"
        settings.write_text(
            SETTINGS.format(
                domain=DOMAIN,
                smtp=smtp,
                smtp_more=listen + extra.smtp,
                http=http,
                admin=admin,
                gateway=self.gateway.url + ways,
                smarthost=self.smarthost.port,
                token=TOKEN,
                store=store,
                more=extra.tables,
            )
        )
        settings.chmod(0o600)
        begin = ["-m", "bridge"] if self.uvloop else ["-c", PLAIN]
        command = [sys.executable, *begin, "run", "--config", str(settings)]
        with running(command, smtp) as pid:
            yield Node(smtp, http, pid, tls)


@contextmanager
def ground(folder: Path, *, uvloop: bool = True, postgres: bool = False) -> Iterator[Ground]:
    """A gateway, a smarthost and a kind of store, for as long as they are needed."""
    files = itertools.count(1)
    with ExitStack() as begun:
        port, pid = begun.enter_context(module("tests.bench.gateway"))
        smarthost, _ = begun.enter_context(module("tests.bench.sink"))
        gateway = Gateway(f"http://127.0.0.1:{port}", pid)
        new_store = (
            begun.enter_context(Server()).database
            if postgres
            else lambda: f"sqlite:///{folder}/bridge-{next(files)}.db"
        )
        yield Ground(folder, gateway, Smarthost(smarthost), new_store, uvloop)


@contextmanager
def module(name: str, *before: str, after: tuple[str, ...] = ()) -> Iterator[tuple[int, int]]:
    """A module of ours as a process, which is told a port; the port and the process."""
    port = free_port()
    with running([sys.executable, "-m", name, *before, str(port), *after], port) as pid:
        yield port, pid


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """A process that listens on `port`; its id.

    Each has a session of its own, as services do: Linux shares the cores out among sessions, and
    one that had to share with the client, or had the double, would be slower or faster for that.
    """
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
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
    for _ in range(2000):
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"nothing listens on {port}")


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
