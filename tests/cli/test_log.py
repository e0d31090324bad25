"""`smsbridge log`: the life of a message, and `--cost`, what messages cost by day and sender."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.bill import days
from bridge.cli.main import main
from bridge.core.events import Progress, StatusReport
from bridge.core.leases import Step, Verdict
from bridge.core.model import Conversation, Envelope, ForwardPath, Msisdn, Session, Submission, Text
from bridge.core.outcomes import State
from bridge.core.promises import Callback, Mail
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from tests.cli.conftest import store, written

SAM = Msisdn("447700900123")
EVENING = datetime(2026, 7, 1, 22, 30, tzinfo=UTC).timestamp()  # 23:30 in London
NIGHT = EVENING + 3600


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose spool has three texts: one of a user's, two of a machine's, a day later."""
    asyncio.run(_lived(store(tmp_path)))
    return written(tmp_path, 'time_zone = "Europe/London"\n')


async def _lived(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    await _texted(spool, "000001", Session("192.0.2.1", "jo"), EVENING, State.SUBMITTED)
    await _texted(spool, "000002", Session("192.0.2.9"), NIGHT, State.SUBMITTED)
    await _texted(spool, "000003", Session("192.0.2.9"), NIGHT, State.UNKNOWN)
    for n, (code, progress) in enumerate(
        (("3", Progress.PENDING), ("4", Progress.DELIVERED), ("4", Progress.DELIVERED))
    ):
        report = StatusReport("g000001", SAM.digits, code, progress, progress, "2.0.0", EVENING)
        await spool.receive(Callback(report, f"{n}", False, b"", "", EVENING + n))
    await spool.close()


async def _texted(spool: Spool, id_: str, session: Session, at: float, state: State) -> None:
    sender = "jo@example.com" if session.user else ""
    text = Submission(
        f"{id_}.1", id_, (SAM,), Text("Hi"), at, at + 900, "person", sender, segments=2
    )
    path = ForwardPath(f"{SAM}@sms.example.com", (SAM,))
    envelope = Envelope(sender, (path,), id_.encode(), at, session)
    conversation = Conversation(f"2{id_}", sender, "Friday", "")
    await spool.accept(Mail(id_, envelope, "person", sender, conversation, (text,)))
    (lease,) = await spool.lease_submissions("us", 1, at, at + 60)
    assert await spool.begin(lease, "https://gw", at)
    due = at + 60 if state is State.UNKNOWN else None
    step = Step(lease.pending[0].id, state, due, message_id=f"g{id_}" if due is None else "")
    assert await spool.settle(lease, Verdict((step,)), at)


def log(config: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["log", *args, "--config", str(config)])


def test_it_is_a_line_for_each_thing_that_happened_in_the_zone_of_the_mails(config: Path) -> None:
    found = log(config, "000001")
    assert found.exit_code == frame.DONE, found.output
    lines = found.output.splitlines()
    assert lines[0].startswith("2026-07-01 23:30:00  mail from jo@example.com (user jo, person)")
    assert sum("text to 447700900123 delivered (2 segments)" in each for each in lines) == 1
    assert sum("report on" in each for each in lines) == 1
    assert (
        sum("report on" in each for each in log(config, "000001", "--all").output.splitlines()) == 3
    )


def test_as_json_it_is_complete(config: Path) -> None:
    found = [json.loads(each) for each in log(config, "000001", "--json").output.splitlines()]
    assert [each["what"] for each in found].count("event") == 3
    assert {"at", "id", "what"} <= set.intersection(*(set(each) for each in found))


def test_what_texts_cost_is_told_by_day_sender_and_kind(config: Path) -> None:
    found = log(config, "--cost", "--since", "2026-06-30", "--until", "2026-07-02")
    assert found.exit_code == frame.DONE, found.output
    assert [each.split() for each in found.output.splitlines()] == [
        ["day", "sender", "kind", "texts", "segments", "in", "doubt", "resent"],
        ["2026-07-01", "user:jo", "text", "1", "2", "0", "0"],
        ["2026-07-02", "192.0.2.9", "text", "2", "2", "2", "0"],
        [],
        ["by", "sender"],
        ["192.0.2.9", "text", "2", "2", "2", "0"],
        ["user:jo", "text", "1", "2", "0", "0"],
        [],
        ["by", "day"],
        ["2026-07-01", "text", "1", "2", "0", "0"],
        ["2026-07-02", "text", "2", "2", "2", "0"],
        [],
        ["in", "all"],
        ["text", "3", "4", "2", "0"],
    ]


@pytest.mark.parametrize(
    ("about", "texts"),
    [
        ("", 3),
        ("07700900123", 3),
        ("jo@example.com", 1),
        ("jo", 1),
        ("192.0.2.9", 2),
        ("447700900199", 0),
    ],
)
def test_costs_of_a_number_a_mailbox_a_user_or_a_machine(
    config: Path, about: str, texts: int
) -> None:
    span = ("--since", "2026-07-01", "--until", "2026-07-02")
    found = log(config, "--cost", *span, "--json", *([about] if about else []))
    assert found.exit_code == frame.DONE, found.output
    assert sum(json.loads(each)["texts"] for each in found.output.splitlines()) == texts


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("--since 2026-07-01", "--since goes with --cost"),
        ("--until 2026-07-01", "--until goes with --cost"),
        ("--cost --all", "--all does not go with --cost"),
        ("--cost --content", "--content does not go with --cost"),
        ("--cost --limit 1000", "--limit does not go with --cost"),
        (
            "--cost --since 2026-07-02 --until 2026-07-01",
            "--since 2026-07-02 is after the last day, 2026-07-01",
        ),
        (
            "--cost --since 9999-12-31 --until 9999-12-31",
            "--since 9999-12-31 is after the last day, ",
        ),
        ("--cost --until 0001-01-01", "there were no texts before 1970"),
    ],
)
def test_what_does_not_go_together_is_a_mistake(config: Path, args: str, said: str) -> None:
    found = log(config, *args.split())
    assert found.exit_code == frame.USAGE
    assert said in found.stderr


def test_a_day_is_as_long_as_it_is_where_its_readers_are() -> None:
    london = ZoneInfo("Europe/London")
    span = days(datetime(2026, 3, 28), datetime(2026, 3, 30), london, EVENING)
    assert [each.until - each.since for each in span] == [86400, 82800, 86400]
    assert [a.until - b.since for a, b in pairwise(span)] == [0, 0]


def test_days_to_come_are_not_counted() -> None:
    (today,) = days(datetime(2026, 7, 1), datetime(9999, 12, 31), UTC, EVENING)
    assert today.day == date(2026, 7, 1)


def test_by_default_it_is_the_last_31_days() -> None:
    span = days(None, None, UTC, EVENING)
    assert (span[0].day, span[-1].day, len(span)) == (date(2026, 6, 1), date(2026, 7, 1), 31)
