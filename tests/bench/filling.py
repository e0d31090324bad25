"""A store as the benches want it: filled with many rows, its lane at rest, or empty again.

What is filled in stands in the tables as `Spool.accept` leaves it: one mail is accepted, and the
others are its copies, made by the database itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bridge.core.leases import Pause
from bridge.core.model import (
    Conversation,
    Envelope,
    ForwardPath,
    Msisdn,
    Session,
    Submission,
    Text,
)
from bridge.core.promises import Mail
from bridge.spool import lanes
from bridge.spool.db import Db
from bridge.spool.desk import Desk
from bridge.spool.opening import open_desk
from bridge.spool.store import Store

DAY = 86400.0
DEADLINE = 300.0
SERIAL = "serial 00000000"
"""What the template's text ends in; a copy's ends in its own."""

_COPIES = "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {mails})"
_COPIED = (
    'INSERT INTO message (id, received_at, reverse_path, peer, "user", tls, sender, sender_key,'
    " profile, token, message_id, refs, ret, envid, fingerprint, acked, reports, look_at)"
    " {copies} SELECT '{name}' || n, m.received_at, reverse_path, peer, \"user\", tls, sender,"
    " sender_key, profile, token, message_id, refs, ret, envid, fingerprint, 1, reports, look_at"
    " FROM message m CROSS JOIN copy WHERE m.id = '{name}'",
    "INSERT INTO submission (id, message, origin, kind, content, accepted_at, expires_at, profile,"
    " sender, originator, user_context, segments, after, part, parts)"
    " {copies} SELECT '{name}' || n || '.1', '{name}' || n, '{name}' || n || '.1', kind,"
    " replace(content, '{serial}', 'serial ' || substr(cast(100000000 + n AS text), 2)),"
    " accepted_at, expires_at, profile, sender, originator, user_context, segments, after, part,"
    " parts FROM submission s CROSS JOIN copy WHERE s.id = '{name}.1'",
    "INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at, address,"
    " notify, orcpt, changed_at)"
    " {copies}, phone (k) AS"
    " (SELECT 0 UNION ALL SELECT k + 1 FROM phone WHERE k + 1 < {recipients})"
    " SELECT '{name}' || n || '.1', '4477' || ({first} + (n * {recipients} + k) % {numbers}),"
    " is_list, state, due_at + n * 0.0001, expires_at, address, notify, orcpt, changed_at"
    " FROM delivery d CROSS JOIN copy CROSS JOIN phone WHERE d.submission = '{name}.1'"
    " ORDER BY n, k",
    "UPDATE delivery SET due_at = NULL WHERE submission = '{name}.1'",  # it does not wait
    "DELETE FROM message WHERE id = '{name}'",
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A store that others may work on, and how it is put in order for them."""

    desk: Desk
    spool: Store

    async def rest(self) -> None:
        """Let the submit lane rest, until it is told to go on."""
        now = self.spool.now()
        pause = Pause("BENCH", "nothing is texted now", now + DAY)
        await self.desk.write(lambda db: lanes.pause(db, pause, now))

    async def resume(self) -> None:
        """Let the submit lane go on."""
        await self.spool.resume(self.spool.now())

    async def waiting(self) -> int:
        """How many rows of the submit lane are still to be done."""
        found = await self.spool.lanes(self.spool.now())
        return next(each.waiting for each in found if each.name == "submit")

    async def later(self) -> int:
        """How many rows of the submit lane wait for a time that is far."""
        now = self.spool.now()
        query = "SELECT count(*) FROM delivery WHERE state = 'queued' AND due_at > ?"
        (found,) = await self.desk.write(lambda db: db.execute(query, (now + 3600.0,)).fetchone())
        return int(found)

    async def drained(self, left: int = 0) -> None:
        """Return when no more than `left` rows wait; raises `TimeoutError` where they stay."""
        async with asyncio.timeout(DEADLINE):
            while await self.waiting() > left:  # noqa: ASYNC110 - another process works on it
                await asyncio.sleep(0.02)

    async def fill(
        self,
        name: str,
        mails: int,
        *,
        recipients: int,
        numbers: int,
        first: int = 20_000_000,
        due_in: float = 0.0,
    ) -> None:
        """Let some mails wait, each a text to so many recipients, `numbers` different in all.

        Their ids begin with `name`, the numbers with 4477 and `first`.  They are due one after the
        other, the first of them `due_in` seconds from now.
        """
        await self.spool.accept(_template(name, self.spool.now() + due_in))
        copies = _COPIES.format(mails=mails)

        def work(db: Db) -> None:
            for each in _COPIED:
                db.execute(
                    each.format(
                        copies=copies,
                        name=name,
                        serial=SERIAL,
                        recipients=recipients,
                        numbers=numbers,
                        first=first,
                    )
                )

        await self.desk.write(work)

    async def now_due(self) -> None:
        """Let all that waits be due, in the order that it has."""
        now = self.spool.now()
        await self.desk.write(
            lambda db: db.execute(
                "UPDATE delivery SET due_at = due_at -"
                " (SELECT max(due_at) FROM delivery WHERE state = 'queued') + ?"
                " WHERE state = 'queued'",
                (now,),
            )
        )


@asynccontextmanager
async def at_bench(url: str) -> AsyncIterator[Bench]:
    """A store, opened beside its daemons."""
    desk = await open_desk(url, daemon=False)
    try:
        yield Bench(desk, Store(desk))
    finally:
        await desk.close()


def _template(name: str, at: float) -> Mail:
    """The mail that the others are copies of; accepted at, and due from, an instant."""
    number = Msisdn("447720000000")
    text = Submission(
        id=f"{name}.1",
        mail=name,
        destinations=(number,),
        content=Text(f"service web is down and somebody ought to look at it soon, {SERIAL}"),
        accepted_at=at,
        expires_at=at + DAY,
        profile="machine",
        sender="machine@example.com",
    )
    path = ForwardPath(f"{number}@sms.example.com", (number,))
    return Mail(
        id=name,
        envelope=Envelope("machine@example.com", (path,), name.encode(), at, Session("127.0.0.1")),
        profile="machine",
        sender="machine@example.com",
        conversation=Conversation(f"2{name}", "", "filled", "", ""),
        submissions=(text,),
    )
