"""What a PostgreSQL store needs, and what is said where it is not so."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.opening import open_spool
from bridge.spool.postgres.fitness import examined
from tests.postgres import Server
from tests.postgresql.conftest import Wire

PASSWORD = "canary-1234"


@pytest.fixture
def guarded(postgres: Server) -> Iterator[str]:
    """A database that `guard` may use, with a password."""
    rules = postgres.folder / "data" / "pg_hba.conf"
    before = rules.read_text("utf-8")
    rules.write_text(f"host all guard 127.0.0.1/32 scram-sha-256\n{before}", "utf-8")
    postgres.execute(f"CREATE ROLE guard LOGIN PASSWORD '{PASSWORD}'")
    postgres.execute("SELECT pg_reload_conf()")
    yield postgres.database().replace("postgres@", f"guard:{PASSWORD}@")
    rules.write_text(before, "utf-8")
    postgres.execute("SELECT pg_reload_conf()")
    postgres.execute("DROP ROLE guard")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((PASSWORD, "canary-wrong"), "InvalidPasswordError: password authentication failed"),
        (("/bridge", "/nowhere"), 'InvalidCatalogNameError: database "nowhere'),
        (("", ""), "InsufficientPrivilegeError: permission denied for schema public"),
    ],
    ids=["password", "database", "privilege"],
)
async def test_what_only_a_person_can_mend_is_unusable_and_no_password_is_told(
    guarded: str, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(Unusable) as raised:
        await open_spool(guarded.replace(*change), daemon=True)
    assert str(raised.value).startswith(f"the database cannot be used: {said}")
    assert "canary" not in str(raised.value)


async def test_a_url_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(Unusable) as raised:  # a slash in a password
        await open_spool(f"postgresql://jo:{PASSWORD}/5@127.0.0.1/bridge", daemon=True)
    assert str(raised.value) == "store.url cannot be understood"
    with pytest.raises(Unusable, match=r"^store\.url cannot be understood$"):
        await examined(f"postgresql://jo:{PASSWORD}/5@127.0.0.1/bridge")


async def test_a_server_that_is_not_there_may_be_there_later() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://jo:{PASSWORD}@127.0.0.1:{nobody.getsockname()[1]}/bridge"
        with pytest.raises(
            Unavailable, match="not to be reached: ConnectionRefusedError"
        ) as raised:
            await open_spool(url, daemon=True)
    assert PASSWORD not in str(raised.value)


async def test_a_server_that_wants_no_tls_is_not_used_where_the_url_asks_for_it(url: str) -> None:
    with pytest.raises(Unavailable, match="rejected SSL"):
        await open_spool(f"{url}?sslmode=require", daemon=True)


async def test_a_wire_that_ends_at_once_may_be_better_later(wire: Wire) -> None:
    wire.dead = True
    with pytest.raises(Unavailable, match="not to be reached"):
        await open_spool(f"postgresql://postgres@127.0.0.1:{wire.port}/stories", daemon=True)


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
async def test_a_server_that_may_lose_what_it_commits_is_not_trusted(setting: str) -> None:
    said = f"{setting} = off: what it commits may be lost"
    with Server(**{setting: "off"}) as server, pytest.raises(Unusable, match=said):
        await open_spool(server.database(), daemon=True)


async def test_a_database_in_another_encoding_is_not_used(postgres: Server) -> None:
    postgres.execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    with pytest.raises(Unusable, match="encoded in LATIN1"):
        await open_spool(postgres.url("latin"), daemon=True)
    postgres.execute("DROP DATABASE latin")


async def test_nodes_that_start_at_once_make_one_store(postgres: Server) -> None:
    url = postgres.database()
    spools = await asyncio.gather(*(open_spool(url, daemon=True) for _ in range(4)))
    for each in spools:
        await each.alive()
        await each.close()


async def test_a_store_of_a_newer_program_is_left_alone(url: str, postgres: Server) -> None:
    postgres.execute("UPDATE store SET version = 99", "stories")
    try:
        with pytest.raises(Unusable, match="of version 99, this program knows 5"):
            await open_spool(url, daemon=True)
    finally:
        postgres.execute("UPDATE store SET version = 5", "stories")


async def test_the_command_line_does_not_bring_a_store_forward(url: str, postgres: Server) -> None:
    postgres.execute("UPDATE store SET version = 4", "stories")
    try:
        with pytest.raises(Unusable, match="of version 4, this program of 5: start a daemon once"):
            await open_spool(url, daemon=False)
    finally:
        postgres.execute("UPDATE store SET version = 5", "stories")


async def test_a_check_says_what_is_there_and_makes_nothing(postgres: Server) -> None:
    url = postgres.database()
    assert (await examined(url)).startswith("the database will become a store; PostgreSQL 1")
    await (await open_spool(url, daemon=False)).close()
    assert (await examined(url)).startswith("the database is a store of version 5; PostgreSQL 1")
