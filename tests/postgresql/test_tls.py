"""TLS to PostgreSQL, as a URL asks for it: verified, or the store is not used."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from bridge.spool.contract import Unavailable
from bridge.spool.opening import open_spool

REQUEST = bytes.fromhex("0000000804d2162f")
"""What a client says first that wants TLS (SSLRequest, in PostgreSQL's message formats)."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def roots(authority: trustme.CA, tmp_path: Path) -> Path:
    """The authority's certificate, as `sslrootcert` names it."""
    authority.cert_pem.write_to_path(str(tmp_path / "roots.pem"))
    return tmp_path / "roots.pem"


@asynccontextmanager
async def in_tls(url: str, served: ssl.SSLContext) -> AsyncIterator[int]:
    """A port at which a server without TLS speaks it all the same."""

    calls: list[asyncio.Future[None]] = []

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over = asyncio.get_running_loop().create_future()
        calls.append(over)
        with suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(len(REQUEST)) == REQUEST, "it was to be asked for TLS"
            writer.write(b"S")
            await writer.start_tls(served)
            there, back = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            async with asyncio.TaskGroup() as both:
                both.create_task(_copied(reader, back))
                both.create_task(_copied(there, writer))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        over.set_result(None)

    server = await asyncio.start_server(passed, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        async with asyncio.timeout(5):
            await asyncio.gather(*calls)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while octets := await reader.read(65536):
            writer.write(octets)
    writer.close()


def certified(authority: trustme.CA, name: str, ends: datetime | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, not_after=ends).configure_cert(context)
    return context


async def test_a_server_whose_certificate_is_verified_keeps_the_store(
    url: str, authority: trustme.CA, roots: Path
) -> None:
    async with in_tls(url, certified(authority, "localhost")) as port:
        asked = f"?sslmode=verify-full&sslrootcert={roots}"
        spool = await open_spool(
            f"postgresql://postgres@localhost:{port}/stories{asked}", daemon=True
        )
        await spool.alive()
        await spool.close()


@pytest.mark.parametrize(
    ("served", "said"),
    [
        pytest.param(lambda ca: certified(ca, "db.example.com"), "mismatch", id="another host's"),
        pytest.param(
            lambda ca: certified(ca, "localhost", datetime(2020, 1, 1, tzinfo=UTC)),
            "expired",
            id="ended",
        ),
        pytest.param(
            lambda _: certified(trustme.CA(), "localhost"), "verify failed", id="a stranger's"
        ),
    ],
)
async def test_a_certificate_that_is_not_believed_keeps_no_store(
    url: str,
    authority: trustme.CA,
    roots: Path,
    served: Callable[[trustme.CA], ssl.SSLContext],
    said: str,
) -> None:
    async with in_tls(url, served(authority)) as port:
        asked = f"?sslmode=verify-full&sslrootcert={roots}"
        with pytest.raises(Unavailable, match=said):
            await open_spool(f"postgresql://postgres@localhost:{port}/stories{asked}", daemon=True)


async def test_a_server_without_tls_is_not_spoken_to_in_clear(url: str, roots: Path) -> None:
    asked = f"?sslmode=verify-full&sslrootcert={roots}"
    with pytest.raises(Unavailable, match="rejected SSL"):
        await open_spool(f"{url}{asked}", daemon=True)
