"""The face for people: what was sent, and a phone to text in with, by curl."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bridge.sandbox.gateway import Sandbox

SEND = (
    "-d", "username=sandbox&password=sandbox&to=447700900001&usercontext=ORDER-42",
    "--data-urlencode", "text=Hello\x1b[31m",
)  # fmt: skip


async def curl(*arguments: str) -> str:
    """What curl prints."""
    running = await asyncio.create_subprocess_exec(
        "curl", "-s", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await running.communicate()
    return out.decode()


async def test_what_was_sent_is_shown_in_lines_that_are_safe_for_a_terminal(
    sandbox: Sandbox,
) -> None:
    await curl(*SEND, f"{sandbox.url}/sendmsg.aspx")
    head, line = (await curl(f"{sandbox.primary.root}/")).splitlines()
    assert head == "balance 999, 1 texts taken, 0 callbacks posted, 0 waiting"
    assert line.endswith("text to 447700900001: Hello\\u001b[31m (ORDER-42)")


async def test_a_text_of_two_lines_is_shown_in_one(sandbox: Sandbox) -> None:
    account = "username=sandbox&password=sandbox&to=447700900001"
    await curl(
        *("-d", account, "--data-urlencode", "text=Hello\r\nSam"), f"{sandbox.url}/sendmsg.aspx"
    )
    _, line = (await curl(f"{sandbox.primary.root}/")).splitlines()
    assert line.endswith("text to 447700900001: Hello \u23ce Sam")


async def test_what_was_sent_is_had_as_json(sandbox: Sandbox) -> None:
    await curl(*SEND, f"{sandbox.url}/sendmsg.aspx")
    shown = json.loads(await curl("-H", "Accept: application/json", f"{sandbox.primary.root}/"))
    assert shown["balance"] == 999
    assert shown["taken"][0]["to"] == "447700900001"
    assert shown["taken"][0]["usercontext"] == "ORDER-42"
    assert "password" not in json.dumps(shown)


async def test_a_phone_texts_in(sandbox: Sandbox) -> None:
    sandbox.callback = "http://127.0.0.1:9/nobody"
    message_id = await curl("-d", "from=+447700900001&text=Hi", f"{sandbox.primary.root}/phone")
    posted = await sandbox.forwarder.forwarded.wait_for()
    assert posted.fields["msgid"] == message_id.strip()
    assert (posted.fields["from"], posted.fields["text"]) == ("447700900001", "Hi")


async def test_people_write_utf8_and_the_gateway_reads_latin_1(sandbox: Sandbox) -> None:
    sandbox.callback = "http://127.0.0.1:9/nobody"
    await curl("-d", "from=447700900001&text=Grüße", f"{sandbox.primary.root}/phone")
    posted = await sandbox.forwarder.forwarded.wait_for()
    assert posted.fields["text"] == "Grüße"
    account = "username=sandbox&password=sandbox&to=447700900001"
    await curl("-d", f"{account}&text=Grüße", f"{sandbox.url}/sendmsg.aspx")
    assert (await sandbox.wait_for()).text == "GrÃ¼Ã\x9fe"


async def test_a_phone_sends_a_picture(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.callback = "http://127.0.0.1:9/nobody"
    (tmp_path / "cat.gif").write_bytes(b"GIF89a")
    picture = f"file=@{tmp_path / 'cat.gif'}"
    await curl("-F", "from=447700900001", "-F", picture, f"{sandbox.primary.root}/phone")
    posted = await sandbox.forwarder.forwarded.wait_for()
    assert (posted.fields["type"], posted.fields["filelist"]) == ("5", "cat.gif")


@pytest.mark.parametrize(("form", "callback"), [("text=Hi", "http://x/"), ("from=1", "")])
async def test_a_phone_needs_a_number_and_somebody_to_tell(
    sandbox: Sandbox, form: str, callback: str
) -> None:
    sandbox.callback = callback
    said = await curl("-w", "%{http_code}", "-d", form, f"{sandbox.primary.root}/phone")
    assert said.endswith("400")
