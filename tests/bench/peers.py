"""What Bridge is measured against, each as a process; one that is not installed is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from tests.bench import postfix
from tests.bench.servers import Ground, free_port, module, running
from tests.postfix import program

Running: TypeAlias = AbstractContextManager[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to compare with: how it begins, why it is missing ("" if it is there).

    `share` is the part of the mails that it gets, so that a slow one takes no longer.  Its start
    and its tail weigh more then, of which Postfix with curl shows nothing: with 100, 400 and 1,000
    mails it was as fast (160, 147 and 159/s, alternated).
    """

    name: str
    begin: Callable[[Ground], Running]
    missing: str = ""
    share: float = 1.0


def _missing(*programs: str) -> str:
    lacking = [each for each in programs if not program(each)]
    return f"{' and '.join(lacking)} not installed" if lacking else ""


@contextmanager
def _smtp_sink(_: Ground) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [program("smtp-sink"), "-u", "nobody", f"127.0.0.1:{port}", "1024"]
    with running(command, port) as pid:
        yield port, pid


QUEUE = Peer("Postfix, into its queue", lambda it: postfix.queueing(it.folder), postfix.missing())
CURL = Peer(
    "Postfix + pipe + curl",
    lambda it: postfix.piping(it.folder, it.gateway.url),
    postfix.missing() or _missing("curl"),
    share=0.2,
)
SCRIPT = Peer(
    "one-file script",
    lambda it: module("tests.bench.onefile", after=(it.gateway.url,)),
)
AIOSMTPD = Peer("aiosmtpd that does nothing", lambda _: module("tests.bench.idlers", "smtp"))
SINK = Peer("smtp-sink", _smtp_sink, _missing("smtp-sink"))
AIOHTTP = Peer("aiohttp that does nothing", lambda _: module("tests.bench.idlers", "http"))
