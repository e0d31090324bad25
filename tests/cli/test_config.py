"""`smsbridge config`, and what every verb does when the settings are wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bridge.cli import frame
from bridge.cli.main import VERBS, main
from tests.cli.conftest import written


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return written(tmp_path)


def smsbridge(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BRIDGE_")}
    return subprocess.run(
        [sys.executable, "-m", "bridge", *args],
        capture_output=True,
        text=True,
        env=clean | environ,
        check=False,
    )


# ---------------------------------------------------------------- config


def test_show_prints_what_is_in_effect_with_its_source(settings: Path) -> None:
    done = CliRunner().invoke(
        main, ["config", "show", "--config", str(settings)], env={"BRIDGE_MAIL__CONNECTIONS": "2"}
    )
    assert done.exit_code == 0
    assert f'username = "acme"  # {settings}' in done.output
    assert 'password = "********"' in done.output
    assert "connections = 2  # environment BRIDGE_MAIL__CONNECTIONS" in done.output
    assert "canary" not in done.output


def test_show_prints_one_object_a_line_for_programs(settings: Path) -> None:
    done = CliRunner().invoke(
        main, ["config", "show", "--json"], env={"BRIDGE_CONFIG": str(settings)}
    )
    found = [json.loads(line) for line in done.output.splitlines()]
    assert {"setting": "gateway.password", "value": "********", "source": str(settings)} in found
    assert {"setting": "smtp.listen", "value": ["127.0.0.1:2525"], "source": "default"} in found


def test_example_prints_the_file_of_the_project() -> None:
    done = CliRunner().invoke(main, ["config", "example"])
    example = Path(__file__).parents[2] / "config" / "bridge.example.toml"
    assert done.output == example.read_text("utf-8")


def test_a_token_from_the_command_is_taken(settings: Path) -> None:
    token = CliRunner().invoke(main, ["config", "token"]).output.strip()
    settings.write_text(settings.read_text().replace("0123456789abcdefghijklmnopqrstuv", token))
    assert CliRunner().invoke(main, ["config", "show", "--config", str(settings)]).exit_code == 0


# ---------------------------------------------------------------- wrong settings


def test_wrong_settings_end_a_command_with_78_and_all_mistakes(settings: Path) -> None:
    written(settings.parent, '[smtp]\nlisten = ["25"]\npasword = "canary"\n')
    done = smsbridge("config", "show", "--config", str(settings))
    assert done.returncode == 78
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "smsbridge: 2 mistakes in the settings",
        f'  smtp.listen[0] ({settings}): found "25", expected host:port, such as "127.0.0.1:2525" '
        'or "[::1]:25"',
        f"  smtp.pasword ({settings}): found an unknown name, expected gateway.password",
    ]


def test_without_any_settings_the_command_says_how_to_begin(settings: Path) -> None:
    settings.unlink()
    if frame.DEFAULT_CONFIG.exists():
        pytest.skip("this machine has settings of its own")
    done = smsbridge("config", "show")
    assert done.returncode == 78
    assert "`smsbridge config example` prints a file to begin with" in done.stderr


def test_a_file_that_was_asked_for_must_be_there(settings: Path) -> None:
    done = smsbridge("config", "show", BRIDGE_CONFIG=str(settings.with_name("none.toml")))
    assert done.returncode == 78
    assert "none.toml: found no file" in done.stderr


# ---------------------------------------------------------------- the frame


def test_help_names_every_verb_and_imports_none() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bridge", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    for verb, (_, line) in VERBS.items():
        assert f"  {verb} " in done.stdout
        assert line in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {"pydantic", "aiohttp", "aiosmtpd", "tomlkit", "asyncio"}


def test_an_unknown_verb_is_a_mistake_of_usage() -> None:
    assert CliRunner().invoke(main, ["sned"]).exit_code == frame.USAGE


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("smsbridge, version ")


def commands() -> list[list[str]]:
    """All verbs that there are, with the verbs below them."""
    found = []
    context = click.Context(main)
    for verb, (module, _) in VERBS.items():
        if find_spec(module) is None:
            continue
        command = main.get_command(context, verb)
        found.append([verb])
        if isinstance(command, click.Group):
            found += [[verb, below] for below in command.commands]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_help_of_every_verb_ends_in_an_example(words: list[str]) -> None:
    done = CliRunner().invoke(main, [*words, "--help"])
    assert done.exit_code == 0
    _, _, example = done.output.partition("Example")
    assert f"smsbridge {words[0]}" in example


def test_what_strangers_wrote_cannot_steer_a_terminal() -> None:
    assert frame.printable("a\x1b]0;x\x07\u202eb\n\udc80é") == (
        "a\\x1b]0;x\\x07\\u202eb\\n\\udc80é"
    )
