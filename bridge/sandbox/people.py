"""The sandbox's face for people: what was sent, and a phone to text in with, by curl or a browser.

GET  /        what was sent, a line each; as JSON with `Accept: application/json`
POST /phone   from=447700900001, text=Hello, perhaps usercontext=…; with files it is an MMS
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bridge.sandbox.account import Account
from bridge.sandbox.door import Answer
from bridge.sandbox.forwarding import Forwarder
from bridge.sandbox.record import Record
from bridge.sandbox.taken import Taken

LINES = "text/plain; charset=utf-8"


def line(text: str, status: int = 200) -> Answer:
    """One line as an answer."""
    return Answer(f"{text}\n".encode(), status, LINES)


def overview(account: Account, taken: Record[Taken], forwarder: Forwarder, as_json: bool) -> Answer:
    """How the account stands and what was sent."""
    if as_json:
        whole = {
            "balance": account.balance,
            "taken": [summary(each) for each in taken],
            "callbacks": [
                {"fields": each.fields, "status": each.status, "at": each.at}
                for each in forwarder.forwarded
            ],
            "callbacks_waiting": forwarder.waiting,
        }
        return Answer(json.dumps(whole, ensure_ascii=False).encode(), 200, "application/json")
    head = (
        f"balance {account.balance}, {taken.total} texts taken, "
        f"{forwarder.forwarded.total} callbacks posted, {forwarder.waiting} waiting"
    )
    return line("\n".join([head, *map(told, taken)]))


def told(taken: Taken) -> str:
    """A text in one line, safe for a terminal."""
    at = datetime.fromtimestamp(taken.at, UTC).strftime("%H:%M:%S")
    shown = taken.text or taken.message.ud.hex()
    files = "".join(f" [{file.name}, {len(file.body)} octets]" for file in taken.files)
    context = f" ({taken.usercontext})" if taken.usercontext else ""
    words = f"{shown}{f' {taken.message.href}' if taken.message.href else ''}{context}"
    return f"{at} {taken.kind} to {taken.to}: {_printable(words + files)}"


def summary(taken: Taken) -> dict[str, object]:
    """A text as a JSON object."""
    return {
        "id": taken.id,
        "at": taken.at,
        "kind": taken.kind,
        "to": taken.to,
        "text": taken.text,
        "usercontext": taken.usercontext,
        "from": taken.originator,
        "credits": taken.credits,
        "files": [file.name for file in taken.files],
    }


def _printable(words: str) -> str:
    in_one_line = " \N{RETURN SYMBOL} ".join(words.splitlines())
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in in_one_line)
