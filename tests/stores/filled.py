"""A store with rows of every kind in it, as traffic leaves them."""

from __future__ import annotations

from dataclasses import replace

from bridge.core.consent import OptoutChange
from bridge.core.events import Held
from bridge.core.leases import NoticeVerdict, Told
from bridge.core.model import ListName, Mms, Msisdn, Notify, Part, Text
from bridge.core.outcomes import Accepted, Refused
from bridge.core.promises import Limits
from bridge.spool.contract import Spool
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story
from tests.spool.storm import Storm

KIM = Msisdn("447700900125")
QUEUED, LEASED, BEGUN, DOUBTED, HELD = (Msisdn(f"44770090013{n}") for n in range(5))
"""To whom a text is at each stage of its way."""
WORDS = "the secret words"
PICTURE = b"\x89PNG\x00the secret picture" * 40


async def fill(story: Story) -> None:
    """Write what traffic writes, until no table is empty; what waits stays waiting."""
    await Storm(story).rage(7)
    await _ended(story)
    await _told(story)
    await _noted(story.spool)
    await _under_way(story)


async def _ended(story: Story) -> None:
    """Texts that were sent, refused, and are held in doubt; one with pictures, one to a list."""
    picture = Mms(WORDS, (Part("secret.png", "image/png", PICTURE),))
    for content, outcome in (
        (Text(WORDS), Accepted("11")),
        (picture, Accepted("12")),
        (Text(WORDS), Refused("INVALID_NUMBER", "no such number")),
    ):
        wanted = (Notify.SUCCESS, Notify.FAILURE)
        await story.spool.accept(story.mail(texts=(content,), notify=wanted))
        await story.sent(outcome, NOW + 10)
    await story.spool.accept(story.mail(ListName("Customers")))
    await story.sent(Accepted("13"), NOW + 10)
    await story.spool.receive(story.callback(story.report("11"), at=NOW + 11))
    await story.spool.receive(story.callback(story.report("99"), at=NOW + 11))
    await story.spool.accept(story.mail(KIM))
    await story.sent(NO_ANSWER, NOW + 10)
    await story.judged(await story.one(NOW + 70), NO_ANSWER, NOW + 70)


async def _told(story: Story) -> None:
    """Texts that phones sent: one whose mail went, with a file, and one that waits."""
    await story.spool.receive(story.callback(story.text(WORDS), key="k1"))
    for lease in await story.spool.lease_events("us", 1, NOW + 71, NOW + 99):
        await story.spool.keep_parts(lease, [Part("secret.png", "image/png", PICTURE)])
        await story.spool.gather(lease.id, ["jo@example.com"], NOW + 71)
        await story.spool.settle_event(lease, NoticeVerdict(Told.MAILED, None), NOW + 71)
    await story.spool.receive(story.callback(story.text("this waits"), key="k2"))


async def _noted(spool: Spool) -> None:
    await spool.optout(OptoutChange("447700900199", True, NOW, "with STOP"), "root")
    await spool.weigh(12.5, 100.0, NOW)
    await spool.tell(Held("000001", (SAM,), "a loop?", NOW), NOW)


async def _under_way(story: Story) -> None:
    """A text at each stage: queued in two parts, leased, begun, in doubt, and held."""
    await story.spool.accept(story.mail(DOUBTED, closings=("Jo",)))
    await story.sent(NO_ANSWER, NOW + 72)
    await story.spool.accept(story.mail(BEGUN))
    assert await story.spool.begin(await story.one(NOW + 72), HOST, NOW + 72)
    await story.spool.accept(story.mail(LEASED))
    await story.one(NOW + 72)
    held = story.mail(HELD)
    await story.spool.accept(held)
    await story.ordered("hold", held.id, NOW + 72)
    await story.spool.accept(replace(story.mail(ALEX), answers_us=True, limits=Limits(per_hour=9)))
    await story.spool.accept(story.mail(QUEUED, texts=(Text("one"), Text("two"))))
    await story.spool.order("release", "all", "root", NOW + 72)
