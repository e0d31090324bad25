"""Where settings come from, which source wins, and who may read their files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.cli import frame
from bridge.settings import loading
from bridge.settings.effective import as_toml, rows
from bridge.settings.loading import effective, load
from bridge.settings.mistakes import SettingsError
from bridge.settings.sources import key_file

HASH = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$" + "A" * 43


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    directory = tmp_path / "credentials"
    directory.mkdir()
    return directory


def test_the_environment_is_stronger_than_dotenv_than_credentials_than_the_file(
    write: Callable[..., Path], enough: str, credentials: Path
) -> None:
    path = write(enough.replace('"acme"', '"file"'))
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert load(path, environ).gateway.username == "file"
    (credentials / "gateway.username").write_text("credential\n")
    assert load(path, environ).gateway.username == "credential"
    write("BRIDGE_GATEWAY__USERNAME=dotenv\n", ".env")
    assert load(path, environ).gateway.username == "dotenv"
    environ["BRIDGE_GATEWAY__USERNAME"] = "environment"
    assert load(path, environ).gateway.username == "environment"


def test_all_may_come_from_the_environment() -> None:
    settings = load(
        None,
        {
            "BRIDGE_GATEWAY__USERNAME": "acme",
            "BRIDGE_GATEWAY__PASSWORD": "true",
            "BRIDGE_GATEWAY__DELIVERY_REPORTS": "off",
            "BRIDGE_GATEWAY__CONNECTIONS": "4",
            "BRIDGE_HTTP__CALLBACK_TOKEN": "0123456789abcdefghijklmnopqrstuv",
            "BRIDGE_MAIL__INBOX": "sms@example.com",
            "BRIDGE_SMTP__LISTEN": '["[::1]:25", "127.0.0.1:25"]',
            "BRIDGE_CONTACTS__SAM__NUMBER": "07700 900123",
            "BRIDGE_GROUPS": '{"ops": ["sam"]}',
            "BRIDGE_SENDERS": '[{"match": "*@example.com", "profile": "machine"}]',
            "BRIDGE_CONFIG": "/nowhere",
            "PATH": "/usr/bin",
        },
    )
    assert settings.gateway.password.get_secret_value() == "true"
    assert not settings.gateway.delivery_reports
    assert settings.gateway.connections == 4
    assert [str(each) for each in settings.smtp.listen] == ["[::1]:25", "127.0.0.1:25"]
    assert settings.contacts["sam"].number.digits == "447700900123"
    assert settings.groups["ops"] == ("sam",)
    assert settings.senders[0].profile == "machine"


def test_tables_are_merged_and_lists_replaced(write: Callable[..., Path], enough: str) -> None:
    path = write(
        enough
        + '[smtp]\nlisten = ["127.0.0.1:25"]\nmax_recipients = 7\n'
        + '[contacts.sam]\nnumber = "+447700900123"\nname = "Sam"\n'
    )
    environ = {
        "BRIDGE_SMTP__LISTEN": '["127.0.0.1:26"]',
        "BRIDGE_CONTACTS": '{"jo": {"number": "+447700900124"}}',
    }
    settings = load(path, environ)
    assert [str(each) for each in settings.smtp.listen] == ["127.0.0.1:26"]
    assert settings.smtp.max_recipients == 7
    assert set(settings.contacts) == {"sam", "jo"}


@pytest.mark.parametrize("name", ["gateway.password", "gateway__password", "GATEWAY__PASSWORD"])
def test_a_credential_is_a_file_named_for_its_setting(
    write: Callable[..., Path], enough: str, credentials: Path, name: str
) -> None:
    (credentials / name).write_text("from systemd\n")
    settings = load(write(enough), {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert settings.gateway.password.get_secret_value() == "from systemd"


def test_at_a_shell_the_credentials_are_those_beside_the_settings_file(
    write: Callable[..., Path], enough: str, credentials: Path
) -> None:
    path = write(enough)
    assert path.parent == credentials.parent
    secret = credentials / "gateway.password"
    secret.write_text("from the operator\n")
    secret.chmod(0o600)
    assert load(path, {}).gateway.password.get_secret_value() == "from the operator"
    secret.chmod(0o644)
    with pytest.raises(SettingsError, match="mode 0644, which lets others read it"):
        load(path, {})


def test_a_credential_for_another_purpose_is_left_alone(
    write: Callable[..., Path], enough: str, credentials: Path
) -> None:
    (credentials / "tls.key").write_text("-----BEGIN PRIVATE KEY-----")
    (credentials / "bridge.toml").write_text("")
    assert load(write(enough), {"CREDENTIALS_DIRECTORY": str(credentials)})


@pytest.mark.parametrize("name", ["gatway.password", "gateway.pasword"])
def test_a_credential_with_a_misspelt_name_is_a_mistake(
    write: Callable[..., Path], enough: str, credentials: Path, name: str
) -> None:
    (credentials / name).write_text("canary")
    with pytest.raises(SettingsError) as caught:
        load(write(enough), {"CREDENTIALS_DIRECTORY": str(credentials)})
    [mistake] = caught.value.mistakes
    assert mistake.source == f"credential {name}"
    assert mistake.expected in ("gateway", "gateway.password")
    assert "canary" not in str(caught.value)


def test_dotenv_may_hold_other_programs_variables(write: Callable[..., Path], enough: str) -> None:
    write(
        "# ours and others\nEDITOR=vi\nexport BRIDGE_GATEWAY__USERNAME='a ${b} $c'\n",
        ".env",
    )
    assert load(write(enough), {}).gateway.username == "a ${b} $c"


# ---------------------------------------------------------------- who may read the files


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with settings that is closed to whoever the test now is."""
    monkeypatch.chdir("/")
    folder = tmp_path / "closed"
    (folder / "credentials").mkdir(parents=True)
    (folder / "bridge.toml").touch()
    folder.chmod(0)
    me = os.geteuid()
    os.seteuid(me or 65534)
    yield folder
    os.seteuid(me)
    folder.chmod(0o700)


def test_a_folder_that_is_closed_to_us_is_a_mistake_in_words(closed: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(closed / "bridge.toml", {})
    for name in ("bridge.toml", "credentials"):
        assert f"{closed / name}: found an error, Permission denied" in str(caught.value)


def test_a_credentials_folder_that_is_closed_to_us_is_one_too(closed: Path) -> None:
    with pytest.raises(SettingsError, match="Permission denied"):
        load(None, {"CREDENTIALS_DIRECTORY": str(closed)})


def test_a_working_directory_that_is_closed_to_us_is_one_too(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "DOTENV", closed / ".env")
    with pytest.raises(SettingsError, match="env: found an error, Permission denied"):
        load(None, {})


def test_the_default_file_in_a_folder_that_is_closed_to_us_may_be_there(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "DEFAULT_CONFIG", closed / "bridge.toml")
    assert frame.file_of(closed / "bridge.toml") == closed / "bridge.toml"


def test_a_file_with_secrets_that_others_can_read_is_refused(
    write: Callable[..., Path], enough: str
) -> None:
    path = write(enough, mode=0o644)
    with pytest.raises(SettingsError) as caught:
        load(path, {})
    assert str(caught.value) == (
        f"{path}: found mode 0644, which lets others read it, "
        f"expected 0600, since it holds gateway.password: chmod 600 {path}"
    )


@pytest.mark.parametrize(
    "said",
    [
        '[mail]\nsmarthost = "smtps://jo:canary@mail.example.com"\n',
        f'[users.jo]\npassword = "{HASH}"\n',
        '[http]\ncallback_token_previous = "0123456789abcdefghijklmn"\n',
    ],
    ids=["a password in a URL", "a user's hash", "a token"],
)
def test_every_kind_of_secret_counts(write: Callable[..., Path], enough: str, said: str) -> None:
    environ = {
        "BRIDGE_GATEWAY__USERNAME": "acme",
        "BRIDGE_GATEWAY__PASSWORD": "x",
        "BRIDGE_HTTP__CALLBACK_TOKEN": "0123456789abcdefghijklmnopqrstuv",
        "BRIDGE_MAIL__INBOX": "sms@example.com",
    }
    assert load(write(said, mode=0o600), environ)
    with pytest.raises(SettingsError, match="lets others read it"):
        load(write(said, mode=0o640), environ)


def test_a_file_without_secrets_may_be_read_by_all(write: Callable[..., Path]) -> None:
    path = write('[mail]\ninbox = "sms@example.com"\n', mode=0o644)
    environ = {
        "BRIDGE_GATEWAY__USERNAME": "acme",
        "BRIDGE_GATEWAY__PASSWORD": "x",
        "BRIDGE_HTTP__CALLBACK_TOKEN": "0123456789abcdefghijklmnopqrstuv",
    }
    assert load(path, environ).mail.inbox == "sms@example.com"


def test_dotenv_is_held_to_the_same(write: Callable[..., Path], enough: str) -> None:
    write("BRIDGE_GATEWAY__PASSWORD=canary\n", ".env", mode=0o644)
    with pytest.raises(SettingsError, match=r"^\.env: found mode 0644"):
        load(write(enough), {})


def test_systemds_own_directory_is_exempt(enough: str, credentials: Path) -> None:
    path = credentials / "bridge.toml"
    path.write_text(enough)
    path.chmod(0o444)
    assert load(path, {"CREDENTIALS_DIRECTORY": str(credentials)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another group")
@pytest.mark.parametrize(
    ("owner", "group", "mode", "taken"),
    [
        (0, 0, 0o640, False),
        (0, 12345, 0o640, True),
        (0, 12345, 0o660, False),
        (0, 12345, 0o644, False),
        (12345, 12345, 0o640, False),
    ],
    ids=["root's own group", "given by root", "and to write", "and to all", "a user's group"],
)
def test_root_may_give_the_file_to_the_services_group(
    write: Callable[..., Path], enough: str, *, owner: int, group: int, mode: int, taken: bool
) -> None:
    path = write(enough)
    os.chown(path, owner, group)
    path.chmod(mode)
    if taken:
        assert load(path, {})
    else:
        with pytest.raises(SettingsError, match="lets others read it"):
            load(path, {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_dotenv_of_somebody_else_is_refused(write: Callable[..., Path], enough: str) -> None:
    """Or whoever may write where the command is run would choose its gateway."""
    os.chown(write("BRIDGE_GATEWAY__URL=https://evil.example\n", ".env"), 12345, 12345)
    with pytest.raises(SettingsError, match="another user's file"):
        load(write(enough), {})


@pytest.mark.parametrize(
    ("mode", "taken"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)], ids=oct
)
def test_a_key_s_file_is_held_to_the_same(
    write: Callable[..., Path], mode: int, *, taken: bool
) -> None:
    """T81."""
    key = write("-----BEGIN PRIVATE KEY-----", "tls.key", mode)
    assert (not key_file(key, {})) is taken
    assert not key_file(key, {"CREDENTIALS_DIRECTORY": str(key.parent)}), "there it is 0440"


# ---------------------------------------------------------------- what is shown


def test_secrets_are_in_no_repr_and_in_no_printout(write: Callable[..., Path]) -> None:
    path = write(
        "[gateway]\nusername = 'acme'\npassword = 'canary-1'\n"
        "[http]\ncallback_token = 'canary-2-0123456789abc'\n"
        "callback_token_previous = 'canary-3-0123456789abc'\n"
        "[mail]\ninbox = 'sms@example.com'\nsmarthost = 'smtps://jo:canary-4@mail.example.com'\n"
        f"[users.jo]\npassword = '{HASH.replace('AAAAAA', 'canary')}'\n"
    )
    found = effective(path, {})
    printed = repr(found) + str(found.settings) + as_toml(rows(found)) + repr(rows(found))
    assert "canary" not in printed
    assert 'smarthost = "smtps://********@mail.example.com"' in printed


def test_what_is_in_effect_is_shown_with_its_source(
    write: Callable[..., Path], enough: str
) -> None:
    path = write(enough + '[[senders]]\nmatch = "user:jo"\n[groups]\nops = ["+447700900124"]\n')
    shown = as_toml(rows(effective(path, {"BRIDGE_SMTP__MAX_RECIPIENTS": "7"})))
    for line in (
        f'senders = [{{match = "user:jo"}}]  # {path}',
        "max_recipients = 7  # environment BRIDGE_SMTP__MAX_RECIPIENTS",
        'hostname = "sms.example.com"  # default',
        f'password = "********"  # {path}',
        f'ops = ["+447700900124"]  # {path}',
    ):
        assert line in shown.splitlines()


def test_what_is_shown_can_be_loaded_again_once_its_secrets_are_filled_in(
    write: Callable[..., Path], enough: str
) -> None:
    found = effective(write(enough), {})
    again = write(as_toml(rows(found)).replace("********", "0123456789abcdefghijklmnopqrstuv"))
    assert load(again, {}).smtp == found.settings.smtp
