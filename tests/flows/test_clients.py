"""A mail from each of the clients that people use arrives at the gateway as it was meant."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import ssl
from collections.abc import Callable, Sequence
from email.policy import SMTP
from pathlib import Path

import pytest
import trustme

from bridge.cli.playground import OWNER
from bridge.settings.passwords import hashed
from tests.flows.conftest import PATIENCE, House, OpenHouse, at, letter

PHONE = "447700900001"
WORDS = "Café at 4? £5 each.\n.a line with a dot\nBring Łukasz"
MAIL = (
    f"From: {OWNER}\r\nTo: {PHONE}\r\nSubject: Friday\r\nUserContext: ORDER-42\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n" + WORDS.replace("\n", "\r\n") + "\r\n"
).encode()

Arguments = Callable[[int, str], Sequence[str]]


def curl(port: int, to: str) -> Sequence[str]:
    return f"-sS smtp://127.0.0.1:{port} --mail-from {OWNER} --mail-rcpt {to} -T -".split()


def msmtp(port: int, to: str) -> Sequence[str]:
    return f"--host=127.0.0.1 --port={port} --auth=off --tls=off --from={OWNER} {to}".split()


def swaks(port: int, to: str) -> Sequence[str]:
    return f"--server 127.0.0.1:{port} --from {OWNER} --to {to} --data - --silent 2".split()


def s_nail(port: int, to: str) -> Sequence[str]:
    options = f"-S v15-compat -S mta=smtp://127.0.0.1:{port} -S smtp-auth=none -r {OWNER}"
    return [*options.split(), "-C", "UserContext: ORDER-42", "-s", "Friday", to]


@pytest.mark.parametrize(
    ("client", "arguments", "said"),
    [
        ("curl", curl, MAIL),
        ("msmtp", msmtp, MAIL),
        ("swaks", swaks, MAIL),
        ("s-nail", s_nail, WORDS.encode() + b"\n"),
    ],
    ids=["curl", "msmtp", "swaks", "s-nail"],
)
async def test_a_mail_from_a_client_is_texted_as_meant(
    house: House, tmp_path: Path, client: str, arguments: Arguments, said: bytes
) -> None:
    if shutil.which(client) is None:
        pytest.skip(f"{client} is not installed")
    process = await asyncio.create_subprocess_exec(
        client,
        *arguments(house.ground.smtp, at(PHONE)[0]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
    )
    printed, _ = await asyncio.wait_for(process.communicate(said), PATIENCE)
    assert process.returncode == 0, printed.decode()
    text = (await house.texted(WORDS))[0]
    assert (text.kind, text.to, text.usercontext) == ("unicode", PHONE, "ORDER-42")


async def test_the_standard_librarys_client_logs_in_after_starttls_and_only_then_may_send(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.private_key_pem.write_to_path(str(key))
    key.chmod(0o600)
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(chain), append=True)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    house = await open_house(
        smtp={"trusted_networks": [], "tls_cert": str(chain), "tls_key": str(key)},
        users={"jo": {"password": hashed("correct horse"), "addresses": [OWNER]}},
    )

    def send() -> None:
        with smtplib.SMTP("localhost", house.ground.smtp, timeout=PATIENCE) as client:
            client.starttls(context=trust)
            client.ehlo()
            client.mail(OWNER)
            assert client.rcpt(at(PHONE)[0])[0] == 550
            client.rset()
            client.login("jo", "correct horse")
            content = letter(WORDS, "Friday", UserContext="ORDER-42").as_bytes(policy=SMTP)
            assert client.sendmail(OWNER, at(PHONE), content) == {}

    await asyncio.to_thread(send)
    (text,) = await house.texted(WORDS)
    assert (text.kind, text.to, text.usercontext) == ("unicode", PHONE, "ORDER-42")
    assert house.sandbox.taken.total == 1
