"""`smsbridge store`: back up, put back, look over, bring forward and move what the bridge keeps."""

from __future__ import annotations

import asyncio
import getpass
import re
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from bridge.cli import frame

T = TypeVar("T")

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    epilog=frame.example(
        "smsbridge store backup /var/backups/bridge.db", "smsbridge store verify --json"
    )
)
def command() -> None:
    """Back up, put back, look over, bring forward and move the store.

    A backup is one SQLite file, from whatever kind of store, and holds texts, mails and numbers: it
    is written for its owner alone, and keeps them for as long as you keep it.
    """


@command.command(epilog=frame.example("smsbridge store backup /var/backups/bridge-monday.db"))
@frame.config_option
@frame.json_option
@click.argument("file", type=_FILE)
def backup(config: Path, file: Path, *, as_json: bool) -> None:
    """Copy the store to FILE, which must not be there; the daemon may run.

    The copy is of one instant, read over, and on the disk when this ends.
    """
    url = _url(config)

    from bridge.spool import whole

    _done(whole.back_up(url, file, time.time()))
    octets = file.stat().st_size
    frame.emit(
        {"backup": str(file.resolve()), "octets": octets},
        f"{file}: {octets / 1e6:.1f} MB, whole and sound",
        as_json=as_json,
    )


@command.command(epilog=frame.example("smsbridge store restore /var/backups/bridge-monday.db"))
@frame.config_option
@frame.json_option
@click.option("--replace", is_flag=True, help="Keep what is there under another name.")
@click.argument("file", type=_FILE)
def restore(config: Path, file: Path, *, replace: bool, as_json: bool) -> None:
    """Put the backup FILE in the store's place; no daemon may run.

    All that waited in it is held: it may have been sent, or mailed, since.  See `smsbridge spool
    list`, then release or drop it, one by one or all.  After a quarter of an hour the senders of
    what is still held are told that it may have been sent.
    """
    url = _url(config)

    from bridge.spool import whole

    by, now = getpass.getuser(), time.time()
    held = _done(whole.restore(url, file, replace=replace, by=by, now=now))
    frame.emit(
        {"restored": str(file.resolve()), "texts": held.texts, "notices": held.notices},
        f"restored; held until you release or drop them: {held.texts} texts, {held.notices}"
        " notices (smsbridge spool list). What came after the backup is not known here: texts,"
        " reports, and who opted out",
        as_json=as_json,
    )


@command.command(epilog=frame.example("smsbridge store verify /var/backups/bridge-monday.db"))
@frame.config_option
@frame.json_option
@click.argument("file", required=False, type=_FILE)
def verify(config: Path, file: Path | None, *, as_json: bool) -> None:
    """Read the store, or a backup FILE, all over; status 1 if anything is wrong in it.

    The daemon may run.
    """
    url = "" if file else _url(config)

    from bridge.spool import whole

    faults = _done(whole.verify_file(file) if file else whole.verify(url))
    name = str(file) if file else whole.place(url)
    frame.emit(
        {"store": name, "sound": not faults, "faults": faults},
        f"{name}: {'; '.join(faults) or 'sound'}",
        as_json=as_json,
    )
    raise SystemExit(frame.REFUSED if faults else frame.DONE)


@command.command(epilog=frame.example("smsbridge store upgrade"))
@frame.config_option
@frame.json_option
@click.option("--no-backup", is_flag=True, help="Make no backup beside it first.")
def upgrade(config: Path, *, no_backup: bool, as_json: bool) -> None:
    """Bring a store of an earlier smsbridge forward.

    No daemon may run on a SQLite store.  On a PostgreSQL store nodes may: those of the earlier
    version go on, and do not start again.  A daemon that starts does the same, without a backup.
    There is no way back but the backup.
    """
    url = _url(config)

    from bridge.spool import whole

    found = _done(whole.upgrade(url, keep=not no_backup, now=time.time()))
    kept = str(found.kept) if found.kept else ""
    line = f"from version {found.before} to {found.after}" + (f"; as it was: {kept}" * bool(kept))
    if found.before == found.after:
        line = f"it is of version {found.after} already"
    record = {"before": found.before, "after": found.after, "backup": kept}
    frame.emit(record, line, as_json=as_json)


@command.command(
    epilog=frame.example(
        "smsbridge store move postgresql://bridge@db.example.com/bridge",
        "smsbridge store move - < url-with-password.txt",
    )
)
@frame.config_option
@frame.json_option
@click.argument("to", metavar="URL")
def move(config: Path, to: str, *, as_json: bool) -> None:
    """Move the store to an empty one of another kind, at URL; no daemon may run.

    Everything goes on there as it stands, nothing is held.  The old one is kept as it was, and
    opened no more; delete it when you do not want it back.

    A password is no argument, since all of this machine's users see those: "-" reads the URL from
    standard input.
    """
    url = _url(config)

    from bridge.spool import whole

    to = _new(to)
    _done(whole.move(url, to, time.time()))
    old, new = whole.place(url), whole.place(to)
    password = "" if new == to else ", with its password and all that you wrote in it"
    frame.emit(
        {"moved": old, "to": new},
        f'moved; now write in {config}, under [store]:  url = "{new}"{password}.'
        f"  {old} is kept, and opened no more",
        as_json=as_json,
    )


def _new(url: str) -> str:
    """The URL of a store as it would be a setting; "-" stands for one on standard input."""
    from bridge.settings import places

    is_argument = url != "-"
    try:
        secret = places.store_url(url if is_argument else sys.stdin.readline().strip())
    except ValueError as error:
        raise click.UsageError(f"URL: expected {error}") from None
    if is_argument and re.search(r"://[^/?#]*:[^/?#]*@|[?&]\w*password=", url):
        raise click.UsageError('a URL with a password is read from standard input: URL is "-"')
    return secret.get_secret_value()


def _url(config: Path) -> str:
    return frame.settings_of(config).store.url.get_secret_value()


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What some work comes to; where it fails, say why, and what is left of it, and exit."""
    from bridge.spool.contract import Unavailable, Unusable
    from bridge.spool.copying import Unfit

    async def awaited() -> T:
        return await work

    try:
        return asyncio.run(awaited())
    except Unfit as error:
        status, why = frame.REFUSED, str(error)
    except Unusable as error:
        status, why = frame.SETTINGS, str(error)
    except (Unavailable, OSError) as error:
        status, why = frame.TRY_LATER, str(error)
    frame.tell(why)
    raise SystemExit(status)
