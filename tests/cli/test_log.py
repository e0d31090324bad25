"""`smsbridge log`: the life of a message, and `--cost`, what messages cost by day and sender."""

from __future__ import annotations

import asyncio
import json
import time
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
from bridge.core.leases import Pause, Step, Verdict
from bridge.core.model import (
    Conversation,
    Destination,
    Envelope,
    ForwardPath,
    ListName,
    Msisdn,
    Session,
    Submission,
    Text,
)
from bridge.core.promises import Callback, Mail
from bridge.core.states import Evidence
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from tests.cli.conftest import store, written

SETTINGS = """\
time_zone = "Europe/London"

[contacts.Sam]
number = "07700900123"

[contacts.kim]
number = "07700900125"

[groups]
ops = ["sam", "07700900124"]

[gateway_groups]
alerts = "Alerts"
"""
SAM = Msisdn("447700900123")
EVENING = datetime(2026, 7, 1, 22, 30, tzinfo=UTC).timestamp()  # 23:30 in London
NIGHT = EVENING + 3600


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose spool has three texts: one of a user's, two of a machine's, a day later."""
    asyncio.run(_lived(store(tmp_path)))
    return written(tmp_path, SETTINGS)


async def _lived(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    await _texted(spool, "000001", Session("192.0.2.1", "jo"), EVENING, Evidence.TAKEN)
    await _texted(spool, "000002", Session("192.0.2.9"), NIGHT, Evidence.TAKEN)
    await _texted(spool, "000003", Session("192.0.2.9"), NIGHT, Evidence.UNANSWERED)
    for n, (code, progress) in enumerate(
        (("3", Progress.PENDING), ("4", Progress.DELIVERED), ("4", Progress.DELIVERED))
    ):
        report = StatusReport("g000001", SAM.digits, code, progress, progress, "2.0.0", EVENING)
        await spool.receive(Callback(report, f"{n}", False, b"", "", EVENING + n))
    await spool.close()


async def _texted(
    spool: Spool,
    id_: str,
    session: Session,
    at: float,
    evidence: Evidence,
    *,
    to: Destination = SAM,
) -> None:
    await _queued(spool, id_, session, at, to=to)
    (lease,) = await spool.lease_submissions("us", 1, at, at + 60)
    assert await spool.begin(lease, "https://gw", at)
    due = at + 60 if evidence is Evidence.UNANSWERED else None
    step = Step(lease.pending[0].id, evidence, due, message_id=f"g{id_}" if due is None else "")
    assert await spool.settle(lease, Verdict((step,)), at)


async def _queued(
    spool: Spool, id_: str, session: Session, at: float, *, to: Destination = SAM
) -> None:
    sender = "jo@example.com" if session.user else ""
    text = Submission(
        f"{id_}.1", id_, (to,), Text("Hi"), at, at + 900, "person", sender, segments=2
    )
    path = ForwardPath(f"{to}@sms.example.com", (to,))
    envelope = Envelope(sender, (path,), id_.encode(), at, session)
    conversation = Conversation(f"2{id_}", sender, "Friday", "")
    await spool.accept(Mail(id_, envelope, "person", sender, conversation, (text,)))


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


@pytest.mark.parametrize("name", ["07700900123", "sam", "SAM", " sam "])
def test_a_contact_is_known_by_its_name_as_by_its_number(config: Path, name: str) -> None:
    found = log(config, name)
    assert found.exit_code == frame.DONE, found.output
    assert sum("text to 447700900123" in each for each in found.output.splitlines()) == 3


def test_a_list_at_the_gateway_is_known_by_its_address(tmp_path: Path) -> None:
    asyncio.run(_to_a_list(store(tmp_path)))
    config = written(tmp_path, SETTINGS)
    assert "text to Alerts taken by the gateway" in log(config, "alerts").output
    span = ("--since", "2026-07-01", "--until", "2026-07-01")
    (line,) = log(config, "--cost", *span, "--json", "alerts").output.splitlines()
    assert (json.loads(line)["kind"], json.loads(line)["texts"]) == ("list", 1)


async def _to_a_list(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    user = Session("192.0.2.1", "jo")
    await _texted(spool, "000004", user, EVENING, Evidence.TAKEN, to=ListName("Alerts"))
    await spool.close()


@pytest.mark.parametrize("verb", [("spool", "list"), ("log", "sam")], ids=["spool list", "log"])
def test_while_the_lane_rests_texts_wait_for_its_reason_and_no_instant_past(
    tmp_path: Path, verb: tuple[str, ...]
) -> None:
    asyncio.run(_resting(store(tmp_path)))
    found = CliRunner().invoke(main, [*verb, "--config", str(written(tmp_path, SETTINGS))])
    assert found.exit_code == frame.DONE, found.output
    texts = [each for each in found.output.splitlines() if "text to" in each]
    assert len(texts) == 2
    assert all("waits: NO_CREDIT, the credit is used up" in each for each in texts)


async def _resting(url: str) -> None:
    """One text met the end of the credit, another came after it."""
    spool = await open_spool(url, daemon=True)
    now = time.time()
    user, why = Session("192.0.2.1", "jo"), ("NO_CREDIT", "the credit is used up")
    await _queued(spool, "000005", user, now - 60)
    (lease,) = await spool.lease_submissions("us", 1, now - 60, now)
    assert await spool.begin(lease, "https://gw", now - 60)
    step = Step(lease.pending[0].id, Evidence.BLOCKED, now - 60, *why)
    assert await spool.settle(lease, Verdict((step,), pause=Pause(*why, now + 60)), now - 60)
    await _queued(spool, "000006", user, now - 30)
    await spool.close()


@pytest.mark.parametrize("cost", [(), ("--cost",)], ids=["log", "cost"])
def test_of_a_group_its_members_are_to_be_asked(config: Path, cost: tuple[str, ...]) -> None:
    found = log(config, *cost, "ops")
    assert found.exit_code == frame.USAGE
    assert "ops is a group; ask for one of its members: sam, 447700900124" in found.stderr


def test_of_a_contact_that_nobody_texted_nothing_is_known(config: Path) -> None:
    found = log(config, "kim")
    assert (found.exit_code, found.stdout) == (frame.REFUSED, "")
    assert found.stderr == "smsbridge: nothing is known of kim\n"


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
        ("sam", 3),
        ("jo@example.com", 1),
        ("jo", 1),
        ("user:jo", 1),
        ("192.0.2.9", 2),
    ],
)
def test_costs_of_a_number_a_contact_a_mailbox_a_user_or_a_machine(
    config: Path, about: str, texts: int
) -> None:
    span = ("--since", "2026-07-01", "--until", "2026-07-02")
    found = log(config, "--cost", *span, "--json", *([about] if about else []))
    assert found.exit_code == frame.DONE, found.output
    assert sum(json.loads(each)["texts"] for each in found.output.splitlines()) == texts


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["people", "json"])
@pytest.mark.parametrize("about", ["447700900199", "kim", "nonsense", "000001"])
def test_where_no_cost_is_known_no_table_says_that_it_was_nothing(
    config: Path, about: str, as_json: tuple[str, ...]
) -> None:
    found = log(config, "--cost", "--since", "2026-07-01", "--until", "2026-07-02", about, *as_json)
    assert (found.exit_code, found.stdout) == (frame.REFUSED, "")
    assert found.stderr == (
        f"smsbridge: nothing is known of {about} that cost anything from 2026-07-01 to 2026-07-02;"
        " --cost goes by number, contact, mailbox, user or machine\n"
    )


def test_a_user_whose_name_a_contact_has_too_is_asked_for_as_a_user(tmp_path: Path) -> None:
    asyncio.run(_lived(store(tmp_path)))
    config = written(tmp_path, '[contacts.jo]\nnumber = "07700900125"\n')
    span = ("--since", "2026-07-01", "--until", "2026-07-02")
    assert log(config, "--cost", *span, "jo").exit_code == frame.REFUSED
    assert log(config, "--cost", *span, "user:jo").exit_code == frame.DONE


def test_help_says_what_may_be_asked_who_a_sender_is_and_what_counts_as_one() -> None:
    said = " ".join(CliRunner().invoke(main, ["log", "--help"]).output.split())
    for words in (
        "[NUMBER|NAME|ADDRESS|ID]",
        "by sender: user:NAME who logged in, dmarc:MAILBOX for whom a relay vouched, else",
        "Give a number, a NAME as above, a mailbox, a user or a machine",
        "An MMS, a call and a text to a list at the gateway count as one each",
    ):
        assert words in said


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
