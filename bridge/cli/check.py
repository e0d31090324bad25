"""`smsbridge check`: are the settings right, and is what they name there?"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.settings.model import Settings

Mark = Literal["ok", "warn", "fail"]
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


class Findings:
    """What was found, printed as it is found."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.status = frame.DONE

    def add(self, mark: Mark, what: str, found: str, *, status: int = frame.TRY_LATER) -> None:
        """Print one finding; a failed one makes `status` the exit status, unless a graver one did.

        Graver is what will not pass by itself: wrong settings, a refused account.
        """
        if mark == "fail":
            gravity = (frame.DONE, frame.TRY_LATER, frame.REFUSED, frame.SETTINGS)
            self.status = max(self.status, status, key=gravity.index)
        if self._as_json:
            frame.emit({"result": mark, "what": what, "found": found}, "", as_json=True)
        else:
            click.echo(
                f"{click.style(f'{mark:<5}', _COLOURS[mark])}{what}: {frame.printable(found)}"
            )

    def warn(self, what: str, found: Iterable[str]) -> None:
        """Print what is weak in something, if anything is."""
        for each in found:
            self.add("warn", what, each)


@click.command(epilog=frame.example("smsbridge check --config ./bridge.toml"))
@frame.config_option
@frame.json_option
def command(config: Path, *, as_json: bool) -> None:
    """Validate the settings, reach the gateway, the smarthost and the store, say what was found.

    Costs nothing and sends nothing.  Exits with 78 if the settings are wrong, 1 if the gateway
    refuses the account, 75 if something cannot be reached, else with 0: warnings are for you to
    judge.
    """
    settings = frame.settings_of(config)
    findings = Findings(as_json=as_json)
    findings.add("ok", "settings", "all are valid")
    asyncio.run(_check(settings, findings))
    raise SystemExit(findings.status)


async def _check(settings: Settings, findings: Findings) -> None:
    from bridge.cli import surroundings

    findings.add("ok", "addresses", _examples(settings))
    _weak_spots(settings, findings)
    _certificate(settings, findings)
    findings.warn("clock", surroundings.clock())
    await _store(settings, findings)
    await _gateway(settings, findings)
    await _smarthost(settings, findings)
    http = settings.http
    where = http.public_url or f"http://{http.listen[0]}"
    findings.add("ok", "callbacks", f"enter {where}/callback/<http.callback_token> at the gateway")


def _examples(settings: Settings) -> str:
    """How a number may be written left of the @, by these settings."""
    from bridge.core.addressing import FORMS, NumberRules, number
    from bridge.core.model import Refusal

    rules = NumberRules(settings.numbers.default_region)
    documented = ", ".join(form.__doc__ or "" for form in FORMS).replace("`", "")
    forms = ["447700900123", "+447700900123", "07700900123", *documented.split(", ")]
    good = (each for each in forms if not isinstance(number(each.strip('"'), rules), Refusal))
    return f"left of @{settings.smtp.domains[0]}: {', '.join(good)}"


def _weak_spots(settings: Settings, findings: Findings) -> None:
    """What is valid, and may still surprise."""
    from bridge.settings.weaknesses import weaknesses

    for name, said in weaknesses(settings):
        findings.add("warn", name, said)


def _certificate(settings: Settings, findings: Findings) -> None:
    from bridge.cli import surroundings
    from bridge.parts import certificate
    from bridge.settings.mistakes import SettingsError

    smtp = settings.smtp
    try:
        offered = certificate(settings)
    except SettingsError as error:
        for mistake in error.mistakes:
            where, found = mistake.name or "smtp.tls_key", f"{mistake.found}; {mistake.expected}"
            findings.add("fail", where, found, status=frame.SETTINGS)
        return
    if offered is None:
        return
    findings.add("ok", "smtp.tls_cert", f"{smtp.tls_cert} can be used")
    seen = surroundings.certificate(
        offered.context, Path(smtp.tls_cert), smtp.hostname, time.time()
    )
    findings.warn("smtp.tls_cert", seen)


async def _store(settings: Settings, findings: Findings) -> None:
    from bridge.spool.contract import Unavailable, Unusable
    from bridge.spool.opening import open_spool

    url = settings.store.url.get_secret_value()
    if not url.startswith("sqlite:"):
        await _database(url, findings)
        return
    path = Path(url.removeprefix("sqlite:///"))
    _place(path, findings)
    trouble = _trouble(path)
    if trouble:
        findings.add("fail", "store", trouble, status=frame.SETTINGS)
        return
    if not _exists(path):  # opening would create it, and perhaps for the wrong user
        findings.add("ok", "store", f"{path} will be created")
        return
    try:
        spool = await open_spool(url, daemon=False)
        try:
            await spool.room()
        finally:
            await spool.close()
    except Unusable as error:
        findings.add("fail", "store", str(error), status=frame.SETTINGS)
    except (Unavailable, OSError) as error:
        findings.add("fail", "store", str(error))
    else:
        findings.add("ok", "store", f"{path} can be read and written")


def _exists(path: Path) -> bool:
    return path.exists()


def _place(path: Path, findings: Findings) -> None:
    from bridge.cli import surroundings

    if path.parent.is_dir():
        findings.warn("store", surroundings.disk(path))
        findings.warn("store", surroundings.folder(path))


async def _database(url: str, findings: Findings) -> None:
    """What the server is, and how far away: a mail is some dozens of questions to it."""
    from bridge.spool.contract import Unavailable, Unusable

    try:
        from bridge.spool.postgres.fitness import examined

        found = await examined(url)
    except ImportError as error:
        missing = f"{error.name} is missing: pip install 'smsbridge[postgres]'"
        findings.add("fail", "store", missing, status=frame.SETTINGS)
    except Unusable as error:
        findings.add("fail", "store", str(error), status=frame.SETTINGS)
    except Unavailable as error:
        findings.add("fail", "store", str(error), status=frame.TRY_LATER)
    else:
        findings.add("ok", "store", found)


def _trouble(path: Path) -> str:
    """Why this user could not keep a spool there; "" if it could."""
    folder = path.parent
    if not folder.is_dir():
        return f"{folder} does not exist"
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return f"{folder} or {path.name} in it may not be written by this user"
    return ""


async def _gateway(settings: Settings, findings: Findings) -> None:
    from bridge.cli import account
    from bridge.clients.asking import ask_one
    from bridge.core.outcomes import Blocked, Refused
    from bridge.parts import gateway_of, uplink_of

    gateway = gateway_of(settings)
    uplink = uplink_of(settings, gateway)
    try:
        for host in gateway.hosts:
            found = await ask_one(uplink, host, gateway.balance_request(), gateway.balance)
            if isinstance(found, Decimal):
                low = found < settings.gateway.low_balance
                findings.add("warn" if low else "ok", f"gateway {host}", f"{found} credits")
            else:
                no = isinstance(found, Blocked | Refused)
                status = frame.REFUSED if no else frame.TRY_LATER
                findings.add("fail", f"gateway {host}", account.refusal(found), status=status)
    finally:
        await uplink.close()


async def _smarthost(settings: Settings, findings: Findings) -> None:
    from bridge.clients.smarthost import Unreachable
    from bridge.parts import smarthost_of

    smarthost = smarthost_of(settings)
    try:
        findings.add("ok", "smarthost", await smarthost.probe())
    except Unreachable as error:
        findings.add("fail", "smarthost", str(error))
    finally:
        await smarthost.close()
