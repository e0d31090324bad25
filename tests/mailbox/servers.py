"""A mail server as people have one: Postfix, and the Dovecot behind it, from their packages.

Both run on loopback with configuration, queue and mail in a folder of their own; nothing that the
machine's own Postfix or Dovecot has is read or written.  Both want root, to change their user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.flows.ports import lasting_port
from tests.postfix import foreground, program, said, search_path

DOMAIN = "example.com"
PASSWORD = "open"
MAILBOXES = ("jo", "max", "team", "postmaster")
MAIL_USER = "mail"  # whom the mailboxes belong to; Debian's base system has it
PATIENCE = 30.0

ROUTE = "transport_maps = texthash:{folder}/transport\n"
"""What a Postfix needs to hand the bridge's mail to the bridge, as README says it.

The domain is in no other table, above all not in `relay_domains`: so Postfix takes mail for it from
those alone whom it lets send anywhere, and the bridge may trust the Postfix.
"""

TRANSPORT = """\
sms.example.com smtp:[127.0.0.1]:{bridge}
gone.example.com error:5.1.1 nobody is here any more
"""

OUTSIDE = "127.0.0.2"  # an address from which Postfix's own people do not come
LEFT = "left@example.com"  # whose mail is taken, and comes back

_MAIN = """\
compatibility_level = 3.6
myhostname = mx.example.com
mynetworks = 127.0.0.1/32
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_host_lookup = native
local_recipient_maps =
alias_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_alias_maps = texthash:{folder}/aliases
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

_MASTER = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""

_DOVECOT = """\
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = bridge-tests
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where it listens; `bridge` is the port to which it routes the bridge's domain."""

    folder: Path
    smtp: int
    imap: int
    bridge: int

    @property
    def log(self) -> str:
        """What Postfix said so far."""
        return (self.folder / "postfix.log").read_text()


def lacking() -> str:
    """Why no mail server can be started here, "" if one can."""
    if os.geteuid() != 0:
        return "Postfix and Dovecot change their user: only root can start them"
    missing = [name for name in ("postfix", "dovecot") if not program(name)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    version = said("dovecot", "--version")
    return "" if version.startswith("2.3.") else f"Dovecot {version} reads other settings than 2.3"


@contextmanager
def mail_server(folder: Path, more: str = "") -> Iterator[MailServer]:
    """Start both in a folder that others may enter; they are gone at the end, whatever happened.

    `more` is said in main.cf after everything else.
    The folder's path must be short: a UNIX socket's name has room for 107 octets.
    """
    smtp, imap, bridge = (lasting_port() for _ in range(3))
    server = MailServer(folder, smtp, imap, bridge)
    _configure(server, more)
    with (
        _running(*foreground(folder / "postfix")),
        _running(program("dovecot"), "-F", "-c", str(folder / "dovecot.conf")),
    ):
        _wait_for(smtp, b"220", folder / "postfix.log")
        _wait_for(imap, b"* OK", folder / "dovecot.log")
        yield server


def _configure(server: MailServer, more: str) -> None:
    """Write the settings of both, and make the folders that they want."""
    folder, owner = server.folder, pwd.getpwnam(MAIL_USER)
    said = {
        "folder": folder,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "bridge": server.bridge,
        "password": PASSWORD,
    }
    for name in ("postfix", "queue", "data", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    boxes = "".join(f"{each}@{DOMAIN} {each}/\n" for each in MAILBOXES)
    (folder / "mailboxes").write_text(boxes)
    (folder / "aliases").write_text(f"{LEFT} left@gone.example.com\n")
    (folder / "transport").write_text(TRANSPORT.format(**said))
    (folder / "postfix" / "main.cf").write_text((_MAIN + ROUTE + more).format(**said))
    (folder / "postfix" / "master.cf").write_text(_MASTER.format(port=server.smtp))
    (folder / "dovecot.conf").write_text(_DOVECOT.format(port=server.imap, **said))


@contextmanager
def _running(*command: str) -> Iterator[None]:
    """A program in the foreground, as a group of its own that ends with the block."""
    process = subprocess.Popen(
        command,
        env={"PATH": search_path()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with suppress(ProcessLookupError):  # what did not hear, and children that were left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int, greeting: bytes, log: Path) -> None:
    """Wait until a server greets; raises `TimeoutError` with what it said in its log."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as talk:
            if talk.recv(100).startswith(greeting):
                return
        time.sleep(0.05)
    raise TimeoutError(log.read_text() if log.exists() else f"nothing listens on port {port}")
