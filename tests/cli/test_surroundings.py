"""What a machine has around the bridge that may fail it, as `smsbridge check` sees it."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from bridge.cli import surroundings

HOST = "sms.example.com"
MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=1g
39 22 0:49 / /srv rw,relatime shared:8 - autofs systemd-1 rw
40 22 0:50 / /srv rw,relatime shared:9 - nfs4 nas:/srv rw,vers=4.2
41 40 8:2 / /srv/local\040disk rw,relatime shared:9 - xfs /dev/sdb1 rw
""".lstrip()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certified(
    authority: trustme.CA, folder: Path, name: str, days: float
) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS, and its chain as a file; it ends in some days."""
    end = datetime.now(UTC) + timedelta(days=days)
    cert = authority.issue_cert(name, not_after=end)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    cert.configure_cert(served)
    chain = folder / "tls.crt"
    chain.write_bytes(b"".join(each.bytes() for each in cert.cert_chain_pems))
    return served, chain


@pytest.fixture
def believed(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own authority is one of this machine's."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        pytest.param(HOST, 90, [], id="good"),
        pytest.param(HOST, 5.5, ["ends in 5 days; renew it"], id="soon over"),
        pytest.param(HOST, -1, ["certificate has expired"], id="over"),
        pytest.param("mail.example.com", 90, ["Hostname mismatch"], id="another host's"),
    ],
)
@pytest.mark.usefixtures("believed")
def test_a_certificate_is_seen_as_its_clients_see_it(
    authority: trustme.CA, tmp_path: Path, name: str, days: float, words: list[str]
) -> None:
    served, chain = certified(authority, tmp_path, name, days)
    found = list(surroundings.certificate(served, chain, HOST, time.time()))
    assert len(found) == len(words)
    for said, expected in zip(found, words, strict=True):
        assert said.startswith(f"{chain}: ")
        assert expected in said


def test_a_certificate_that_no_authority_signed_is_told(
    authority: trustme.CA, tmp_path: Path
) -> None:
    served, chain = certified(authority, tmp_path, HOST, 90)
    (said,) = surroundings.certificate(served, chain, HOST, time.time())
    assert "a client that looks will not believe it" in said


@pytest.mark.parametrize(
    ("mode", "warned"),
    [(0o700, False), (0o755, False), (0o1777, False), (0o770, True), (0o777, True)],
    ids=oct,
)
def test_a_folder_in_which_others_may_write_is_told(
    tmp_path: Path, mode: int, *, warned: bool
) -> None:
    tmp_path.chmod(mode)
    found = list(surroundings.folder(tmp_path / "bridge.db"))
    assert len(found) == warned


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/var/lib/smsbridge/bridge.db", ""),
        ("/srv/bridge.db", "network file system (nfs4)"),
        ("/srv/local disk/bridge.db", ""),
        ("/run/smsbridge/bridge.db", "in memory (tmpfs)"),
    ],
)
def test_a_store_belongs_on_a_disk_of_its_own_machine(
    tmp_path: Path, place: str, words: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    found = list(surroundings.disk(Path(place), mounts))
    assert len(found) == bool(words)
    assert words in "".join(found)


def test_where_mounts_are_not_known_nothing_is_said(tmp_path: Path) -> None:
    assert not list(surroundings.disk(Path("/x"), tmp_path / "none"))


def test_a_clock_that_nobody_set_is_told(tmp_path: Path) -> None:
    assert not list(surroundings.clock(tmp_path / "none"))
    assert len(list(surroundings.clock(tmp_path))) == 1
    (tmp_path / "synchronized").touch()
    assert not list(surroundings.clock(tmp_path))
