"""`smsbridge user`: the settings file changes, and nothing else in it does."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli.main import main
from bridge.settings.loading import load
from bridge.settings.passwords import matches

FILE = """\
# Our bridge; ask Ann before you change it.
[gateway]
username = "acme"   # since 2019
password = "canary"

[http]
callback_token = "0123456789abcdefghijklmnopqrstuv"

[mail]
inbox = "sms@example.com"

# The last lines.
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bridge.toml"
    path.write_text(FILE)
    path.chmod(0o600)
    return path


def user(file: Path, *args: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["user", *args, "--config", str(file)], input=typed)


def hash_of(file: Path, name: str) -> str:
    return load(file, {}).users[name].password.get_secret_value()


def test_a_user_is_added_with_a_password_typed_twice(file: Path) -> None:
    done = user(
        file, "add", "jo", "--address", "jo@example.com", typed="correct horse\ncorrect horse\n"
    )
    assert done.exit_code == 0
    assert "correct" not in done.output
    assert load(file, {}).users["jo"].addresses == ("jo@example.com",)
    assert matches(hash_of(file, "jo"), "correct horse")


def test_a_password_may_come_from_a_pipe(file: Path) -> None:
    assert user(file, "add", "jo", "--password-stdin", typed="correct horse\nmore\n").exit_code == 0
    assert matches(hash_of(file, "jo"), "correct horse")


@pytest.mark.parametrize(("verb", "done"), [("passwd", "changed"), ("remove", "removed")])
def test_what_was_done_is_told_as_json(file: Path, verb: str, done: str) -> None:
    more = ("jo", "--password-stdin", "--json")
    added = user(file, "add", *more, typed="correct horse")
    assert json.loads(added.output) == {"user": "jo", "done": "added"}
    found = user(file, verb, *(more if verb == "passwd" else ("jo", "--json")), typed="battery 9")
    assert json.loads(found.output) == {"user": "jo", "done": done}


def test_a_password_is_changed(file: Path) -> None:
    user(
        file, "add", "jo", "--address", "jo@example.com", "--password-stdin", typed="correct horse"
    )
    assert user(file, "passwd", "jo", "--password-stdin", typed="battery staple").exit_code == 0
    assert matches(hash_of(file, "jo"), "battery staple")
    assert load(file, {}).users["jo"].addresses == ("jo@example.com",)


def test_a_user_is_removed_and_the_file_is_as_before(file: Path) -> None:
    user(file, "add", "jo", "--password-stdin", typed="correct horse")
    user(file, "add", "ann", "--password-stdin", typed="correct horse")
    assert user(file, "remove", "jo").exit_code == 0
    assert list(load(file, {}).users) == ["ann"]
    assert file.read_text().startswith(FILE)


def test_comments_mode_and_link_stay(file: Path, tmp_path: Path) -> None:
    file.chmod(0o400)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    user(link, "add", "jo", "--password-stdin", typed="correct horse")
    assert link.is_symlink()
    assert "# since 2019" in file.read_text()
    assert "# The last lines." in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bridge.toml", "link.toml"]


def test_users_are_listed_without_their_hashes(file: Path) -> None:
    user(
        file, "add", "jo", "--address", "jo@example.com", "--password-stdin", typed="correct horse"
    )
    user(file, "add", "printer", "--password-stdin", typed="correct horse")
    assert user(file, "list").output == "jo  jo@example.com\nprinter  (any address)\n"
    assert [json.loads(line) for line in user(file, "list", "--json").output.splitlines()] == [
        {"user": "jo", "addresses": ["jo@example.com"]},
        {"user": "printer", "addresses": []},
    ]


def test_a_file_without_users_lists_none(file: Path) -> None:
    assert user(file, "list").output == ""
    assert file.read_text() == FILE


@pytest.mark.parametrize(
    ("args", "typed", "why"),
    [
        (["add", "jo", "--password-stdin"], "short\n", "8 characters or more"),
        (["add", "jo", "--password-stdin"], "a\x07 bell, and more\n", "no control characters"),
        (["passwd", "jo", "--password-stdin"], "correct horse\n", "no user jo"),
        (["remove", "jo"], "", "no user jo"),
    ],
    ids=["a short password", "a control character", "passwd of nobody", "remove of nobody"],
)
def test_a_refusal_changes_nothing(file: Path, args: list[str], typed: str, why: str) -> None:
    done = user(file, *args, typed=typed)
    assert done.exit_code == 1
    assert why in done.output
    assert file.read_text() == FILE


def test_a_user_is_not_added_twice(file: Path) -> None:
    user(file, "add", "jo", "--password-stdin", typed="correct horse")
    done = user(file, "add", "jo", "--password-stdin", typed="battery staple")
    assert (done.exit_code, "already" in done.output) == (1, True)
    assert matches(hash_of(file, "jo"), "correct horse")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["add", "jo smith"], 'users."jo smith" ('),
        (["add", "jo", "--address", "jo@"], "users.jo.addresses[0] ("),
    ],
    ids=["a name", "an address"],
)
def test_what_the_bridge_would_not_take_is_not_written(
    file: Path, args: list[str], line: str
) -> None:
    done = user(file, *args, "--password-stdin", typed="correct horse")
    assert done.exit_code == 78
    assert line in done.output
    assert file.read_text() == FILE


def test_a_file_that_others_can_read_gets_no_hash(file: Path) -> None:
    file.chmod(0o644)
    done = user(file, "add", "jo", "--password-stdin", typed="correct horse")
    assert done.exit_code == 78
    assert f"chmod 600 {file}" in done.output
    assert file.read_text() == FILE


def test_other_mistakes_in_the_file_do_not_stand_in_the_way(file: Path) -> None:
    file.write_text(FILE + "[smtp]\nlisten = 25\n")
    assert user(file, "add", "jo", "--password-stdin", typed="correct horse").exit_code == 0
    assert "[users.jo]" in file.read_text()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    done = user(tmp_path / "none.toml", "list")
    assert done.exit_code == 78
    assert "found no file" in done.output
