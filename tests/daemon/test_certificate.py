"""A certificate that changes while the daemon runs: new sessions see it, old ones go on."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from bridge.certificate import Certificate
from bridge.cli.surroundings import handshake
from bridge.settings.mistakes import Mistake, SettingsError

HOST = "sms.example.com"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def renewed(authority: trustme.CA, tmp_path: Path) -> Callable[[], None]:
    """Writes a new certificate with its key."""

    def written() -> None:
        issued = authority.issue_cert(HOST)
        _replaced(tmp_path / "chain.pem", issued.cert_chain_pems[0].bytes())
        _replaced(tmp_path / "key.pem", issued.private_key_pem.bytes())

    written()
    return written


def _replaced(file: Path, octets: bytes) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_bytes(octets)
    fresh.replace(file)


def made(folder: Path, allowed: Callable[[], None] = lambda: None) -> Certificate:
    return Certificate(folder / "chain.pem", folder / "key.pem", allowed)


def serial(found: Certificate, authority: trustme.CA) -> object:
    """What a client sees of it, that trusts the authority and checks the name."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client)
    return handshake(found.context, client, HOST)["serialNumber"]


def test_new_files_are_shown_from_the_next_look_on(
    authority: trustme.CA, renewed: Callable[[], None], tmp_path: Path
) -> None:
    found = made(tmp_path)
    first = serial(found, authority)
    renewed()
    assert serial(found, authority) == first, "nobody looked yet"
    found.renew()
    second = serial(found, authority)
    assert second != first
    found.renew()
    assert serial(found, authority) == second


def test_a_pair_that_does_not_fit_together_yet_changes_nothing(
    authority: trustme.CA,
    renewed: Callable[[], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = made(tmp_path)
    first = serial(found, authority)
    key = (tmp_path / "key.pem").read_bytes()
    renewed()
    latest = (tmp_path / "key.pem").read_bytes()
    _replaced(tmp_path / "key.pem", key)
    for _ in range(3):
        found.renew()
    assert serial(found, authority) == first
    assert capsys.readouterr().out.count("not taken") == 1, "told once, and not at every look"
    _replaced(tmp_path / "key.pem", latest)
    found.renew()
    assert serial(found, authority) != first


@pytest.mark.parametrize("lost", ["chain.pem", "key.pem"])
def test_a_file_that_is_gone_or_no_certificate_changes_nothing(
    authority: trustme.CA, renewed: Callable[[], None], tmp_path: Path, lost: str
) -> None:
    found = made(tmp_path)
    first = serial(found, authority)
    (tmp_path / lost).unlink()
    found.renew()
    assert serial(found, authority) == first
    _replaced(tmp_path / lost, b"no certificate")
    found.renew()
    assert serial(found, authority) == first


def test_a_key_that_others_may_read_is_not_taken(
    authority: trustme.CA, renewed: Callable[[], None], tmp_path: Path
) -> None:
    loose: list[Mistake] = []

    def allowed() -> None:
        if loose:
            raise SettingsError(tuple(loose))

    found = made(tmp_path, allowed)
    first = serial(found, authority)
    loose.append(Mistake("smtp.tls_key", "settings", "mode 0644", "0600"))
    renewed()
    found.renew()
    assert serial(found, authority) == first
    with pytest.raises(SettingsError):
        made(tmp_path, allowed)

    loose.clear()
    (tmp_path / "key.pem").chmod(0o600)
    (tmp_path / "key.pem").chmod(0o400)
    found.renew()
    assert serial(found, authority) != first, "what the message asked for was done"
