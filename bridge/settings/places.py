"""Where things are on the net: addresses to listen on, networks, URLs, mailboxes.

Each reader takes a value as it was written and raises `ValueError` with what is expected.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import SecretStr

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LARGEST_PUBLIC: Final = {4: 24, 6: 56}
LARGEST_PRIVATE: Final = {4: 16, 6: 48}
"""Prefix lengths of the widest networks, by IP version, that one operator plausibly answers for."""

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAILBOX = re.compile(r"[^\s@<>(),;:\"\\\x00-\x1f\x7f]{1,64}@([^\s@]+)")


@dataclass(frozen=True, slots=True)
class Listen:
    """A TCP address to listen on; `host` is an IP address without brackets, or a name."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Smarthost:
    """The mail server that takes what the bridge mails, and how it is reached.

    `plain` is SMTP without TLS, `starttls` insists on STARTTLS, `tls` is implicit TLS.
    `username` is "" where no AUTH is wanted.
    """

    security: Literal["plain", "starttls", "tls"]
    host: str
    port: int
    username: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))


def listen(value: object) -> Listen:
    """`127.0.0.1:2525`, `[::1]:25`, `localhost:8080`."""
    expected = 'host:port, such as "127.0.0.1:2525" or "[::1]:25"'
    host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError(expected)
    if host[:1] == "[" and host[-1:] == "]":
        host = host[1:-1]
        if not _is_ip(host, 6):
            raise ValueError(expected)
    elif not _is_ip(host, 4) and not _is_name(host):
        raise ValueError(expected)
    return Listen(host, int(port))


def network(value: object) -> Network:
    """`10.0.8.0/24`, `2001:db8::/32`, or a single address."""
    try:
        return ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            'a network, such as "10.0.8.0/24" (no bits set after its length), or an address'
        ) from None


def domain(value: object) -> str:
    """A domain name, in lower case."""
    name = value.lower() if isinstance(value, str) else ""
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        raise ValueError('a domain name, such as "sms.example.com"')
    return name


def mailbox(value: object) -> str:
    """A mail address, as it was written."""
    found = _MAILBOX.fullmatch(value) if isinstance(value, str) else None
    if found is None or not _is_name(found[1]):
        raise ValueError('a mail address, such as "ops@example.com"')
    return found[0]


def narrow_network(value: object) -> Network:
    """A network whose machines may send: of a size that somebody can answer for."""
    found = network(value)
    if found.prefixlen < (8 if found.version == 4 else 32):
        raise ValueError("a /8 at most, in IPv6 a /32: whoever is there may send")
    return found


def is_public(network: Network) -> bool:
    """Whether a network has addresses of the public net."""
    return network.is_global and not network.is_loopback


def too_wide(network: Network) -> bool:
    """Whether more machines may be in a network than one operator answers for."""
    if network.is_loopback:
        return False
    largest = LARGEST_PUBLIC if is_public(network) else LARGEST_PRIVATE
    return network.prefixlen < largest[network.version]


def anybody(network: Network) -> str:
    """Who is in a network, in words."""
    if network.prefixlen == 0:
        return "anybody"
    kind = "public address" if is_public(network) else "address"
    if network.version == 6:
        return f"every {kind} in it"
    return f"{network.num_addresses} {kind}{'es' if network.num_addresses > 1 else ''}"


def web_url(value: object, *, plain: bool) -> str:
    """An https URL without credentials and query, and without a slash at its end.

    http is taken with `plain`, and for a loopback address.
    """
    parts = _split(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError('a URL, such as "https://www.example.com/path"')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a URL without user, password and query: those have their own settings")
    if parts.scheme == "http" and not plain and not is_loopback(parts.hostname):
        raise ValueError("https:// (or gateway.allow_insecure = true, on a network you trust)")
    return parts.geturl().rstrip("/")


_SECURITY: dict[str, tuple[Literal["plain", "starttls", "tls"], int]] = {
    "smtp": ("plain", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}


def smarthost(value: object) -> Smarthost:
    """`smtp://host`, `smtps://host`, `smtp+starttls://user:password@host:port`."""
    parts = _split(value)
    if (
        parts is None
        or parts.scheme not in _SECURITY
        or not parts.hostname
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError(
            '"smtp://host:port", or smtps:// or smtp+starttls:// with user:password@ before the '
            "host, special characters written as %40"
        )
    security, port = _SECURITY[parts.scheme]
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(username) != bool(password):
        raise ValueError("both a user and a password before the @, or neither")
    if username and security == "plain" and not is_loopback(parts.hostname):
        raise ValueError("smtps:// or smtp+starttls://, since a password would go out in clear")
    return Smarthost(security, parts.hostname, parts.port or port, username, SecretStr(password))


def store_url(value: object) -> SecretStr:
    """`sqlite:////var/lib/smsbridge/bridge.db`, with an absolute path, or a PostgreSQL database.

    That is written as libpq has it: several hosts, a socket's folder and `sslmode` among it.
    """
    if isinstance(value, str) and re.match(r"postgres(ql)?:", value):
        if not re.fullmatch(r"postgresql://[^\s/?#]*/[^\s/?#]+(\?[^\s#]*)?", value):
            raise ValueError('a database by name, "postgresql://user:password@host/database"')
        if "password" in dict(parse_qsl(value.partition("?")[2], keep_blank_values=True)):
            raise ValueError("the password before the @, where it is known as one")
        return SecretStr(value)
    parts = _split(value)
    scheme = parts.scheme if parts else ""
    path = parts.path if parts and not parts.netloc else ""
    if scheme != "sqlite" or not re.fullmatch(r"//[^/\x00][^\x00]*", path):
        raise ValueError(
            'an absolute path after four slashes, "sqlite:////var/lib/smsbridge/bridge.db"'
        )
    return SecretStr(str(value))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine for certain."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_any(host: str) -> bool:
    """Whether to listen there is to listen on all addresses of this machine."""
    return host in [str(ipaddress.IPv4Address(0)), str(ipaddress.IPv6Address(0))]


def _split(value: object) -> SplitResult | None:
    """A URL's pieces; None if it is none, or its port is no port."""
    if not isinstance(value, str) or re.search(r"[\s\x00-\x1f\x7f]", value):
        return None
    try:
        parts = urlsplit(value)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_ip(host: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(host).version == version
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    return bool(_DOMAIN.fullmatch(host.lower())) and not re.fullmatch(r"[0-9.]+", host)
