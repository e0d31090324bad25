"""Parts made from the settings, for the daemon and for those verbs that need one part alone."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from bridge.certificate import Certificate
from bridge.clients.smarthost import Mode, Smarthost
from bridge.clients.uplink import Uplink
from bridge.core.conversation import TOKEN_BITS, token
from bridge.core.model import Ids
from bridge.gateways.contract import Gateway
from bridge.gateways.registry import Account, gateway
from bridge.settings.mistakes import Mistake, SettingsError
from bridge.settings.model import Settings
from bridge.settings.rules import policy_of
from bridge.settings.sources import key_file


def gateway_of(settings: Settings) -> Gateway:
    """The codec for the account in the settings."""
    account = settings.gateway
    return gateway(
        account.kind,
        Account(
            url=account.url,
            backup_url=account.backup_url,
            username=account.username,
            password=account.password.get_secret_value(),
            charset=account.charset,
            delivery_reports=account.delivery_reports,
            numbers=policy_of(settings).numbers,
        ),
    )


def smarthost_of(settings: Settings) -> Smarthost:
    """The client for the mail server in the settings."""
    modes: dict[str, Mode] = {"plain": "smtp", "starttls": "starttls", "tls": "smtps"}
    smarthost = settings.mail.smarthost
    return Smarthost(
        smarthost.host,
        smarthost.port,
        mode=modes[smarthost.security],
        username=smarthost.username,
        password=smarthost.password.get_secret_value(),
        hostname=settings.smtp.hostname,
        connections=settings.mail.connections,
    )


def certificate(settings: Settings) -> Certificate | None:
    """What the SMTP listener shows in TLS; None without a certificate.

    Raises `SettingsError` where the files cannot be used.
    """
    cert, key = settings.smtp.tls_cert, settings.smtp.tls_key
    if not cert:
        return None

    def allowed() -> None:
        if mistakes := key_file(Path(key), os.environ):
            raise SettingsError(mistakes)

    try:
        return Certificate(Path(cert), Path(key), allowed)
    except OSError as error:
        expected = "a PEM file with the chain, and its key, that the daemon can read"
        found = f"{cert} and {key}: {error.strerror or error}"
        raise SettingsError((Mistake("smtp.tls_cert", "settings", found, expected),)) from error


def fresh_ids() -> Ids:
    """A spool id that sorts by time, and a conversation's token."""
    mail = f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(3)}"
    return Ids(mail, fresh_token())


def fresh_token() -> str:
    """A conversation's token that nobody had before."""
    return token(secrets.randbits(TOKEN_BITS))


def uplink_of(
    settings: Settings, gateway: Gateway, *, clock: Callable[[], float] | None = None
) -> Uplink:
    """The client for a gateway's hosts; made inside a running loop."""
    return Uplink(
        gateway.hosts,
        timeout=settings.gateway.timeout,
        stay_on_backup=settings.gateway.stay_on_backup,
        clock=clock or time.monotonic,
    )
