"""What a machine has around the bridge that may fail it: certificates, files, disks, the clock.

Each function looks at one thing and says in a line what is weak in it and what to do; nothing
where all is well, or where it cannot be told cheaply.
"""

from __future__ import annotations

import ssl
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

DAY: Final = 86400.0
SOON: Final = 21 * DAY
"""Seconds before its end in which a certificate should have been renewed."""

NETWORKED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.glusterfs", "fuse.sshfs"}
)
FLEETING: Final = frozenset({"tmpfs", "ramfs"})


# ---------------------------------------------------------------- certificates


def certificate(served: ssl.SSLContext, chain: Path, hostname: str, now: float) -> Iterator[str]:
    """What clients that look will find wrong with the certificate that SMTP offers.

    They are played here: a handshake in memory, once as a client that knows the certificate and
    reads it, once as one that has this machine's authorities.
    """
    try:
        read = handshake(served, _knowing(chain), hostname)
    except ssl.SSLCertVerificationError as error:
        yield f"{chain}: {error.verify_message}; put a good one in its place"
        return
    left = ssl.cert_time_to_seconds(str(read["notAfter"])) - now
    if left < SOON:
        yield f"{chain}: ends in {left / DAY:.0f} days; renew it"
    try:
        handshake(served, ssl.create_default_context(), hostname)
    except ssl.SSLCertVerificationError as error:
        yield f"{chain}: a client that looks will not believe it: {error.verify_message}"


def _knowing(chain: Path) -> ssl.SSLContext:
    """A client that trusts just this certificate, and does not ask whose it is."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(chain)
    return client


def handshake(
    served: ssl.SSLContext, client: ssl.SSLContext, hostname: str
) -> Mapping[str, object]:
    """The certificate that a client sees; raises `ssl.SSLCertVerificationError` where it balks."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = served.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=hostname)
    turns = [theirs, ours]
    while turns:
        side = turns.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            turns.append(side)
    return theirs.getpeercert() or {}


# ---------------------------------------------------------------- files


def folder(file: Path) -> Iterator[str]:
    """A folder in which others may put a file of theirs in the place of ours."""
    status = file.parent.stat()
    sticky = status.st_mode & stat.S_ISVTX
    if status.st_mode & (stat.S_IWOTH | stat.S_IWGRP) and not sticky:
        yield f"{file.parent}: others may replace what is in it; chmod 700 {file.parent}"


def disk(file: Path, mounts: Path = Path("/proc/self/mountinfo")) -> Iterator[str]:
    """A store where locks and syncs are not what they are on a disk, or that a restart empties."""
    kind = file_system(file, mounts)
    if kind in NETWORKED:
        said = "locks and syncs cannot be trusted there, and 250 promises that they can"
        yield f"{file}: on a network file system ({kind}): {said}; use a local disk, or PostgreSQL"
    if kind in FLEETING:
        yield f"{file}: in memory ({kind}): a restart of the machine loses it; use a disk"


def file_system(file: Path, mounts: Path) -> str:
    """The kind of file system that holds a path (proc(5), mountinfo); "" if nobody knows."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    place = file.resolve().parent
    depth, kind = 0, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        at = Path(before.split()[4].encode().decode("unicode_escape"))
        if place.is_relative_to(at) and len(at.parts) >= depth:  # the latest of two at one place
            depth, kind = len(at.parts), after.split()[0]
    return kind


# ---------------------------------------------------------------- the clock


def clock(timesync: Path = Path("/run/systemd/timesync")) -> Iterator[str]:
    """A clock that systemd was to set, and has not: expiries and status reports go by it."""
    if timesync.is_dir() and not (timesync / "synchronized").exists():
        yield "systemd-timesyncd has not set it; `timedatectl timesync-status` says why"
