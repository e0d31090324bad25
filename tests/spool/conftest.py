"""The words in which the stories of the spool are told; one suite for every kind of store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.commands import Command
from bridge.core.events import Event, Progress, SmsReceived, StatusReport
from bridge.core.judge import judge, overdue
from bridge.core.leases import NoticeVerdict, SubmissionLease, Told
from bridge.core.model import (
    Content,
    Conversation,
    Destination,
    Envelope,
    ForwardPath,
    Msisdn,
    Notify,
    Session,
    Submission,
    Text,
)
from bridge.core.outcomes import InDoubt, Outcome
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Callback, Folding, Mail
from bridge.spool.contract import Spool
from bridge.spool.opening import MIN_FREE, STORES, open_spool
from bridge.spool.sqlite.file import open_file
from bridge.spool.views import Record
from tests.postgres import QUICK, Server
from tests.spool.arrows import guard, postgres_guard

NOW = 1_790_000_000.0
SAM = Msisdn("447700900123")
ALEX = Msisdn("447700900124")
HOST = "https://gateway.example"
NO_ANSWER = InDoubt("NO_ANSWER", "the connection was reset")


def profile(name: str, *, resend: bool = False) -> Profile:
    """A profile of which the spool's stories need the name and what happens in doubt."""
    return Profile(
        name=name,
        text="body",
        clean=False,
        max_segments=4,
        over_limit="truncate",
        media=True,
        in_doubt="resend" if resend else "tell",
        reports="failures",
        expires=3600.0,
    )


WORDS = {
    Progress.PENDING: ("3", Progress.PENDING, "message sent", "2.0.0"),
    Progress.DELIVERED: ("4", Progress.DELIVERED, "message delivered", "2.0.0"),
    Progress.UNDELIVERABLE: ("6", Progress.UNDELIVERABLE, "unable to deliver", "5.0.0"),
    Progress.EXPIRED: ("8", Progress.EXPIRED, "message expired", "4.4.7"),
}
POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={"person": profile("person"), "machine": profile("machine", resend=True)},
    postmaster="postmaster@example.com",
)


@dataclass
class Story:
    """A store, and who writes to it: mails, the gateway's answers, its callbacks."""

    url: str
    spool: Spool
    opened: list[Spool] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # ------------------------------------------------------------ what is written

    def mail(
        self,
        *destinations: Destination,
        texts: tuple[Content, ...] = (Text("hello"),),
        profile: str = "person",
        sender: str = "jo@example.com",
        user_context: str = "",
        token: str = "",
        at: float = NOW,
        raw: bytes = b"",
        folding: Folding | None = None,
        urgent: bool = False,
        closings: tuple[str, ...] = (),
        notify: tuple[Notify, ...] = (),
        reports: str = "failures",
    ) -> Mail:
        """A mail to some numbers; several texts are parts that follow each other."""
        n = next(self.numbers)
        id_ = f"{n:06}"
        token = token or f"2tok{n:06}"
        submissions: list[Submission] = []
        for part, content in enumerate(texts, start=1):
            submissions.append(
                Submission(
                    id=f"{id_}.{part}",
                    mail=id_,
                    destinations=destinations or (SAM,),
                    content=content,
                    accepted_at=at,
                    expires_at=at + 3600.0,
                    profile=profile,
                    sender=sender,
                    user_context=user_context or token,
                    after=submissions[-1].id if submissions else "",
                    part=part,
                    parts=len(texts),
                    urgent=urgent,
                )
            )
        raw = raw or b"Subject: Friday\r\nFrom: jo\r\n\r\nhello %d\r\n" % n
        paths = tuple(
            ForwardPath(f"{d}@sms.example.com", (d,), notify=frozenset(notify))
            for d in destinations or (SAM,)
        )
        return Mail(
            id=id_,
            envelope=Envelope(sender, paths, raw, at, Session("192.0.2.1", "jo")),
            profile=profile,
            sender=sender,
            conversation=Conversation(
                token, sender, "Friday", f"<{id_}@example.com>", user_context
            ),
            submissions=tuple(submissions),
            message_id=f"<{id_}@example.com>",
            closings=closings,
            folding=folding,
            reports=reports,
        )

    def text(self, words: str = "ok", *, number: str = SAM.digits, **more: str) -> SmsReceived:
        """A text that a phone sent."""
        return SmsReceived(
            number, words, more.get("message_id", "m1"), "", more.get("context", ""), "", NOW
        )

    def report(
        self,
        message_id: str,
        *,
        number: str = SAM.digits,
        progress: Progress = Progress.DELIVERED,
        at: float = NOW,
    ) -> StatusReport:
        """The network's word on a number."""
        return StatusReport(message_id, number, *WORDS[progress], at)

    def callback(
        self, event: Event, *, key: str = "", weak: bool = False, at: float = NOW
    ) -> Callback:
        """A callback that means an event."""
        return Callback(event, key or repr(event), weak, b"raw=1", "text/plain", at)

    # ------------------------------------------------------------ what happens

    async def lease(self, now: float = NOW, *, owner: str = "us") -> list[SubmissionLease]:
        """All submissions that are due, for a minute."""
        return list(await self.spool.lease_submissions(owner, 1000, now, now + 60))

    async def one(self, now: float = NOW, *, owner: str = "us") -> SubmissionLease:
        """The one submission that is due."""
        (found,) = await self.lease(now, owner=owner)
        return found

    async def judged(
        self, lease: SubmissionLease, outcome: Outcome | Mapping[Destination, Outcome], now: float
    ) -> bool:
        """Settle a lease as the gateway's answer asks, whether its request began or not."""
        if not isinstance(outcome, Mapping):
            outcome = {each.destination: outcome for each in lease.pending}
        return await self.spool.settle(lease, judge(POLICY, lease, outcome, now), now)

    async def sent(
        self,
        outcome: Outcome | Mapping[Destination, Outcome],
        now: float = NOW,
        *,
        lease: SubmissionLease | None = None,
    ) -> SubmissionLease:
        """Send the one submission that is due (or a lease) and settle what came of it."""
        lease = lease or await self.one(now)
        assert await self.spool.begin(lease, HOST, now)
        assert await self.judged(lease, outcome, now)
        return lease

    async def expired(self, lease: SubmissionLease, now: float) -> None:
        """Settle a lease whose time is up."""
        verdict = overdue(lease, now)
        assert verdict is not None
        assert await self.spool.settle(lease, verdict, now)

    async def told(self, now: float) -> list[Event]:
        """What is mailed now, and whether the smarthost took it is no question."""
        leases = await self.spool.lease_events("us", 1000, now, now + 60)
        for each in leases:
            verdict = NoticeVerdict(Told.MAILED, None)
            assert await self.spool.settle_event(each, verdict, now)
        return [each.item for each in leases]

    async def ordered(self, command: Command, target: str, now: float = NOW) -> int | None:
        """Have a command obeyed; how many deliveries it moved."""
        id_ = await self.spool.order(command, target, "root", now)
        await self.spool.obey(now)
        return (await self.spool.commanded(id_)).changed

    async def reopened(self, *, daemon: bool = True) -> Spool:
        """The store after this process ended and another began."""
        await self.spool.close()
        self.spool = await self.another(daemon=daemon)
        return self.spool

    async def another(self, *, daemon: bool = False, min_free: int = MIN_FREE) -> Spool:
        """The same store, opened a second time (the command line; the next daemon)."""
        found = await open_spool(self.url, daemon=daemon, min_free=min_free)
        self.opened.append(found)
        return found

    async def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What a statement found in the store, or did to it, behind the spool's back."""
        scheme, _, rest = self.url.partition("://")
        desk = await STORES[scheme](rest, daemon=False, min_free=0, clock=None)
        try:
            found = await desk.write(lambda db: db.execute(statement, parameters).fetchall())
            return [tuple(row) for row in found]
        finally:
            await desk.close()

    # ------------------------------------------------------------ what is to be seen

    async def lines(self, what: str, about: str = "") -> list[Record]:
        """The store's lines of one kind, oldest first."""
        return [each for each in await self.spool.browse(about) if each.what == what]

    async def states(self, about: str = "") -> dict[tuple[str, str], str]:
        """Where each destination of each submission stands."""
        found = await self.lines("delivery", about)
        return {(each.id, str(each.fields["number"])): str(each.fields["state"]) for each in found}

    async def state(self, about: str = "") -> str:
        """Where the one delivery stands."""
        (found,) = (await self.states(about)).values()
        return found

    async def events(self) -> list[tuple[str, str]]:
        """Kind and state of each event, in the order of their arrival."""
        found = await self.lines("event")
        found.sort(key=lambda each: int(each.id.removeprefix("e")))
        return [(str(each.fields["kind"]), str(each.fields["state"])) for each in found]


def later(mail: Mail, seconds: float) -> Mail:
    """The same transaction, tried again: another id, the same client, envelope and content."""
    envelope = replace(mail.envelope, received_at=mail.envelope.received_at + seconds)
    id_ = mail.id + "again"
    submissions = tuple(replace(s, id=s.id + "again", mail=id_) for s in mail.submissions)
    return replace(mail, id=id_, envelope=envelope, submissions=submissions)


async def damage(story: Story) -> None:
    """Write over each event so that no program can read it."""
    await story.sql("UPDATE event SET item = '{}'")


on_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""Marks what is told of a store in a file alone."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server with a store in its database `stories`, started when first wanted."""
    with Server(**QUICK) as server:
        server.execute("CREATE DATABASE stories TEMPLATE template0")
        asyncio.run(_used(server.url("stories")))
        server.execute(postgres_guard(), "stories")
        yield server


async def _used(url: str) -> None:
    await (await open_spool(url, daemon=False)).close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that nobody has used yet, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/spool.db"
    server: Server = request.getfixturevalue("postgres")
    return server.emptied("stories")


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, set[str]]]:
    """A store's writing connection, and the statements that it ran."""
    file = open_file(f"/{tmp_path}/plans.db", daemon=True)
    seen: set[str] = set()
    file.writing.set_trace_callback(seen.add)
    yield file.writing, seen
    file.writing.set_trace_callback(None)
    file.writing.close()
    file.close()


@pytest.fixture
async def story(url: str) -> AsyncIterator[Story]:
    """An open store, as the daemon has it, on a disk that is never too full for a test."""
    found = Story(url, await open_spool(url, daemon=True))
    if url.startswith("sqlite"):
        guard(Path(url.removeprefix("sqlite:///")))
    yield found
    for each in (found.spool, *found.opened):
        await each.close()
