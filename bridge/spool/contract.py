"""The spool: what we promised, durable until it is kept.  Each verb is one transaction.

Both roads cross here.  Whatever returns from a verb that writes is committed and synced; what
raises `Unavailable` is not, and the listeners answer 451 and 503.  A store decides nothing: it
writes the verdicts of `core.judge`, and asks it where a row must follow another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from bridge.core.about import About
from bridge.core.commands import Command
from bridge.core.consent import Optout, OptoutChange, OptoutEffect
from bridge.core.costs import Cost
from bridge.core.events import Event, LowBalance
from bridge.core.leases import EventLease, NoticeVerdict, SubmissionLease, Verdict
from bridge.core.model import Facts, Part, Session
from bridge.core.promises import Callback, Limits, Mail
from bridge.spool.views import Commanded, Lane, Record, Tail


class Unavailable(Exception):
    """The store cannot promise anything now: locked, full, failing.  Nothing was promised."""


class Uncertain(Unavailable):
    """Whether it was committed nobody can tell now: the database was lost at that moment."""


class Full(Unavailable):
    """The disk is nearly full: nothing new is taken, what is under way goes on."""


class Broken(Unavailable):
    """A write or a sync failed: nothing more is written, by any verb; only a restart helps.

    The daemon ends with status 75; what it promised before is kept.
    """


class Unusable(Exception):
    """The store cannot be opened: damaged, of another version.  The text says what to do."""


LaneName: TypeAlias = Literal["submit", "notify"]

LimitsOf: TypeAlias = Callable[[Session, str], Limits]
"""The limits of who mailed, by session and reverse path."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A free hand, kept for what is just being accepted: `owner` sends it to `host` at once.

    `take` is called once: with a lease of `lasts` seconds, or None, and the hand is free again.
    """

    owner: str
    host: str
    lasts: float
    take: Callable[[SubmissionLease | None], None]


class Spool(Protocol):
    """What a store does.  All instants are the caller's, told by the store's clock: see `now`."""

    def now(self) -> float:
        """The store's time, in UNIX seconds.

        Whoever works on a store takes the time from it: all who share one are of one mind then.
        It goes on evenly while the wall's clock is set, until `keep_time` follows.
        """

    async def keep_time(self) -> float:
        """Follow the wall's clock if it was set (see `leaping`); by how many seconds, 0.0 for none.

        The daemon asks before all else, and then every second or so.
        """

    async def accept(self, mail: Mail) -> str:
        """Store a mail, its submissions and what its sender must hear; return its spool id.

        Durable on return; raises `Full` where the disk has no room.  If the same client sent the
        same envelope and content (fingerprint) within the last hour and never got its 250, that
        earlier mail's id is returned and nothing is stored: the client's retry joins it.

        Where a hand is free (`offer`), and nothing is due or holds its one submission up, the
        request begins with the same commit.
        """

    def offer(self, hands: Callable[[], Hand | None]) -> None:
        """Ask here for a free hand of the submit lane whenever a mail is accepted."""

    async def receive(self, callback: Callback) -> tuple[int, bool]:
        """Store a callback's raw bytes and its event; return the event's id and whether it is new.

        Durable on return; raises `Full` where the disk has no room.  A caller that waits no longer
        leaves it to be committed all the same.  A status report moves the
        state of the delivery it names, settles the one delivery that may have been sent to its
        number, or waits as an orphan for its submission.  It is a record: what it means for the
        mail's sender becomes part of an `Undelivered` or a `Summary` of that mail.
        """

    async def acknowledged(self, mails: Iterable[str] = (), events: Iterable[int] = ()) -> None:
        """Note whose 250 or 200 was written to the wire (may be lost in a crash; that is safe)."""

    async def facts(self, numbers: Iterable[str], tokens: Iterable[str], sender: str = "") -> Facts:
        """What the rules need to know of these digits and these conversation tokens.

        `sender` is the key of one whose learned tails are wanted ("": they are not).  An opt-out
        that another process wrote down counts within a second.
        """

    async def lease_submissions(
        self,
        owner: str,
        limit: int,
        now: float,
        until: float,
        *,
        unsent: bool = False,
        host: str = "",
    ) -> Sequence[SubmissionLease]:
        """Lease up to `limit` submissions of which something is due, oldest first.

        One lease holds the due deliveries of one submission that stand alike: queued ones, to be
        sent, or (`orphaned`) ones whose request began under a holder that died, or whose wait in
        doubt is over.  While the lane rests, or if `unsent`, only what needs no sending is leased:
        orphans, and what is past `expires_at`.  What was accepted for a number goes in its order:
        what is due stays behind while an earlier text to it is under way or is to be tried again.
        What was never sent begins with the same commit, if a `host` is named.
        """

    async def free(self, limits_of: LimitsOf, now: float) -> int:
        """Let go what limits hold as far as their windows are free, oldest first; how many texts.

        `limits_of` are those of now, which may have been changed since a text was held.
        """

    async def recall(self, token: str, now: float) -> int:
        """Let what was deferred for this token alone go at once, in its old order; how many."""

    async def begin(self, lease: SubmissionLease, host: str, now: float) -> bool:
        """Record that the request to `host` begins; durable on return.

        False: it is lost, or was given back: after an opt-out, or if nobody knows if it was noted.
        """

    async def give_back(self, lease: SubmissionLease, now: float, *, after: float = 0.0) -> None:
        """Let go of a lease of which certainly nothing was sent: it is due `after` some seconds."""

    async def settle(self, lease: SubmissionLease, verdict: Verdict, now: float) -> bool:
        """Write a verdict: states, events, the next parts, the pause.  False: the lease is lost.

        Of a verdict whose lease is lost only the ids that the gateway gave are kept: what it took
        is never sent again.
        """

    async def lease_events(
        self, owner: str, limit: int, now: float, until: float
    ) -> Sequence[EventLease]:
        """Lease up to `limit` events whose mail is due, oldest first; an unreadable one is dead.

        What a report tells is fixed when it is leased for the first time.
        """

    async def keep_parts(self, lease: EventLease, parts: Sequence[Part]) -> bool:
        """Keep files of an MMS that were fetched, beside its event.  False: the lease is lost."""

    async def order_before(self, lease: EventLease) -> int | None:
        """The event of an earlier order for the same list, which is not carried out yet."""

    async def gather(self, event: int, mailboxes: Sequence[str], now: float) -> Mapping[str, int]:
        """Before a report is mailed: those of its mailboxes that hear of it in another event.

        That is a `Gathered`, for a mailbox that heard of too much lately (`core.gathering`).  What
        was decided once for a report and a mailbox stays so, however often it is tried.
        """

    async def settle_event(self, lease: EventLease, verdict: NoticeVerdict, now: float) -> bool:
        """Write what became of an event's mail.  False: the lease is lost."""

    async def tell(self, event: Event, now: float) -> int:
        """Store an event that no callback brought, to be mailed; its id, durable on return.

        Failures of one mail that come within `reporting.TOGETHER` seconds are one event.  What a
        client mails to the bridge is one with its retry, as with `accept`.
        """

    async def remind(self, now: float) -> int:
        """Tell the senders of texts that still wait, or of which no report came; return how many.

        Each mail is looked after a quarter of an hour after it came (`core.reminding`), and again
        when no report is to be expected any longer.  In bounded steps, as `sweep`.
        """

    async def about(self, event: Event) -> About:
        """Whose text an event answers or tells of."""

    async def resume(self, now: float) -> None:
        """End the submit lane's rest: the account seems to be in order again.

        If it must rest for the same reason within an hour (`judge.RELAPSE`), and nothing was
        accepted in between, it is the same rest: the postmaster hears no more of it, and the next
        probe waits longer each time (`judge.PROBE_BACKOFF`).
        """

    async def rest(self, probe_at: float) -> None:
        """Let the submit lane, which rests, rest until its next probe."""

    async def to_probe(self, now: float) -> str | None:
        """For what (a token) the submit lane rests, if it is to be probed by now; else None."""

    async def lanes(self, now: float) -> tuple[Lane, ...]:
        """How the lanes stand; it counts what waits, which is not for every second."""

    async def next_due(self, lane: LaneName) -> float | None:
        """When the next row of a lane is due; None if nothing waits."""

    async def woken(self, lane: LaneName, at_most: float) -> bool:
        """Wait for `at_most` seconds until something may have become due in a lane; whether it has.

        0 only looks.  Rows written by another process (the command line, another node) count
        within a second.
        """

    async def browse(
        self, about: str = "", *, waiting: bool = False, content: bool = False, limit: int = 1000
    ) -> Sequence[Record]:
        """The life of a message, oldest line first: by spool id, number, mailbox, or gateway id.

        "" means everything; `waiting` only what is still to be done.
        """

    async def order(self, command: Command, target: str, by: str, now: float) -> int:
        """Write down an operator's command; return its row's id.

        `target` is the id of a mail (all of its texts) or of a submission, or "all": what waits.  A
        summary of folded texts is meant by its own id, not by that of the mail that began it.
        What is sent again past its time is given that time anew; a part waits for the part before.
        """

    async def obey(self, now: float) -> int:
        """Carry out the commands written down and not yet obeyed; return how many."""

    async def commanded(self, command: int) -> Commanded:
        """How a command stands."""

    async def sweep(self, now: float, *, bodies_before: float, history_before: float) -> int:
        """Erase texts, and later all rows, of what ended before these instants; return how many.

        With the texts go the closing blocks that no mail ended in since.  In bounded steps, so that
        traffic flows between them.
        """

    async def optout(self, change: OptoutChange, by: str = "") -> OptoutEffect:
        """Note that a number is not to be texted any more, or is again; what that came to.

        What an operator ordered (`by`) is kept as a command, too.
        """

    async def optouts(self) -> Sequence[tuple[str, Optout]]:
        """The numbers that are not to be texted, the latest first."""

    async def tails(self, sender: str = "") -> Sequence[Tail]:
        """The closing blocks seen in a sender's mails ("" for all senders'), most often first.

        A mailbox means its mails from whatever machine.
        """

    async def forget_tails(self, sender: str = "") -> int:
        """Forget the closing blocks of a sender ("" for all senders'); return how many."""

    async def weigh(self, balance: float, low: float, now: float) -> LowBalance | None:
        """Note the account's balance; the event stored if it is below `low` for the first time.

        That is once, until it was seen clear of `low` (`credit.risen`); samples are kept for a
        month, one an hour at most.
        """

    async def days_left(self, balance: float, now: float) -> float | None:
        """How many days a balance lasts at the present rate; None if none is known."""

    async def costs(self, since: float, until: float, about: str = "") -> Sequence[Cost]:
        """What the texts of the mails that came from `since` to before `until` cost, by sender.

        `about` keeps those of a number, a mailbox or a user.
        """

    async def room(self) -> None:
        """Return if something new would be taken; raises `Full`."""

    async def alive(self) -> None:
        """Return when the writer has committed; raises `Unavailable`.  For the watchdog."""

    async def close(self) -> None:
        """Finish what is being written and close the store."""
