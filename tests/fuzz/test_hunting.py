"""What a hunt finds is kept, the shortest for each mistake, and told by the exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.__main__ import main
from tests.fuzz.hunt import Watch
from tests.fuzz.target import Target, check_line, check_text


def broken(octets: bytes) -> None:
    if octets.startswith(b"!"):
        raise ValueError("an exclamation")
    assert b"?" not in octets, "a question"


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    (tmp_path / "found").mkdir()
    return Watch(Target("broken", broken, list), tmp_path)


def test_of_the_inputs_that_break_the_same_promise_the_shortest_is_kept(
    watch: Watch, tmp_path: Path
) -> None:
    for octets in (b"fine", b"why??", b"why?", b"why???", b"!", b"fine"):
        watch(octets)
    kept = {each.name: each.read_bytes() for each in (tmp_path / "found").iterdir()}
    stories = {name: kept.pop(name) for name in list(kept) if name.endswith(".txt")}
    assert sorted(kept.values()) == [b"!", b"why?"]
    assert sorted(name.split("-")[0] for name in kept) == ["AssertionError", "ValueError"]
    assert all(b"in broken" in each for each in stories.values())


def test_the_slowest_input_is_kept(watch: Watch, tmp_path: Path) -> None:
    watch(b"fine")
    assert (tmp_path / "slowest").read_bytes() == b"fine"


@pytest.mark.parametrize("text", ["\ud800", "a\0b"])
def test_what_cannot_be_stored_is_no_text(text: str) -> None:
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        check_text(text)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\tb", "a\x85b", "a\u2028b"])
def test_what_has_control_characters_is_no_line(text: str) -> None:
    check_text(text)
    with pytest.raises(AssertionError):
        check_line(text)


def test_the_command_hunts_and_prints_a_line_for_each_target(tmp_path: Path) -> None:
    asked = ["data", "--runs", "300", "--seconds", "60", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    title, row = done.stdout.splitlines()
    assert title.split()[:2] == ["target", "inputs"]
    assert row.split()[:2] == ["data", "300"]


def test_a_target_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fuzz", "nonsense"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "no such target: nonsense" in capsys.readouterr().err
