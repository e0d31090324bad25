"""The daemon's log: it says what became of everything, and repeats no stranger's words."""

from __future__ import annotations

import asyncio
import json

from bridge.cli.playground import OWNER
from bridge.sandbox.form import File
from bridge.sandbox.trouble import Reply
from tests.flows.conftest import PATIENCE, Process, StartProcess, at, letter, sent, until

PHONE, OTHER = "447700900001", "447700900077"
SECRET = "marzipan"
NAME = f"{SECRET} {OTHER}.jpg"
LIST = f"Other +{OTHER}"


def lines(process: Process, verb: str) -> list[dict[str, object]]:
    """What the log says under one verb so far."""
    return [each for each in map(json.loads, process.said) if each["event"] == verb]


async def test_a_run_s_log_holds_no_words_of_strangers_and_no_whole_number(
    start_process: StartProcess,
) -> None:
    process = await start_process()
    sandbox = process.sandbox
    await asyncio.to_thread(sent, process.smtp, letter(SECRET, SECRET), OWNER, at(PHONE))
    await sandbox.taken.wait_total(1, PATIENCE)
    sandbox.primary.order(Reply(b"ERR:GATEWAY_ERROR"), 2, only="retrievemms.aspx")
    sandbox.mms_in(PHONE, SECRET, [File(NAME, "image/jpeg", b"\xff\xd8\xff")])
    sandbox.list_changed(LIST, OTHER, "2")
    sandbox.text_in(PHONE, "STOP")
    sandbox.text_in(OTHER, f"{SECRET} {PHONE}")

    async def logged() -> bool:
        ways = {each["way"] for each in lines(process, "optout")}
        waits = [each for each in lines(process, "told") if each["state"] == "queued"]
        return ways == {"STOP", "list"} and bool(waits) and len(lines(process, "told")) >= 4

    await until(logged)
    (waits,) = [each for each in lines(process, "told") if each["state"] == "queued"]
    assert str(waits["reason"]).startswith("file 1: ")
    assert await process.signal(15) == 0
    log = "".join(process.said)
    for each in (PHONE, OTHER, SECRET, "Other"):
        assert each not in log
