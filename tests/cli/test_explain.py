"""`smsbridge explain`: the decision on a mail, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import frame
from bridge.cli.main import main
from tests.cli.conftest import written

JO = f"""\
[users.jo]
password = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0${"A" * 43}"
addresses = ["jo@example.com"]
"""
MAIL = (
    b"From: Jo <jo@example.com>\nTo: 447700900123@sms.example.com\nSubject: Friday\n\n"
    b"Hi Sam\n-- \nJo Smith\n"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path, JO)


def explain(
    config: Path | None, *arguments: str, mail: bytes = MAIL, color: bool = False
) -> Result:
    options = ["--config", str(config)] if config else []
    return CliRunner().invoke(main, ["explain", *options, "-", *arguments], input=mail, color=color)


def test_a_user_s_mail_is_explained_as_a_person_s(config: Path) -> None:
    found = explain(config)
    assert found.exit_code == frame.DONE, found.output
    assert "Profile   person: jo logged in" in found.output
    assert "- Jo Smith  signature" in found.output
    assert "          | Hi Sam\n" in found.output


def test_what_was_cut_is_struck_through_on_a_terminal(config: Path) -> None:
    found = explain(config, color=True)
    assert "\x1b[2m\x1b[9mJo Smith\x1b[0m" in found.output


def test_programs_get_one_json_object(config: Path) -> None:
    found = json.loads(explain(config, "--json").stdout)
    assert found["sendings"][0]["texts"] == ["Hi Sam"]
    assert found["lines"][-1] == {"text": "Jo Smith", "by": "signature"}


def test_the_session_can_be_another(config: Path) -> None:
    found = explain(config, "--peer", "127.0.0.1", "--from", "ups@nas", "--to", "07700900124")
    assert "Profile   machine" in found.output
    assert "07700900124@sms.example.com: 447700900124" in found.output
    assert "| Jo Smith" in found.output


def test_whose_mail_nobody_knows_is_a_person_s_unless_it_is_said(config: Path) -> None:
    mail = MAIL.replace(b"jo@example.com", b"kim@example.com")
    person, machine = explain(config, mail=mail), explain(config, "--as", "machine", mail=mail)
    assert "Profile   person: somebody logged in" in person.output
    assert "a machine's is --as machine" in person.stderr
    assert "Profile   machine: 127.0.0.1 is in a trusted network" in machine.output


RELAYED = f"""\
{JO}
[smtp]
relays = ["192.0.2.5"]
authserv_id = "mx.example.com"

[[senders]]
match = "*@example.com"
"""
PASSED = b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n"


def test_a_relays_mail_is_explained_as_its_authors(tmp_path: Path) -> None:
    found = explain(written(tmp_path, RELAYED), "--peer", "192.0.2.5", mail=PASSED + MAIL)
    assert found.exit_code == frame.DONE, found.output
    assert "person: a relay brought it, and DMARC vouches for jo@example.com" in found.output


def test_what_a_relays_mail_is_lacking_is_told(tmp_path: Path) -> None:
    found = explain(written(tmp_path, RELAYED), "--peer", "192.0.2.5")
    assert found.exit_code == frame.REFUSED
    assert "and has no Authentication-Results of mx.example.com" in found.stderr


@pytest.mark.parametrize(
    ("option", "said"), [("--peer", "nonsense"), ("--user", "nobody"), ("--as", "robot")]
)
def test_a_session_that_cannot_be_is_a_wrong_usage(config: Path, option: str, said: str) -> None:
    found = explain(config, option, said)
    assert found.exit_code == frame.USAGE
    assert said in found.stderr


@pytest.mark.parametrize(
    ("author", "sender"),
    [
        (b"Jo\n <jo@example.com>", "jo@example.com"),
        (b'"jo@example.com via List" <list@example.org>', "list@example.org"),
        (b"jo@example.com", "jo@example.com"),
    ],
)
def test_the_sender_is_the_address_of_from(config: Path, author: bytes, sender: str) -> None:
    mail = MAIL.replace(b"Jo <jo@example.com>", author)
    assert f"From      {sender}\n" in explain(config, mail=mail).output


def test_a_mail_in_the_vendors_form_is_explained_without_its_password(config: Path) -> None:
    mail = b"From: jo@example.com\nTo: sendsms@sms.example.com\nSubject: x\n\n"
    mail += b"Password: s3cr3t\nTo: 07700900123\nUserContext: 42\n\nHello\n"
    found = explain(config, mail=mail)
    assert "07700900123@sms.example.com: 447700900123" in found.output
    assert "user context: 42" in found.output
    assert "          | Hello\n" in found.output
    assert "s3cr3t" not in found.output


def test_several_recipients_stand_in_one_option_or_in_many(config: Path) -> None:
    found = explain(config, "--to", "07700900123, 07700900124", "--to", "07700900125")
    assert "1 segment x 3 numbers = 3 credits" in found.output


def test_so_is_one_that_was_sent_to_explain_itself(config: Path) -> None:
    mail = b"From: jo@example.com\nTo: explain@sms.example.com\n\n"
    mail += b"To: 07700900123\nPassword: s3cr3t\n\nHello\n"
    found = explain(config, mail=mail)
    assert "07700900123@sms.example.com: 447700900123" in found.output
    assert "          | Hello\n" in found.output
    assert "s3cr3t" not in found.output


def test_a_refusal_ends_in_its_own_status(config: Path) -> None:
    found = explain(config, "--to", "0770090012")
    assert found.exit_code == frame.REFUSED
    assert "0770090012 is one digit short" in found.output


def test_nothing_of_a_mail_reaches_the_terminal_as_a_command(config: Path) -> None:
    found = explain(config, mail=b"Subject: x\n\nHi \x1b[2Jthere\x07\n")
    assert "\x1b" not in found.output
    assert "\x07" not in found.output


def test_it_works_before_there_are_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "DEFAULT_CONFIG", tmp_path / "none.toml")
    found = explain(tmp_path / "none.toml", "--user", "jo")
    assert found.exit_code == frame.DONE, found.output
    assert "explained by the defaults" in found.output
    assert "| Hi Sam" in found.output
