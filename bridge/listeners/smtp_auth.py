"""AUTH: the two dialogues as pure exchanges, and the way from them to a proven name (RFC 4954).

An exchange yields what the server asks, takes what the client answers, and returns the name and
the password.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from bridge import maillog
from bridge.core.model import Refusal
from bridge.core.policy import trusted
from bridge.listeners.smtp_door import Client, Door

Exchange: TypeAlias = Generator[bytes, bytes, tuple[str, str]]


def _plain() -> Exchange:
    """RFC 4616; acting for somebody else than oneself is not offered."""
    acts_for, user, password = (yield b"").decode().split("\0")
    if not user or acts_for not in ("", user):
        raise ValueError("acts for another")
    return user, password


def _login() -> Exchange:
    """What old clients speak; written down in draft-murchison-sasl-login."""
    user = yield b"Username:"
    password = yield b"Password:"
    return user.decode(), password.decode()


MECHANISMS: Mapping[str, Callable[[], Exchange]] = MappingProxyType(
    {"PLAIN": _plain, "LOGIN": _login}
)


BARRED = Refusal(454, "4.7.0", "too many failed logins; please try again later")


class LogIn:
    """Who a session has proven to be; `user` is "" until then."""

    def __init__(self, door: Door, client: Client) -> None:
        self._door = door
        self._client = client
        self._failures = 0
        self.user = ""

    @property
    def offered(self) -> bool:
        """Passwords go in TLS only, but for this machine and trusted networks."""
        if not self._door.credentials:
            return False
        peer = self._client.peer
        return self._client.tls or _is_loopback(peer) or trusted(self._door.policy, peer)

    async def attempt(self, argument: str) -> str | Refusal | None:
        """Answer one AUTH command; None where nobody is left to hear the answer."""
        name, _, initial = argument.partition(" ")
        mechanism = MECHANISMS.get(name.upper())
        if not self._door.credentials:
            return Refusal(502, "5.5.1", "there is nobody to log in as")
        if self.user:
            return Refusal(503, "5.5.1", "you are logged in already")
        if not self.offered:
            return Refusal(538, "5.7.11", "passwords are taken in TLS only")
        if mechanism is None:
            return Refusal(504, "5.5.4", f"only {' and '.join(MECHANISMS)} are known here")
        if self._barred:
            return BARRED
        said = await self._converse(mechanism(), initial.strip().encode())
        return await self._prove(*said) if isinstance(said, tuple) else said

    async def _converse(
        self, exchange: Exchange, initial: bytes
    ) -> tuple[str, str] | Refusal | None:
        challenge, response = next(exchange), initial or None
        while True:
            if response is None:
                await self._client.push(f"334 {base64.b64encode(challenge).decode()}")
                response = await self._client.line(self._door.options.idle)
            if response is None:
                return None
            meant = _decoded(response)
            if isinstance(meant, Refusal):
                return meant
            try:
                challenge, response = exchange.send(meant), None
            except StopIteration as end:
                user, password = end.value
                return user, password
            except ValueError:
                return Refusal(501, "5.5.2", "that is no name and password")

    @property
    def _barred(self) -> bool:
        return self._door.guesses.barred(self._client.peer, asyncio.get_running_loop().time())

    async def _prove(self, user: str, password: str) -> str | Refusal | None:
        if self._barred:  # by others of its guesses, while this one was typed
            return BARRED
        door, peer = self._door, self._client.peer
        remembered = door.credentials.remembers(user, password)
        counted = not remembered and door.credentials.expects(user)  # any other is a wrong one
        if counted:
            self._failed(user)  # before others have their turn: they guess side by side
        proven = remembered or await self._check(user, password, counted=counted)
        if isinstance(proven, Refusal):
            return proven
        if proven:
            door.guesses.succeeded(peer, user)
            self.user = user
            return "235 2.7.0 welcome"
        if not counted:
            self._failed(user)
        wrong = Refusal(535, "5.7.8", "name or password is wrong")
        maillog.refused(peer, reply=f"{wrong.code} {wrong.enhanced}")
        self._failures += 1
        if self._failures < door.options.failed_logins:
            return wrong
        self._client.part("421 4.7.0 too many failed logins, goodbye")
        return None

    def _failed(self, user: str) -> None:
        peer, now = self._client.peer, asyncio.get_running_loop().time()
        self._door.guesses.failed(peer, user, now)

    async def _check(self, user: str, password: str, *, counted: bool) -> bool | Refusal:
        """Whether the hash says that they belong together; it is worked on for a while."""
        credentials = self._door.credentials
        if credentials.busy:
            return Refusal(454, "4.7.0", "too many log in at once; please try again later")
        async with credentials.turn():
            if self._barred and not counted:  # by others of its guesses, which went before
                return BARRED
            return await credentials.proven(user, password)


def _decoded(response: bytes) -> bytes | Refusal:
    """What a client's base64 line says; `=` is an empty response (RFC 4954, 4)."""
    if response == b"*":
        return Refusal(501, "5.7.0", "AUTH is called off")
    if response == b"=":
        return b""
    try:
        return base64.b64decode(response, validate=True)
    except binascii.Error:
        return Refusal(501, "5.5.2", "that is no base64")


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
