"""How long a client waits for the daemon's loop, again and again: `heartbeat.py PORT PID`.

Asks `/healthz` every 2 ms until its standard input ends, then prints milliseconds: the longest
answer; and the longest without the time for which the daemon, or this process, was ready and
another had the core (the second figure of /proc/PID/schedstat).  Blocking sockets, one process of
its own: nothing else that the benches do makes it late.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from pathlib import Path

BEAT = 0.002
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: bridge\r\n\r\n"


def main(port: int, pid: int) -> None:
    """Ask until told to stop."""
    longest = own = 0.0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while not select.select([sys.stdin], [], [], BEAT)[0]:
            queued, began = _queued(pid), time.perf_counter()
            connection.sendall(REQUEST)
            answer = connection.recv(4096)
            took = time.perf_counter() - began
            if not answer.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"no 200: {answer!r}")
            longest = max(longest, took)
            own = max(own, took - (_queued(pid) - queued))
    print(longest * 1e3, own * 1e3)


def _queued(pid: int) -> float:
    """Seconds for which the main threads of the daemon and of this process waited for a core."""
    files = (Path(f"/proc/{pid}/schedstat"), Path("/proc/self/schedstat"))
    return sum(int(each.read_text().split()[1]) for each in files) / 1e9


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
