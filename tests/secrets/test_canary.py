"""A bridge's whole life with canaries for secrets: none is found where it has no business."""

from __future__ import annotations

import asyncio
import base64
import json
import quopri
import resource
import signal
import smtplib
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from click.testing import CliRunner

from bridge.cli.main import main
from bridge.cli.playground import OWNER
from bridge.sandbox.trouble import Drop, Hang, Raw, Reply
from tests.flows.conftest import PATIENCE, at, letter, sent, until
from tests.secrets.canaries import SECRETS, found, found_below
from tests.secrets.conftest import Cage

PHONE = "447700900001"
USER, MISTYPED = SECRETS["user"], SECRETS["mistyped"]
LARGE = "A line of a mail that is too large for the loop.\r\n" * 2000


# ---------------------------------------------------------------- what happens to it


def encoded(*words: str) -> str:
    """What AUTH has as one argument."""
    return base64.b64encode("\0".join(words).encode()).decode()


async def said(port: int, *lines: str | bytes, greets: bool = True) -> None:
    """Say lines to a server one by one, and hear what it answers to each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if greets:
        await reader.readline()
    for line in lines:
        writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        if line is lines[-1]:
            writer.write_eof()
        if not await asyncio.wait_for(reader.read(4096), PATIENCE):
            break
    writer.close()


async def logins(cage: Cage) -> None:
    """Passwords right, wrong and astray, in each spelling that clients have of AUTH."""
    right, wrong = encoded("", "jo", USER), encoded("", "jo", MISTYPED)
    jo, password = encoded("jo"), encoded(USER)
    for lines in (
        ["EHLO x", f"AUTH PLAIN {right}", f"AUTH PLAIN {right}", USER, f"MAIL FROM:<{USER}>"],
        ["EHLO x", "auth plain", right, "RSET", f"VRFY {USER}", f"NOOP {USER}"],
        ["EHLO x", "AUTH LOGIN", jo, password, f"EXPN {password}"],
        ["EHLO x", f"AUTH LOGIN {jo}", password],
        ["EHLO x", f"AUTH PLAIN {wrong}", "AUTH LOGIN", password, encoded(MISTYPED), "QUIT"],
        ["EHLO x", f"AUTH PLAIN {encoded('boss', 'jo', USER)}", f"AUTH PLAIN {USER}", password],
        ["EHLO x", "AUTH PLAIN", USER.encode("latin-1"), f"AUTH CRAM-MD5 {right}", f"{password}"],
    ):
        await said(cage.smtp, *lines)


async def mails(cage: Cage) -> None:
    """Texts that go, one from a child process, one by the vendor's form with its password."""
    form = letter(f"To: {PHONE}\nUsername: jo\nPassword: {SECRETS['vendor']}\n\nFrom a form")
    for mail, to in (
        (letter("Hello"), PHONE),
        (letter("Large", subject="Large"), PHONE),
        (form, "sendsms"),
    ):
        if mail["Subject"] == "Large":
            mail.add_attachment(LARGE)
        await asyncio.to_thread(sent, cage.smtp, mail, OWNER, at(to))
    await cage.sandbox.wait_for(lambda taken: taken.text == "From a form", PATIENCE)


async def troubles(cage: Cage) -> None:
    """A gateway that repeats the password, hangs, hangs up, sends elsewhere and refuses it."""
    door, password = cage.sandbox.primary, SECRETS["gateway"]
    met = door.met.total
    elsewhere = {"Location": f"http://127.0.0.1:1/?password={password}"}
    for trouble in (
        Raw(f"username=acme&password={password}&to=1&text=hi".encode()),
        Reply(f"<html>username=acme&password={password}".encode(), 500),
        Reply(f"ERR:{password}".encode()),
        Reply(b"", 307, headers=elsewhere),
        Drop(),
        Hang(),
        Reply(b"ERR:LOGIN_INVALID"),
    ):
        door.order(trouble, only="sendmsg.aspx")
    for n in range(7):
        mail = letter(f"Trouble {n}")
        await asyncio.to_thread(sent, cage.smtp, mail, OWNER, at(f"4477009000{n + 10}"))
    await door.met.wait_total(met + 7, PATIENCE)
    await until(lambda: cage.says(b"LOGIN_INVALID"))


async def calls(cage: Cage) -> None:
    """Callbacks with the token, whole and broken, and with one that is nearly right."""
    path = f"/callback/{SECRETS['token']}"
    cage.sandbox.text_in(PHONE, "An answer")
    for request in (
        f"GET {path}?from={PHONE}&text=hi HTTP/9.9\r\n\r\n",
        f"GET {path} HTTP/1.1\r\nHost: x\r\nBad Header: {path}\r\n\r\n",
        f"GET {path}",
        f"{path}\r\n\r\n",
        f"GET {path}{'/x' * 5000} HTTP/1.1\r\n\r\n",
        f"PUT {path} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n",
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\xff%%",
        f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        f"GET /callback/{SECRETS['mistyped token']} HTTP/1.1\r\nReferer: {cage.callback}\r\n\r\n",
        f"GET /?token={SECRETS['former token']} HTTP/1.1\r\nHost: {SECRETS['token']}\r\n\r\n",
    ):
        await said(cage.http, request, greets=False)


async def faults(cage: Cage) -> None:
    """A store that breaks under both doors, so that tracebacks are logged."""
    with sqlite3.connect(cage.folder / "bridge.db", isolation_level=None) as db:
        for table in ("message", "event"):
            db.execute(
                f"CREATE TRIGGER broken_{table} BEFORE INSERT ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'broken: {table}'); END"
            )
        with pytest.raises(smtplib.SMTPDataError):
            await asyncio.to_thread(sent, cage.smtp, letter("Never"), OWNER, at(PHONE))
        await said(
            cage.http, f"GET /callback/{SECRETS['token']}?from=1 HTTP/1.0\r\n\r\n", greets=False
        )
        for table in ("message", "event"):
            db.execute(f"DROP TRIGGER broken_{table}")
    db.close()
    await until(lambda: cage.says(b"Traceback"))


async def refusals(cage: Cage) -> None:
    """A mail server that refuses us, and repeats our login."""
    assert cage.smarthost.mails
    cage.smarthost.refusing = True
    cage.sandbox.text_in("447700900077", "Nobody is told")
    await until(lambda: cage.says(b"login refused"))


def verbs(cage: Cage) -> bytes:
    """What the verbs print, with their traces if they had any."""
    mail = cage.folder / "mail.eml"
    mail.write_bytes(b"From: jo@example.com\r\nSubject: x\r\n\r\nHello\r\n")
    copy = str(cage.folder / "copy.db")
    outputs = []
    for verb in (
        ["check"], ["check", "--json"], ["config", "show"], ["config", "show", "--json"],
        ["log", "--content"], ["log", "--json"], ["spool", "list"], ["user", "list"], ["balance"],
        ["store", "backup", copy], ["store", "verify"], ["store", "verify", copy],
        ["explain", str(mail), "--to", PHONE], ["send", PHONE, "Hello"],
    ):  # fmt: skip
        done = CliRunner(env={"BRIDGE_GATEWAY__PASSWORD": SECRETS["gateway"]}).invoke(
            main, [*verb, "--config", str(cage.config)]
        )
        assert done.exit_code in (0, 1, 75), (verb, done.output)
        outputs += [done.output, *traceback.format_exception(done.exception)]
    return "\n".join(outputs).encode()


def processes(pid: int) -> Iterator[Path]:
    """The folders in /proc of a process's children, and theirs."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield Path("/proc", child)
            yield from processes(int(child))


# ---------------------------------------------------------------- and what is found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_no_secret_is_where_it_has_no_business(cage: Cage) -> None:
    """T60, T81: in no log, printout, store, backup, mail, text, process or temporary file."""
    for part in (logins, mails, calls, troubles, refusals, faults):
        await part(cage)
    assert found(await asyncio.to_thread(verbs, cage)) == []
    assert found((cage.process / "cmdline").read_bytes()) == []
    assert resource.prlimit(cage.pid, resource.RLIMIT_CORE) == (0, 0)
    children = list(processes(cage.pid))
    assert children, "a large mail is composed in one"
    for child in children:
        assert found(b"".join((child / name).read_bytes() for name in ("cmdline", "environ"))) == []
    assert await cage.end(signal.SIGABRT) == -signal.SIGABRT
    assert b"most recent call first" in cage.log
    assert found(bytes(cage.log)) == []
    assert found(b"".join(cage.smarthost.mails)) == []
    assert found_below(cage.folder, but=[cage.config]) == {}
    for asked in cage.sandbox.primary.met:
        others = {name: value for name, value in asked.form.fields.items() if name != "password"}
        assert asked.form.fields["password"] == SECRETS["gateway"]
        assert found(f"{asked.path} {asked.query} {asked.content_type} {others}".encode()) == []


DISGUISES: Mapping[str, Callable[[str], str]] = {
    "none": str,
    "repr": repr,
    "ascii": ascii,
    "json": json.dumps,
    "percent": quote,
    "percent, plus": quote_plus,
    "percent, lower case": lambda secret: quote(secret, safe="").lower(),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "AUTH PLAIN": lambda secret: encoded("", "jo", secret),
    "amid base64": lambda secret: encoded("joe", secret, "x"),
    "base64url": lambda secret: base64.urlsafe_b64encode(f"{{{secret}}}".encode()).decode(),
    "quoted-printable": lambda secret: quopri.encodestring(secret.encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "UTF-16": lambda secret: secret.encode("utf-16-le").decode("latin-1"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_secret_would_be_found(disguise: str) -> None:
    encoding = "latin-1" if disguise == "UTF-16" else "utf-8"
    for name, secret in SECRETS.items():
        text = f"before {DISGUISES[disguise](secret)} after"
        assert name in found(text.encode(encoding))
