"""The texts of a mail are counted where it is accepted; what is above a limit is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bridge import maillog
from bridge.core.events import Held
from bridge.core.limits import Counted
from bridge.core.model import Destination, Submission
from bridge.core.promises import Limits, Mail
from bridge.core.senders import sender_key
from bridge.core.storms import GOES, Ruling
from bridge.spool import line, queueing
from bridge.spool.db import Db
from bridge.spool.spending import ALL, EVERYBODY, Books


@dataclass(slots=True)
class Meter:
    """Counts the texts of one mail, number by number; what is held is told at the end.

    `moved` is by how many seconds the store's clock is ahead of the one that nobody sets.
    """

    mail: Mail
    limits: Limits
    sender: str
    books: Books
    moved: float
    _held: list[Destination] = field(default_factory=list)
    _news: Counted | None = None

    def ruling(self, destination: Destination, parts: Sequence[Submission]) -> Ruling:
        """Whether the text that these parts carry goes to a destination, or is held."""
        segments = sum(each.segments for each in parts)
        return self._counted(destination, segments, urgent=parts[0].urgent)

    def summary(self, destination: Destination) -> Ruling:
        """Whether a summary of folded texts goes, once its time has come; it is this sender's."""
        found = self._counted(destination, 1)
        return line.COUNTS if found is GOES else found

    def _counted(self, destination: Destination, segments: int, *, urgent: bool = False) -> Ruling:
        number = str(destination)
        found = self.books.counted(self.limits, self.sender, number, segments, urgent=urgent)
        self.books.keep(self.sender, number, found.account)
        if found.full:
            self._held.append(destination)
            self._news = found if found.tells else self._news
        return self._placed(found.ruling)

    def _placed(self, ruling: Ruling) -> Ruling:
        """A ruling by the store's clock; of what is held, whose windows it waits for."""
        if ruling.goes_at is None:
            return ruling
        return replace(ruling, goes_at=ruling.goes_at + self.moved, spender=self.sender)

    def close(self) -> bool:
        """Write what went, and an event of what is held, if that is news; whether it was."""
        self.books.write()
        if self._news is None:
            return False
        at, found = self.mail.envelope.received_at, self._news.ruling
        event = Held(
            self.mail.id,
            tuple(dict.fromkeys(self._held)),
            found.reason,
            at,
            goes_at=self._placed(found).goes_at,
            expires_at=min(each.expires_at for each in self.mail.submissions),
            alarms=self._news.alarms,
        )
        queueing.event(self.books.db, event, at)
        maillog.limited(
            self.mail.id,
            sender=self.mail.sender,
            recipients=len(self._held),
            reason=found.reason,
        )
        return True


def of(db: Db, mail: Mail, moved: float) -> Meter | None:
    """Who counts a mail's texts; None where there is no limit."""
    limits = mail.limits
    if limits is None or not limits.any:
        return None
    sender = sender_key(mail.envelope.session, mail.sender)
    books = Books(db, mail.envelope.received_at - moved)
    numbers = (str(each) for part in mail.submissions for each in part.destinations)
    books.read(sender, [ALL, *numbers])
    if limits.per_day_all:
        books.read(EVERYBODY)
    return Meter(mail, limits, sender, books, moved)
