"""The daemon that is flooded: as a user starts it, with TLS, and few who may send."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.bench.servers import free_port, running

FRIENDS = "127.0.9."  # the network that is trusted; all other addresses are strangers'

_SETTINGS = """
[smtp]
domains = ["sms.example.com"]
listen = ["127.0.0.1:{smtp}"]
listen_tls = ["127.0.0.1:{tls}"]
tls_cert = "{folder}/tls.crt"
tls_key = "{folder}/tls.key"
trusted_networks = ["127.0.9.0/24"]
[gateway]
url = "http://127.0.0.1:9"
backup_url = "http://127.0.0.1:9"
username = "u"
password = "p"
[http]
listen = ["127.0.0.1:{http}"]
admin_listen = ["127.0.0.1:{admin}"]
callback_token = "flood-token-flood-token-flood-token"
[mail]
inbox = "inbox@example.com"
postmaster = "postmaster@example.com"
[store]
url = "sqlite:///{folder}/bridge.db"
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A running daemon: its ports and its process."""

    smtp: int
    tls: int
    pid: int


@contextmanager
def ground(folder: Path, *, files: int = 0) -> Iterator[Ground]:
    """The daemon in an empty folder, for as long as it is needed; `files`: how many it may open."""
    folder.mkdir(parents=True, exist_ok=True)
    smtp, tls, http, admin = (free_port() for _ in range(4))
    certificate = trustme.CA().issue_cert("localhost")
    (folder / "tls.crt").write_bytes(certificate.cert_chain_pems[0].bytes())
    (folder / "tls.key").write_bytes(certificate.private_key_pem.bytes())
    settings = folder / "bridge.toml"
    settings.write_text(_SETTINGS.format(smtp=smtp, tls=tls, http=http, admin=admin, folder=folder))
    for each in (settings, folder / "tls.key"):
        each.chmod(0o600)
    command = [sys.executable, "-m", "bridge", "run", "--config", str(settings)]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    with running(command, smtp) as pid:
        yield Ground(smtp, tls, pid)
