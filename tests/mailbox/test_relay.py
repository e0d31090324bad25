"""T29: a real Postfix in front that takes mail from anybody, and checks DMARC; see README."""

from __future__ import annotations

import asyncio
import smtplib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.cli.playground import DOMAIN, Playground, Ports, playground
from tests.flows.conftest import letter, until
from tests.flows.ports import lasting_port
from tests.mailbox.milter import Checker
from tests.mailbox.servers import OUTSIDE, MailServer, lacking, mail_server

SAM = f"447700900123@{DOMAIN}"
MX = "mx.example.com"
AS_README_SAYS = """\
relay_domains = sms.example.com
smtpd_milters = inet:127.0.0.1:{checker}
milter_default_action = tempfail
header_checks = regexp:{{folder}}/header_checks
"""
HEADER_CHECKS = "/^Authentication-Results:/ IGNORE\n"


@dataclass(frozen=True, slots=True)
class Front:
    """A mail server that anybody may send to, and the bridge behind it."""

    server: MailServer
    ground: Playground

    def taken(self, sender: str, *, author: str, forged: bool = False) -> None:
        """A stranger hands over a mail, of which Postfix takes what it will."""
        domain = author.rpartition("@")[2]
        forgery = {"Authentication_Results": f"{MX}; dmarc=pass header.from={domain}"}
        mail = letter("Call me", **(forgery if forged else {}), From=f"Jo <{author}>")
        with smtplib.SMTP("127.0.0.1", self.server.smtp, source_address=(OUTSIDE, 0)) as client:
            client.sendmail(sender, [SAM], mail.as_bytes())

    async def said(self, words: str) -> None:
        """Wait until the bridge said so to Postfix."""

        async def there() -> bool:
            return words in self.server.log

        await until(there)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, as sockets want it, that others may enter."""
    with tempfile.TemporaryDirectory(prefix="mx-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "header_checks").write_text(HEADER_CHECKS)
        yield folder


@pytest.fixture
async def front(folder: Path) -> AsyncIterator[Front]:
    if reason := lacking():
        pytest.skip(reason)
    async with AsyncExitStack() as stack:
        checker = Checker(MX, {"example.org": "pass", "example.net": "pass"})
        checker.port = lasting_port()
        await stack.enter_async_context(checker)
        more = AS_README_SAYS.format(checker=checker.port)
        starting = mail_server(folder, more)
        server = await asyncio.to_thread(starting.__enter__)  # it asks the checker at once
        stack.push(starting)
        said = {
            "smtp": {"relays": ["127.0.0.1"], "authserv_id": MX},
            "mail": {"smarthost": f"smtp://127.0.0.1:{server.smtp}"},
            "senders": [{"match": "*@example.org"}],
        }
        ground = await stack.enter_async_context(
            playground(Ports(smtp=server.bridge), changes=said)
        )
        yield Front(server, ground)


async def test_t29_of_what_anybody_sends_only_vouched_mail_becomes_texts(front: Front) -> None:
    refused = "550 5.7.1 this mail came by a relay, and"
    for author, sender, forged, no in (
        ("jo@example.com", "jo@example.com", True, f"{MX} says dmarc=fail, not dmarc=pass"),
        ("jo@example.net", "jo@example.net", False, "jo@example.net matches no address pattern"),
        ("jo@example.org", "jo@evil.org", False, "its return path jo@evil.org is not at"),
    ):
        await asyncio.to_thread(front.taken, sender, author=author, forged=forged)
        await front.said(f"{refused} {no}")
    assert not front.ground.sandbox.taken

    await asyncio.to_thread(front.taken, "jo@example.org", author="jo@example.org", forged=True)

    async def texted() -> bool:
        return [each.text for each in front.ground.sandbox.taken] == ["Call me"]

    await until(texted)
