"""The composition root: settings become parts, the parts run, and at the end they drain.

Nothing else in the house knows all the concrete classes.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from contextvars import copy_context
from functools import partial

from bridge import maillog
from bridge.composer import Composer
from bridge.core.hearing import heard
from bridge.core.limits import limits_of
from bridge.listeners.admin import AdminListener
from bridge.listeners.callbacks import CallbackListener, CallbackOptions
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp import SmtpListener, SmtpOptions
from bridge.listeners.sockets import bound, told_apart
from bridge.loglines import witnessed
from bridge.metrics.page import CONTENT_TYPE, Page
from bridge.notices.language import language
from bridge.parts import (
    certificate,
    fresh_ids,
    fresh_token,
    gateway_of,
    smarthost_of,
    uplink_of,
)
from bridge.settings.mistakes import Mistake, SettingsError
from bridge.settings.model import Settings
from bridge.settings.passwords import matches
from bridge.settings.places import Listen
from bridge.settings.rules import policy_of
from bridge.spool.clocks import steady
from bridge.spool.contract import Unavailable
from bridge.spool.opening import open_spool
from bridge.workers.housekeeper import Housekeeper
from bridge.workers.loop import ended
from bridge.workers.notifier import Notifier
from bridge.workers.submitter import Submitter

LISTENERS_GRACE = 10.0
WORKERS_GRACE = 24.0  # a request under way is worth its answer: cut off, it is in doubt
STOP_WITHIN = 28.0
"""Seconds from the word to stop until the store is closed, or left as it is: it may hang."""

SUBMISSION_LEASE = 60.0  # beside the time-outs of two hosts, each asked for a balance too
NOTICE_LEASE = 900.0  # a server may take 600 s to answer the final dot


class Daemon:
    """Bridge, from its settings to its listeners.

    `await start()` opens everything or raises; `await stop()` finishes what is under way.  After
    a start, `smtp_ports`, `http_ports` and `admin_ports` say where it listens.  What is told in its
    `context` is counted.  `clock` is for tests; without it the store keeps the time.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self.policy = policy_of(settings)
        self.gateway = gateway_of(settings)
        self._page = Page(self.gateway.hosts)
        counted = settings.http.admin_listen
        self.context = witnessed(self._page.facts) if counted else copy_context()
        self._composer = Composer(self.policy)
        self.smtp_ports: list[int] = []
        self.http_ports: list[int] = []
        self.admin_ports: list[int] = []
        self._started = False

    async def start(self, sockets: Sequence[socket.socket] = ()) -> None:
        """Open the spool, the clients, the listeners; `sockets` are systemd's, for SMTP.

        Raises `OSError` where an address cannot be had, `spool.contract.Unusable` where the store
        cannot be opened, `SettingsError` where TLS is not possible as it was set up; then what was
        opened is closed again.
        """
        await asyncio.create_task(self._start(sockets), name="start", context=self.context)
        self._started = True
        maillog.started(
            smtp=[str(port) for port in self.smtp_ports],
            http=[str(port) for port in self.http_ports],
            admin=[str(port) for port in self.admin_ports],
        )

    async def _start(self, sockets: Sequence[socket.socket]) -> None:
        async with AsyncExitStack() as opened:
            await self._open(sockets, opened)
            opened.pop_all()

    async def _open(self, sockets: Sequence[socket.socket], opened: AsyncExitStack) -> None:
        settings = self._settings
        language(self.policy.language)  # its words are read now, and not when a mail is due
        self._certificate = certificate(settings)
        plain, tls = self._smtp_sockets(sockets, opened)
        callbacks = _bound(settings.http.listen, opened, "http.listen")
        admin = _bound(settings.http.admin_listen, opened, "http.admin_listen; [] switches it off")
        self.smtp_ports = [each.getsockname()[1] for each in (*plain, *tls)]
        self.http_ports = [each.getsockname()[1] for each in callbacks]
        self.admin_ports = [each.getsockname()[1] for each in admin]
        url = settings.store.url.get_secret_value()
        self.spool = await open_spool(url, daemon=True, clock=self._clock)
        opened.push_async_callback(self.spool.close)
        self._clients()
        opened.push_async_callback(self.uplink.close)
        opened.push_async_callback(self._smarthost.close)
        self._workers()
        self._smtp = self._smtp_listener()
        self._http = self._callback_listener()
        self._admin = self._admin_listener()
        await self._housekeeper.keep_time()  # all else goes by it
        await self._housekeeper.obey()  # what was ordered while nobody ran comes before any text
        for worker in (self._submitter, self._notifier):
            worker.loop.start()
            opened.push_async_callback(worker.loop.stop, WORKERS_GRACE)
        self._housekeeper.start()
        opened.push_async_callback(self._housekeeper.stop)
        opened.callback(self._page.close)
        for listener in (self._admin, self._http, self._smtp):
            opened.push_async_callback(listener.drain, LISTENERS_GRACE)
        if admin:
            self._page.open(lambda: self.spool.lanes(self.spool.now()))
        await self._admin.serve(admin)
        await self._http.serve(callbacks)
        await self._smtp.serve(plain, tls)

    def _smtp_sockets(
        self, sockets: Sequence[socket.socket], opened: AsyncExitStack
    ) -> tuple[list[socket.socket], list[socket.socket]]:
        smtp = self._settings.smtp
        if sockets:
            plain, tls = told_apart(sockets)
            if tls and not smtp.tls_cert:
                expected = "a certificate: smsbridge.socket opened port 465, which is implicit TLS"
                raise SettingsError((Mistake("smtp.tls_cert", "settings", "none", expected),))
            return plain, tls
        plain = _bound(smtp.listen, opened, "smtp.listen")
        return plain, _bound(smtp.listen_tls, opened, "smtp.listen_tls")

    def _clients(self) -> None:
        settings = self._settings
        self.uplink = uplink_of(settings, self.gateway, clock=steady(self._clock).ticks)
        self._smarthost = smarthost_of(settings)

    def _workers(self) -> None:
        settings = self._settings
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._submitter = Submitter(
            self.policy,
            self.spool,
            self.gateway,
            self.uplink,
            owner=owner,
            hands=settings.gateway.connections,
            lease_time=SUBMISSION_LEASE + 4 * settings.gateway.timeout,
            low_balance=settings.gateway.low_balance,
            clock=self.spool.now,
        )
        self._notifier = Notifier(
            self.policy,
            self.spool,
            self.gateway,
            self.uplink,
            smarthost=self._smarthost,
            owner=owner,
            hands=settings.mail.connections,
            lease_time=NOTICE_LEASE,
            clock=self.spool.now,
        )
        self._housekeeper = Housekeeper(
            self.spool,
            self.gateway,
            self.uplink,
            keep_bodies=settings.store.keep_bodies,
            keep_history=settings.store.keep_history,
            low_balance=settings.gateway.low_balance,
            limits_of=partial(limits_of, self.policy),
            renew=self.renew,
            clock=self.spool.now,
        )

    def _smtp_listener(self) -> SmtpListener:
        settings = self._settings
        hashes = {n: u.password.get_secret_value() for n, u in settings.users.items()}
        return SmtpListener(
            self.policy,
            self.spool,
            self._composer,
            credentials=Credentials(hashes, matches),
            options=SmtpOptions(
                max_size=settings.smtp.max_message_size,
                legacy_networks=settings.smtp.legacy_networks,
                tls=self._certificate.context if self._certificate else None,
            ),
            clock=self.spool.now,
            ids=fresh_ids,
        )

    def _callback_listener(self) -> CallbackListener:
        http = self._settings.http
        tokens = (http.callback_token, http.callback_token_previous)
        return CallbackListener(
            self.gateway,
            self.spool,
            CallbackOptions(
                tokens=tuple(each.get_secret_value() for each in tokens if each),
                networks=http.callback_networks,
                trusted_proxies=http.trusted_proxies,
            ),
            heard=lambda callback: heard(self.policy, callback, fresh_token),
            clock=self.spool.now,
            unready=self.unready,
        )

    def _admin_listener(self) -> AdminListener:
        settings = self._settings
        names = (settings.smtp.hostname, socket.gethostname())
        also = (each.host for each in settings.http.admin_listen)
        return AdminListener(self._page.read, CONTENT_TYPE, names=(*names, *also))

    async def unready(self) -> str:
        """Which part does not work; "" if all do."""
        if not self._started or not self._smtp.serving:
            return "smtp"
        try:
            await self.spool.room()
            await self.spool.alive()
        except Unavailable as error:
            return f"store: {error}"
        return ""

    def renew(self) -> None:
        """Take the certificate anew, if its files changed; the settings stay as they are."""
        if self._certificate is not None:
            self._certificate.renew()

    async def stop(self) -> None:
        """Take nothing new, settle what is under way, close; half a minute at most.

        A store that hangs is left as it is then: it promises nothing that it did not commit.
        """
        self._started = False
        until = asyncio.get_running_loop().time() + STOP_WITHIN
        await asyncio.gather(
            self._smtp.drain(LISTENERS_GRACE),
            self._http.drain(LISTENERS_GRACE),
            self._admin.drain(LISTENERS_GRACE),
            self._submitter.loop.stop(WORKERS_GRACE),
            self._notifier.loop.stop(WORKERS_GRACE),
            self._housekeeper.stop(),
        )
        self._page.close()
        self._composer.close()
        await self._smarthost.close()
        await self.uplink.close()
        await ended({asyncio.create_task(self.spool.close(), name="store")}, until)
        maillog.stopped()


def _bound(
    addresses: Iterable[Listen], opened: AsyncExitStack, setting: str
) -> list[socket.socket]:
    return [opened.enter_context(_listening(each, setting)) for each in addresses]


def _listening(at: Listen, setting: str) -> socket.socket:
    try:
        return bound(at.host, at.port)
    except OSError as error:
        raise OSError(f"cannot listen on {at} ({setting}): {error.strerror}") from error
