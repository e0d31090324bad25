"""T60: the password in a database's URL is said to the database alone."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from bridge.cli.main import main
from tests.cli.conftest import logs_as_before, store, written
from tests.secrets.canaries import SECRETS, found, found_below

__all__ = ["logs_as_before"]

PASSWORD = quote(SECRETS["database"], safe="")


@asynccontextmanager
async def impostor(answer: bytes) -> AsyncIterator[int]:
    """A server that is no database: its answer to whatever it hears, or nobody there."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if not answer:
        server.close()
    yield port
    server.close()


@pytest.mark.parametrize("answer", [b"", b"S", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=ascii)
@pytest.mark.parametrize(
    "verb",
    [["check"], ["config", "show"], ["log"], ["store", "verify"], ["store", "move", "-"]],
    ids=" ".join,
)
async def test_no_verb_repeats_it(tmp_path: Path, verb: list[str], answer: bytes) -> None:
    async with impostor(answer) as port:
        url = f"postgresql://bridge:{PASSWORD}@127.0.0.1:{port}/bridge"
        config = written(tmp_path)
        if "move" not in verb:
            config.write_text(config.read_text().replace(store(tmp_path), url))
        command = [*verb, "--config", str(config)]
        done = await asyncio.to_thread(CliRunner().invoke, main, command, url)
    assert found("".join([done.output, *traceback.format_exception(done.exception)]).encode()) == []
    assert found_below(tmp_path, but=[config]) == {}
