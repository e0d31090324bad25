"""A fact as a line: the short way prints what structlog's own processors print."""

from __future__ import annotations

import io
import json
import os
import re
from threading import Thread
from typing import Any

import pytest
import structlog

from bridge import loglines, maillog
from bridge.core.outcomes import State

INSTANT = re.compile(r'(?<="timestamp": ")[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z(?=")')


class Odd:
    """What JSON has no word for."""

    def __repr__(self) -> str:
        return "<odd>"


FACTS: list[dict[str, Any]] = [
    {"id": "m1", "sender": "jo@example.com", "recipients": 3, "took": 0.0012},
    {"id": "-", "smtp": ["25", "587"], "state": State.SUBMITTED, "took": None, "new": True},
    {"words": 'a "quoted" \\ \x1b]0;owned\x07 line\nand \u202e more \U0001f600 \ud800'},
    {"id": "-", "odd": Odd(), "balance": float("nan")},
]


def theirs(level: str, fact: dict[str, Any]) -> str:
    """A line by structlog's own processors."""
    stream = io.StringIO()
    log = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.BoundLogger,
    )
    getattr(log, level)("fact", **fact)
    return stream.getvalue()


def ours(level: str, fact: dict[str, Any]) -> str:
    stream = io.StringIO()
    getattr(loglines._JsonLines(stream), level)("fact", **fact)
    return stream.getvalue()


@pytest.mark.parametrize("level", ["info", "warning", "error"])
@pytest.mark.parametrize("fact", FACTS)
def test_the_short_way_prints_the_same(level: str, fact: dict[str, Any]) -> None:
    found, expected = ours(level, fact), theirs(level, fact)
    assert INSTANT.sub("T", found) == INSTANT.sub("T", expected)
    assert INSTANT.search(found)


def test_a_traceback_is_a_part_of_the_line() -> None:
    try:
        raise ValueError("no\nway")
    except ValueError as error:
        fact = {"where": "test", "exc_info": error}
        found, expected = ours("error", dict(fact)), theirs("error", dict(fact))
    assert INSTANT.sub("T", found) == INSTANT.sub("T", expected)
    assert json.loads(found)["exception"].endswith("ValueError: no\nway")


def test_each_second_is_written_anew() -> None:
    lines = loglines._JsonLines(io.StringIO())
    said = [lines._instant(at) for at in (0.0, 0.25, 1.5, 0.75, 1_795_396_609.5)]
    assert said == [
        "1970-01-01T00:00:00.000000Z",
        "1970-01-01T00:00:00.250000Z",
        "1970-01-01T00:00:01.500000Z",
        "1970-01-01T00:00:00.750000Z",
        "2026-11-23T01:16:49.500000Z",
    ]


def test_a_witness_hears_what_the_log_does_not_show_and_only_in_its_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heard: list[tuple[str, object]] = []
    context = loglines.witnessed(lambda name, fact: heard.append((name, fact["id"])))
    context.run(maillog.answered, "m1.1", host="h", took=0.1)
    context.run(maillog.lease_lost, "m1.2")
    maillog.lease_lost("m2.1")
    assert heard == [("answered", "m1.1"), ("lease-lost", "m1.2")]


def test_long_lines_of_two_threads_do_not_run_into_each_other() -> None:
    """A pipe takes a long line in pieces, and lets another thread go on meanwhile."""
    read, write = os.pipe()
    unbuffered = os.fdopen(write, "wb", buffering=0)  # standard error under `python -u`
    with os.fdopen(read) as pipe, io.TextIOWrapper(unbuffered, write_through=True) as stream:

        def tells(word: str) -> None:
            lines = loglines._JsonLines(stream)
            for _ in range(20):
                lines.info("fact", words=word * 200_000)

        threads = [Thread(target=tells, args=(word,)) for word in "ab"]
        for each in threads:
            each.start()
        said = [json.loads(next(pipe))["words"] for _ in range(40)]
        for each in threads:
            each.join()
    assert sorted(said) == ["a" * 200_000] * 20 + ["b" * 200_000] * 20


def test_a_fact_is_written_even_where_its_witness_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_name: str, _fact: object) -> None:
        raise KeyError("host")

    with pytest.raises(KeyError):
        loglines.witnessed(fails).run(maillog.lease_lost, "m1.2")
    assert "lease-lost" in "".join(capsys.readouterr())


def test_a_fact_is_heard_even_where_its_line_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    heard: list[str] = []
    monkeypatch.setattr("sys.stdout", Gone())
    with pytest.raises(BrokenPipeError):
        loglines.witnessed(lambda name, _: heard.append(name)).run(maillog.lease_lost, "m1.2")
    assert heard == ["lease-lost"]
