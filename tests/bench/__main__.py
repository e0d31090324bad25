"""Bridge beside the one-file script, end to end, in one run: `python -m tests.bench`.

Both take the same mails over the same connections and hand them to the same gateway; rounds
alternate, so that a machine that slows down slows both.  CPU is the server's own, from /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.load import Load, send

DOMAIN = "sms.example.com"
HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
DEADLINE = 120.0


@dataclass
class Row:
    """What one server showed over its rounds."""

    name: str
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    memory: float = 0.0


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--mails", type=int, default=2000, help="mails in a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds for each server")
    parser.add_argument("--connections", type=int, default=20, help="SMTP connections")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"fdatasync, median of 200: {fdatasync(Path(folder)) * 1e3:.2f} ms")
        rows = measured(Path(folder), options)
    print(f"\n{'server':<24}{'mails/s':>9}{'CPU/mail':>10}{'p50':>9}{'p99':>9}{'memory':>9}")
    for row in rows:
        print(
            f"{row.name:<24}{statistics.median(row.rates):>9.0f}"
            f"{statistics.median(row.cpu) * 1e6:>7.0f} us"
            f"{statistics.median(row.p50) * 1e3:>6.1f} ms"
            f"{statistics.median(row.p99) * 1e3:>6.1f} ms{row.memory:>5.0f} MiB"
        )
    bridge, script = rows
    speed = statistics.median(a / b for a, b in zip(bridge.rates, script.rates, strict=True))
    cpu = statistics.median(a / b for a, b in zip(bridge.cpu, script.cpu, strict=True))
    print(f"\nBridge against the script: {speed:.2f} times the mails/s, {cpu:.2f} of the CPU")


def measured(folder: Path, options: argparse.Namespace) -> tuple[Row, Row]:
    """The two servers' rows, measured in turn."""
    gateway = free_port()
    url = f"http://127.0.0.1:{gateway}"
    rows = Row("Bridge, durable"), Row("one-file script")
    with (
        running([sys.executable, str(HERE / "gateway.py"), str(gateway)], gateway),
        bridge(folder, url) as (bridge_port, bridge_pid),
        script(url) as (script_port, script_pid),
    ):
        servers = ((rows[0], bridge_port, bridge_pid), (rows[1], script_port, script_pid))
        for each in range(options.rounds + 1):
            for row, port, pid in servers:
                one_round(row, port, pid, url, options, count=each > 0)
    return rows


def one_round(
    row: Row, port: int, pid: int, url: str, options: argparse.Namespace, *, count: bool
) -> None:
    """One round: mails in, until the gateway has them all.  The first is a warm-up."""
    before, cpu = taken(url), cpu_seconds(pid)
    began = time.perf_counter()
    load: Load = asyncio.run(
        send(
            port,
            first=before,
            mails=options.mails,
            connections=options.connections,
            domain=DOMAIN,
        )
    )
    while taken(url) - before < options.mails:
        if time.perf_counter() - began > DEADLINE:
            raise SystemExit(f"{row.name}: {taken(url) - before} of {options.mails} arrived")
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    if count:
        row.rates.append(options.mails / seconds)
        row.cpu.append((cpu_seconds(pid) - cpu) / options.mails)
        row.p50.append(load.percentile(0.50))
        row.p99.append(load.percentile(0.99))
        row.memory = max(row.memory, resident(pid))


@contextmanager
def bridge(folder: Path, url: str) -> Iterator[tuple[int, int]]:
    """The daemon as a user starts it; its SMTP port and process."""
    smtp, http, admin = free_port(), free_port(), free_port()
    settings = folder / "bridge.toml"
    settings.write_text(
        f"""
[smtp]
hostname = "{DOMAIN}"
domains = ["{DOMAIN}"]
listen = ["127.0.0.1:{smtp}"]
[numbers]
allowed_regions = ["*"]
[gateway]
url = "{url}"
backup_url = "{url}"
username = "u"
password = "p"
[http]
listen = ["127.0.0.1:{http}"]
admin_listen = ["127.0.0.1:{admin}"]
callback_token = "{"bench-token-" * 3}"
[mail]
inbox = "inbox@example.com"
postmaster = "postmaster@example.com"
[store]
url = "sqlite:///{folder}/bridge.db"
[limits]
texts_per_hour = 0
texts_per_day = 0
texts_per_number = 0
"""
    )
    settings.chmod(0o600)
    command = [sys.executable, "-m", "bridge", "run", "--config", str(settings)]
    with running(command, smtp) as pid:
        yield smtp, pid


@contextmanager
def script(url: str) -> Iterator[tuple[int, int]]:
    """The one-file script; its SMTP port and process."""
    port = free_port()
    with running([sys.executable, str(HERE / "onefile.py"), str(port), url], port) as pid:
        yield port, pid


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """A process that listens on `port`; its id."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port, process)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when something listens there."""
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


def taken(url: str) -> int:
    """How many texts the gateway has."""
    with urllib.request.urlopen(url + "/count") as answer:
        return int(answer.read())


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def fdatasync(folder: Path) -> float:
    """The median time of a small write and its fdatasync, in seconds."""
    times = []
    with (folder / "probe").open("wb") as probe:
        for _ in range(200):
            probe.write(b"x" * 4096)
            probe.flush()
            began = time.perf_counter()
            os.fdatasync(probe.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()
