"""T80: what strangers write stays inside its line, in the log and in what the verbs print."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli.main import main
from bridge.core.events import SmsReceived
from bridge.core.model import (
    Conversation,
    Envelope,
    ForwardPath,
    ListName,
    Session,
    Submission,
    Text,
)
from bridge.core.promises import Callback, Mail
from bridge.spool.opening import open_spool
from tests.cli.conftest import logs_as_before, store, written

__all__ = ["logs_as_before"]

HOSTILE = (
    "x\n2026-11-22 23:59:59  ERROR fake\r\x1b]0;owned\x07 %s{}{0} \x00\x7f\x9b31m\x85\x0b\u2028"
    "\u202egnp.exe\u2066\u200f {event}"
)
FACTS = f"""
import asyncio, logging, warnings
from bridge import loglines, maillog

hostile = {HOSTILE!r}
loglines.FORM()
loglines.libraries()
seen = {{"profile": "", "recipients": 1, "segments": 1, "took": 0.1}}
maillog.accepted(hostile, sender=hostile, peer="\\x1b]0;owned\\x07", **seen)
maillog.refused(hostile, reply="a\\u202eb", recipient=hostile)
try:
    raise ValueError(hostile)
except ValueError as error:
    maillog.fault(hostile, error)
    logging.getLogger("aiohttp.server").exception("Error handling %r", hostile)
    maillog.astray({{"message": "never retrieved", "exception": error}})
maillog.astray({{"message": hostile}})
logging.getLogger("asyncio").error("\\n".join(["one", "two", hostile]))
logging.getLogger("strange").log(35, "a level of its own")
logging.getLogger("mail.log").warning("%s unrecognised", hostile)
warnings.warn(hostile)
"""
COUNT = 10
NAMES = {"accepted", "refused", "fault", "library"}


def logged(form: str) -> list[str]:
    """The lines that a process logs, told by their newlines alone."""
    done = subprocess.run(
        [sys.executable, "-c", FACTS.replace("FORM", form)], capture_output=True, check=True
    )
    return done.stderr.decode().removesuffix("\n").split("\n")


def obeyed(text: str) -> set[str]:
    """What of a text a terminal would obey."""
    return {each for each in text if not each.isprintable()}


def test_a_fact_is_one_line_of_json() -> None:
    """T80: the daemon's own facts, and what libraries, the loop and Python say."""
    lines = logged("as_json")
    assert [obeyed(each) for each in lines] == [set()] * COUNT
    facts = [json.loads(each) for each in lines]
    assert {each["event"] for each in facts} == NAMES
    assert facts[0]["sender"] == HOSTILE, "escaped, and not lost"
    assert [each["words"] for each in facts if each.get("of") == "mail.log"] == ["%s unrecognised"]


def test_on_a_console_a_fact_is_a_line_and_a_traceback_stands_behind_bars() -> None:
    """T80."""
    lines = logged("on_console")
    assert [obeyed(each) for each in lines] == [set()] * len(lines)
    facts = [each for each in lines if not each.startswith("  | ")]
    assert len(facts) == COUNT
    for each in facts:
        assert re.match(r"[0-9T:.-]+Z \[\w+ *\] (accepted|refused|fault|library) ", each)
    assert any(each.startswith("  | 2026-11-22") for each in lines), "a forged one is behind them"


# ---------------------------------------------------------------- what the verbs print


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose spool has a text and an answer by somebody hostile."""
    asyncio.run(_lived(store(tmp_path)))
    return written(tmp_path)


async def _lived(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    at = spool.now()
    text = Submission(
        "0001.1", "0001", (ListName(HOSTILE),), Text(HOSTILE), at, at + 900, "person", HOSTILE,
        user_context=HOSTILE,
    )  # fmt: skip
    path = ForwardPath(HOSTILE, (ListName(HOSTILE),))
    envelope = Envelope(HOSTILE, (path,), b"x", at, Session(HOSTILE, HOSTILE))
    conversation = Conversation("2abc", HOSTILE, HOSTILE, HOSTILE)
    await spool.accept(Mail("0001", envelope, "person", HOSTILE, conversation, (text,)))
    event = SmsReceived(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, at)
    await spool.receive(Callback(event, "key", False, b"", HOSTILE, at))
    await spool.close()


@pytest.mark.parametrize(
    "verb",
    [
        ["log"],
        ["log", "--content"],
        ["log", "--json", "--content"],
        ["log", "--cost"],
        ["log", HOSTILE],
        ["log", "--cost", HOSTILE],
        ["spool", "list"],
        ["spool", "list", "--json"],
        ["optout", "add", HOSTILE],
        ["tails", "reset", HOSTILE],
        ["explain", "MAIL"],
        ["explain", "MAIL", "--json"],
        ["explain", "MAIL", "--to", "447700900123", "--json"],
        ["user", "remove", HOSTILE],
        ["store", "verify", HOSTILE.replace("\0", "")],
    ],
    ids=lambda verb: " ".join(verb).partition("\n")[0],
)
def test_what_a_verb_prints_obeys_nobody(config: Path, tmp_path: Path, verb: list[str]) -> None:
    """T80: contexts, numbers, subjects and names, by people's lines and as JSON."""
    mail = tmp_path / "mail.eml"
    subject = HOSTILE.replace("\n", "\r").encode()
    mail.write_bytes(b"From: jo@example.com\nSubject: " + subject + b"\n\n" + HOSTILE.encode())
    verb = [str(mail) if each == "MAIL" else each for each in verb]
    done = CliRunner().invoke(main, [*verb, "--config", str(config)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output
    assert obeyed(done.output) <= {"\n"}
    assert not re.search(r"^2026-11-22 23:59:59", done.output, re.MULTILINE), "no line is forged"
