"""A machine that mails alerts, for the stories of storms."""

from __future__ import annotations

from bridge.core.leases import SubmissionLease
from bridge.core.model import Content, ListName, Msisdn, Text, Unicode, Voice
from bridge.core.outcomes import Accepted, Outcome, State
from bridge.core.promises import Folding, Mail
from bridge.spool.views import Record
from tests.spool.conftest import NOW, SAM, Story

FOLDING = Folding("nagios1", 120.0, 3600.0)


class Storm:
    """A machine that mails alerts, and a gateway that takes them at once."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.sent: list[tuple[str, str]] = []

    async def alert(
        self,
        words: str,
        *numbers: Msisdn | ListName,
        at: float = 0.0,
        outcome: Outcome | None = None,
        urgent: bool = False,
        folding: Folding | None = FOLDING,
    ) -> Mail:
        """Mail an alert so many seconds after the beginning; what is due goes."""
        await self.goes(at)
        mail = self.mail(Text(words), *numbers, at=at, urgent=urgent, folding=folding)
        await self.story.spool.accept(mail)
        await self.goes(at, outcome or Accepted(mail.id))
        return mail

    def mail(
        self,
        *texts_and_numbers: Content | Msisdn | ListName,
        at: float = 0.0,
        urgent: bool = False,
        folding: Folding | None = FOLDING,
    ) -> Mail:
        """A machine's mail."""
        numbers = [each for each in texts_and_numbers if isinstance(each, Msisdn | ListName)]
        texts = [each for each in texts_and_numbers if not isinstance(each, Msisdn | ListName)]
        return self.story.mail(
            *(numbers or [SAM]),
            texts=tuple(texts),
            profile="machine",
            sender="nagios1@example.com",
            at=NOW + at,
            urgent=urgent,
            folding=folding,
        )

    async def goes(self, at: float, outcome: Outcome | None = None) -> None:
        """Send all that is due by then."""
        while due := await self.story.lease(NOW + at):
            for lease in due:
                answer = outcome or Accepted(lease.item.id)
                await self.story.sent(answer, NOW + at, lease=lease)
                self.sent += [(str(d.destination), words_of(lease)) for d in lease.pending]

    async def rage(self, count: int = 6, *numbers: Msisdn | ListName) -> list[Mail]:
        """A storm of this many alerts, one a second, which differ in a digit."""
        return [await self.alert(f"Disk {n}% full", *numbers, at=n) for n in range(count)]

    def heard(self, number: object = SAM) -> list[str]:
        """What was sent to a number."""
        return [words for each, words in self.sent if each == str(number)]

    async def lines(self, mail: Mail) -> list[Record]:
        """The deliveries of a mail."""
        return await self.story.lines("delivery", mail.id)

    async def folded(self, mail: Mail) -> str:
        """Why the one text of a mail was folded; "" if it was not."""
        line = next(each for each in await self.lines(mail) if each.id == f"{mail.id}.1")
        reason = f"{line.fields['token']}: {line.fields['reason']}"
        return reason if line.fields["state"] == State.FOLDED else ""


def words_of(lease: SubmissionLease) -> str:
    content = lease.item.content
    return content.text if isinstance(content, Text | Unicode | Voice) else ""
