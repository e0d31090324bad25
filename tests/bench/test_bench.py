"""The bench works: its scenarios at their smallest, and the table of goals at the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.bench import goals
from tests.bench.depth import course
from tests.bench.letters import post
from tests.bench.peers import AIOSMTPD, Peer
from tests.bench.rounds import BRIDGE, Bench, Contender, Size
from tests.bench.scenarios import play
from tests.bench.servers import Extra, Gateway, Ground, Smarthost, ground
from tests.bench.table import Seen, Table
from tests.postfix import program

STORY = ("text", "single", "hundred", "accept", "callbacks", "both", "tenth", "idle")
TINY = Size(mails=30, rounds=1, rows=100, due=20, seconds=0.2, settles=0.05)


@dataclass(frozen=True, slots=True)
class OneDaemon(Bench):
    """One Bridge for all scenarios that need no settings of their own: starting takes longest."""

    running: Contender

    @contextmanager
    def bridge(
        self, name: str = BRIDGE, *, ways: str = "", extra: Extra | None = None
    ) -> Iterator[Contender]:
        """The one that runs."""
        yield replace(self.running, name=name)

    @contextmanager
    def peers(self, *peers: Peer) -> Iterator[list[Contender]]:
        """Those that begin quickly."""
        with Bench.peers(self, *(each for each in peers if "Postfix" not in each.name)) as found:
            yield found


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """What the story saw."""
    with ground(tmp_path_factory.mktemp("bench")) as found:
        bench = Bench(found, TINY, Table(), post())
        with bench.bridge() as bridge:
            alone = OneDaemon(found, TINY, bench.table, bench.post, running=bridge)
            for name in STORY:
                play(alone, name)
        yield bench.table


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        ("text", BRIDGE),
        ("text", "one-file script"),
        ("single", BRIDGE),
        ("hundred", BRIDGE),
        ("accept", BRIDGE),
        ("accept", "aiosmtpd that does nothing"),
        ("sms", BRIDGE),
        ("reports", BRIDGE),
        ("reports", "aiohttp that does nothing"),
        ("both", BRIDGE),
        ("tenth", BRIDGE),
    ],
)
def test_each_server_shows_what_it_does_in_a_second_and_what_that_costs(
    seen: Table, scenario: str, name: str
) -> None:
    row = seen.rows[scenario, name]
    assert len(row.seen) == TINY.rounds
    assert row.median(goals.rate) > 0
    assert row.median(goals.cpu) > 0
    assert row.median(goals.memory) > 1


def test_every_goal_has_its_line_and_its_floor(seen: Table) -> None:
    _, *lines = goals.lines(seen)
    assert len(lines) == len(goals.GOALS)
    judged = [each.rsplit("  ", 1)[1] for each in lines]
    assert judged[0] == "not measured", "Postfix is not of this story"
    accepted = next(i for i, each in enumerate(goals.GOALS) if "aiosmtpd" in each.words)
    assert judged[accepted] in ("met", "NOT MET")


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ([1000.0], "1x >= 1x met"),
        ([990.0], "0.99x >= 1x NOT MET"),
        ([1100.0, 1010.0, 1020.0], "1.02x 1.01..1.1 >= 1x met"),
        ([1100.0, 990.0, 1020.0], "1.02x 0.99..1.1 >= 1x met, but not in each round"),
        ([980.0, 990.0, 1020.0], "0.99x 0.98..1.02 >= 1x NOT MET, but in a round"),
    ],
)
def test_a_goal_is_met_by_the_median_and_says_where_rounds_differ(
    rates: list[float], said: str
) -> None:
    table = Table()
    for rate in rates:
        table.row("accept", BRIDGE).seen.append(Seen(rate=rate, cpu=0.001))
        table.row("accept", AIOSMTPD.name).seen.append(Seen(rate=1000.0, cpu=0.001))
    goal = next(each for each in goals.GOALS if "aiosmtpd" in each.words)
    assert " ".join(goal.judged(table).split()).endswith(f" {said}")


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"due_speed": 1.0, "texts_due": 5000}, "met, with 5,000 texts of 100,000"),
        ({"due_speed": 0.5, "texts_due": 100_000}, "NOT MET, with 100,000 texts of 100,000"),
        ({"loop_block": 9.0, "loop_answer": 61.2}, "met, 61.2 ms with them"),
    ],
)
def test_a_goal_says_how_much_there_was_and_what_was_left_out(
    figures: dict[str, float], said: str
) -> None:
    table = Table(figures=figures)
    (goal,) = (each for each in goals.GOALS if each.seen(table))
    assert goal.judged(table).endswith(f"  {said}")


@pytest.mark.parametrize(
    ("rates", "speed"),
    [
        ([], None),  # all went before the first look
        ([20.0], None),
        ([1000.0, 20.0], None),  # there is one whole second, and no last beside the first
        ([0.0, 1000.0, 20.0], None),  # nothing went in the first
        ([1000.0, 900.0, 20.0], 0.9),
        ([1000.0, 1000.0, 700.0, 700.0, 500.0, 500.0, 20.0], 0.5),
    ],
)
def test_how_texts_that_are_due_go_on_is_said_where_it_can_be_seen(
    rates: list[float], speed: float | None
) -> None:
    table = Table()
    course(table, [(rate, 50.0) for rate in rates])
    assert table.figures.get("due_speed") == speed
    assert table.figures.get("due_memory") == (speed and 1.0)


def test_how_busy_the_client_was_is_of_its_one_core(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.row("accept", BRIDGE).seen.append(Seen(rate=1000.0, cpu=0.001, client=0.00095))
    table.show("accept")
    assert re.search(r"of a core .*\n.* 950 +95% ", capsys.readouterr().out)


def test_servers_are_found_where_a_user_s_search_path_does_not_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert program("smtp-sink") == (shutil.which("smtp-sink", path="/usr/sbin") or "")
    assert program("no-such-server") == ""


def test_a_peer_that_is_not_installed_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def begin(_: object) -> ExitStack:
        raise AssertionError("it is not there")

    absent = Peer("a server", begin, missing="not installed")  # type: ignore[arg-type]
    nowhere = Ground(
        tmp_path, Gateway("http://127.0.0.1:9", 0), smarthost=Smarthost(9), new_store=str
    )
    with Bench(nowhere, TINY, Table(), post()).peers(absent) as running:
        assert running == []
    assert "a server: not installed, left out" in capsys.readouterr().out
