"""A crowd of phones and what the network says of them, and which mails that should make.

The mails are worked out from the callbacks alone, by nothing of the house's own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bridge.cli.playground import TEAM
from bridge.sandbox import phone
from bridge.sandbox.form import File
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.taken import Taken

CALLBACKS = 1000
MAILS, SHARED = 150, 20
PEOPLE = [f"{name}@example.com" for name in ("jo", "max", "ann", "lee", "kim", "eve")]
PICTURE = b"GIF89a\1\0\1\0\0\0\0;"
PICTURED = "as it looks now"
WISHES = (("STOP",), ("Stop!", "START"), ("start",))

Texts = Mapping[tuple[str, str], Taken]
"""What the gateway took, by the mail's Message-ID and the number."""


@dataclass(frozen=True)
class Wrote:
    """A mail that was texted to some numbers, some of them others' as well."""

    sender: str
    subject: str
    message_id: str
    context: str
    numbers: tuple[str, ...]


@dataclass
class Story:
    """What phones and the network say, and which mails that should make.

    A text or a picture is known by its id, a failure by its mail and number, a list event by its
    number; with each go the addresses that the mail has.
    """

    chance: random.Random
    callbacks: list[dict[str, str]] = field(default_factory=list)
    expected: Counter[tuple[str, ...]] = field(default_factory=Counter)
    subjects: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(500110000000001))
    day: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def text(self, number: str, context: str, readers: Iterable[str], *, words: str = "") -> str:
        """A phone texts; the id of its text."""
        id_ = str(next(self.ids))
        said = words or f"words {id_}"
        form = phone.sms(id_, number, said, usercontext=context)
        self.callbacks.append(form | {"sent": self._moment()})
        self.expected["text", id_, *sorted(readers)] += 1
        self.words[id_] = said
        return id_

    def picture(self, id_: str, number: str, context: str, reader: str) -> None:
        """A phone sends a picture, whose files wait at the gateway."""
        files = ["words.txt", "photo.gif"]
        self.callbacks.append(phone.mms(id_, number, "", files=files, usercontext=context))
        self.expected["text", id_, reader] += 1
        self.words[id_] = PICTURED

    def report(self, taken: Taken, wrote: Wrote, status: str) -> None:
        """The network says what became of a text."""
        self.callbacks.append(phone.report(taken.id, taken.to, status))
        if status == phone.UNDELIVERABLE:
            self.expected["failure", wrote.message_id, taken.to, wrote.sender] += 1

    def list_event(self, number: str, action: str) -> None:
        """Somebody joins or leaves a list."""
        form = phone.list_event("MySubscriptionListName", number, action, source="1")
        self.callbacks.append(form | {"timestamp": self._moment()})
        self.expected["list", number, TEAM] += 1

    def stands(self) -> dict[str, bool]:
        """Whether each number that uttered a wish may be texted: what it said last counts."""
        wishes = {word for each in WISHES for word in each}
        said = ((each["from"], each.get("text", "")) for each in self.callbacks if "from" in each)
        return {number: text.lower() == "start" for number, text in said if text in wishes}

    def _moment(self) -> str:
        self.day += timedelta(seconds=1)
        return self.day.isoformat(timespec="seconds")


# ---------------------------------------------------------------- what was said before


def mails(chance: random.Random) -> list[Wrote]:
    """Who mails what to whom; the last ones go to numbers that somebody else texted before."""
    numbers = (f"44770091{n}" for n in count(1000))  # what ends in less is magic to the sandbox
    found: list[Wrote] = []
    for n in range(MAILS):
        to = tuple(next(numbers) for _ in range(chance.randint(1, 3)))
        context = f"ORDER-{n}" if n % 2 else ""
        found.append(_wrote(n, context, to))
    shared = [each.numbers[0] for each in found[:SHARED]]
    return found + [_wrote(MAILS + n + 1, "", (number,)) for n, number in enumerate(shared)]


def _wrote(n: int, context: str, numbers: tuple[str, ...]) -> Wrote:
    sender = PEOPLE[n % len(PEOPLE)]
    return Wrote(sender, f"Matter {n}", f"<m{n}@laptop.example.com>", context, numbers)


# ---------------------------------------------------------------- what is said now


def told(chance: random.Random, sandbox: Sandbox, wrote: list[Wrote], taken: Texts) -> Story:
    """A thousand different callbacks."""
    story = Story(chance)
    shared = {each.numbers[0] for each in wrote[MAILS:]}
    pairs = [(each, number) for each in wrote for number in each.numbers]
    story.chance.shuffle(pairs)
    for each, number in pairs:
        _reports(story, each, taken[each.message_id, number])
    own = [(each, number) for each, number in pairs if number not in shared]
    for each, number in own[:60]:  # who wants no more texts, and who comes back
        _wishes(story, each, taken[each.message_id, number])
    for each, number in own[60:80]:
        _picture(story, sandbox, each, taken[each.message_id, number])
    for each in wrote[MAILS:]:  # without a context, the last who wrote; the inbox has a copy
        story.text(each.numbers[0], "", (each.sender, TEAM))
    for n in range(60):
        story.text(f"44770092{1000 + n}", "", (TEAM,))
        story.list_event(f"44770093{1000 + n}", story.chance.choice("123"))
    while len(story.callbacks) < CALLBACKS:
        _answer(story, *story.chance.choice(own), taken)
    return story


def _reports(story: Story, wrote: Wrote, taken: Taken) -> None:
    for status in story.chance.choice([(), ("2",), ("2", "3")]):
        story.report(taken, wrote, status)
    final = story.chance.choice(["", phone.DELIVERED, phone.DELIVERED, phone.UNDELIVERABLE])
    if final:
        story.report(taken, wrote, final)


def _wishes(story: Story, wrote: Wrote, taken: Taken) -> None:
    for word in story.chance.choice(WISHES):
        story.text(taken.to, taken.usercontext, (wrote.sender,), words=word)


def _picture(story: Story, sandbox: Sandbox, wrote: Wrote, taken: Taken) -> None:
    files = [
        File("words.txt", "text/plain", PICTURED.encode()),
        File("photo.gif", "image/gif", PICTURE),
    ]
    id_ = sandbox.mms_in(taken.to, "", files)
    story.picture(id_, taken.to, taken.usercontext, wrote.sender)


def _answer(story: Story, wrote: Wrote, number: str, taken: Texts) -> None:
    context = story.chance.choice([taken[wrote.message_id, number].usercontext, ""])
    id_ = story.text(number, context, (wrote.sender,))
    ending = f" [{wrote.context}]" if wrote.context else ""
    story.subjects[id_] = f"Re: {wrote.subject}{ending}"
