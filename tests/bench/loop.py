"""How long the loop waits while mails are composed: `python -m tests.bench.loop`.

The daemon's composer takes every mail of the table, one after another, and beside them a
photograph of 12 megapixels again and again; a heartbeat of a millisecond shows by how much the
loop was ever late.
"""

from __future__ import annotations

import asyncio
import base64
import io
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field

from PIL import Image

from bridge.composer import Composer
from bridge.core.model import Ids
from bridge.core.promises import Mail
from tests.mails.table import POLICY, envelope, rows

BEAT = 0.001
PHOTOS = 5
ROUNDS = 3
IDS = Ids("m1", "2newtokenx")


@dataclass(slots=True)
class Seconds:
    """What one kind of work took, each time."""

    of: str
    taken: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        median, worst = statistics.median(self.taken), max(self.taken)
        return f"{self.of:<32}{len(self.taken):>6}{median * 1e3:>10.2f}{worst * 1e3:>10.2f}"


def main() -> None:
    """Compose, and print milliseconds."""
    print(f"{'ms':<32}{'count':>6}{'median':>10}{'worst':>10}")
    for each in asyncio.run(_measured(_photograph())):
        print(each)


async def _measured(photograph: bytes) -> list[Seconds]:
    composer = Composer(POLICY)
    mails, photos = Seconds("a mail of the table"), Seconds("a photograph of 12 megapixels")
    late = Seconds("the loop was late by")
    heart = asyncio.create_task(_beat(late))
    try:
        await asyncio.gather(_table(composer, mails), _photographs(composer, photograph, photos))
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart
        composer.close()
    return [mails, photos, late]


async def _beat(late: Seconds) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(BEAT)
        late.taken.append(time.perf_counter() - began - BEAT)


async def _table(composer: Composer, seconds: Seconds) -> None:
    for row in [each for _ in range(ROUNDS) for each in rows()]:
        began = time.perf_counter()
        await composer(row.envelope, row.facts, 1000.0, IDS)
        seconds.taken.append(time.perf_counter() - began)
        await asyncio.sleep(0)


async def _photographs(composer: Composer, photograph: bytes, seconds: Seconds) -> None:
    mail = envelope(photograph, "person")
    for _ in range(PHOTOS):
        began = time.perf_counter()
        found = await composer(mail, next(rows()).facts, 1000.0, IDS)
        seconds.taken.append(time.perf_counter() - began)
        assert isinstance(found, Mail), found


def _photograph() -> bytes:
    """A mail with a picture of 4000 x 3000 that is about as rough as a camera's."""
    rough = Image.effect_noise((1000, 750), 60).resize((4000, 3000)).convert("RGB")
    file = io.BytesIO()
    rough.save(file, "JPEG", quality=92)
    head = b"Subject: The roof\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment; "
    body = b"filename=roof.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + body + base64.encodebytes(file.getvalue()).replace(b"\n", b"\r\n")


if __name__ == "__main__":
    main()
