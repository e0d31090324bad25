"""Postfix from a private configuration, on loopback, with queues of its own.

Nothing of the machine's own Postfix is touched, and nothing is delivered: mail is held in the
queue, or handed to a program.  Its master is our child, so that all it takes can be counted.  It
has to be root.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.servers import DOMAIN, free_port, running
from tests.postfix import foreground, program

HANDS = 16
"""Programs at work at one time: as many as Bridge has submissions in flight."""

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.com
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relay_domains = {domain}
relay_transport = program
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = {restrictions}
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_recipient_limit = 20000
default_process_limit = 200
in_flow_delay = 0
max_use = 1000000
program_destination_recipient_limit = 1
program_destination_concurrency_limit = {hands}
program_initial_destination_concurrency = {hands}
"""
MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
program unix - n n - {hands} pipe user=nobody argv={command}
"""
HOLD = "static:hold"


def missing() -> str:
    """Why there is none; "" if there is."""
    if not program("postfix"):
        return "not installed"
    return "" if os.geteuid() == 0 else "needs root"


@contextmanager
def queueing(folder: Path) -> Iterator[tuple[int, int]]:
    """Postfix that takes mail into its queue, and holds it there; its port and its process."""
    with _postfix(folder, f"check_client_access {HOLD}, permit", "/bin/false") as it:
        yield it


@contextmanager
def piping(folder: Path, gateway: str) -> Iterator[tuple[int, int]]:
    """Postfix that hands each mail to curl, which posts it to a gateway."""
    curl = (
        f"{program('curl')} -sS -o /dev/null -d username=u -d password=p"
        f" -d to=${{user}} --data-urlencode text@- {gateway}/sendmsg.aspx"
    )
    with _postfix(folder, "permit", curl) as it:
        yield it


@contextmanager
def _postfix(parent: Path, restrictions: str, command: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    folder = parent / f"postfix-{port}"
    config = folder / "config"
    for each in (folder, config, folder / "queue", folder / "data"):
        each.mkdir()
    for each in (parent, folder):
        each.chmod(0o755)  # its daemons are another user
    shutil.chown(folder / "data", "postfix")
    values = {"folder": folder, "domain": DOMAIN, "port": port, "hands": HANDS}
    values |= {"restrictions": restrictions, "command": command}
    (config / "main.cf").write_text(MAIN.format(**values))
    (config / "master.cf").write_text(MASTER.format(**values))
    with running(foreground(config), port) as pid:
        yield port, pid
