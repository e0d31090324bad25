"""Composing in child processes: what is large, what has pictures, what hangs, what dies."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO

import pytest
from PIL import Image

from bridge.child import CLOSING
from bridge.compose.reading.weight import INLINE, INLINE_LINES
from bridge.compose.vendor import Form
from bridge.composer import Composer
from bridge.core.addressing import NumberRules
from bridge.core.events import Explained, ListOrder, Truncated
from bridge.core.managing import ListAddress
from bridge.core.model import (
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    ListAction,
    Mms,
    Msisdn,
    Part,
    Refusal,
    Session,
    Text,
)
from bridge.core.policy import Policy, Profile, SubscriptionList
from bridge.core.promises import Mail

SAM = Msisdn("447700900123")
MACHINE = Profile("machine", "subject", False, 2, "truncate", False, "resend", "failures", 3600.0)
PERSON = replace(MACHINE, name="person", media=True)
POLICY = Policy(
    "sms.example.com",
    ("sms.example.com",),
    NumberRules(),
    {"machine": MACHINE, "person": PERSON},
    users={"jo": ("jo@example.com",)},
    mms_types=("image/jpeg", "image/png"),
    subscription_lists={"alerts": SubscriptionList("Alerts")},
)


@pytest.fixture
def composer() -> Iterator[Composer]:
    found = Composer(POLICY)
    yield found
    found.close()


async def composed(composer: Composer, octets: int) -> Mail | Refusal:
    content = b"Subject: Disk full\r\n\r\n" + b"x" * octets + b"\r\n"
    return await composed_of(composer, content)


async def composed_of(
    composer: Composer, content: bytes, user: str = "", *, vouched: str = ""
) -> Mail | Refusal:
    path = ForwardPath("447700900123@sms.example.com", (SAM,))
    session = Session("127.0.0.1", user, vouched=vouched)
    envelope = Envelope("jo@example.com", (path,), content, 1.0, session)
    return await composer(envelope, Facts(), 1.0, Ids("m1", "2abcdefghi"))


async def pictured(composer: Composer, picture: bytes) -> tuple[Part, ...]:
    """The files of the MMS that a mail with this PNG becomes."""
    mail = EmailMessage()
    mail["Subject"] = "Look"
    mail.add_attachment(picture, maintype="image", subtype="png", filename="a.png")
    found = await composed_of(composer, mail.as_bytes(), user="jo")
    assert isinstance(found, Mail), found
    content = found.submissions[0].content
    assert isinstance(content, Mms), content
    return content.parts


def png(width: int, height: int, mode: str = "1") -> bytes:
    octets = BytesIO()
    Image.new(mode, (width, height)).save(octets, "PNG", compress_level=1)
    return octets.getvalue()


def texted(found: Mail | Refusal) -> bool:
    return isinstance(found, Mail) and found.submissions[0].content == Text("Disk full")


async def test_a_small_mail_needs_no_child(composer: Composer) -> None:
    assert texted(await composed(composer, 10))
    assert multiprocessing.active_children() == []


async def test_nor_does_one_whose_picture_is_not_texted(composer: Composer) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Disk full"
    picture = png(400, 300) + bytes(2 * INLINE)
    mail.add_attachment(picture, maintype="image", subtype="png", filename="a.png")
    found = await composed_of(composer, mail.as_bytes().replace(b"\n", b"\r\n"))
    assert isinstance(found, Mail), found
    assert found.submissions[0].content == Text("Disk full [1 picture]")
    assert multiprocessing.active_children() == []


async def test_one_of_many_lines_does(composer: Composer) -> None:
    lines = b"Subject: Disk full\r\n\r\n" + b"x\r\n" * INLINE_LINES
    assert texted(await composed_of(composer, lines))
    assert len(multiprocessing.active_children()) == 1


async def test_a_large_mail_is_composed_in_a_child_to_the_same_text(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert texted(await composed(composer, INLINE))
    assert multiprocessing.active_children() == [child], "it is kept"


async def test_so_is_a_large_mail_in_the_vendors_form(composer: Composer) -> None:
    content = b"Subject: To:sam\r\n\r\n" + b"x" * INLINE
    found = await composer.form(content)
    assert isinstance(found, Form)
    assert (found.to, found.content) == (("sam",), content)
    assert len(multiprocessing.active_children()) == 1


@pytest.mark.parametrize(("lines", "children"), [(1, 0), (INLINE_LINES, 1)])
async def test_so_is_a_large_order(composer: Composer, lines: int, children: int) -> None:
    """T20: a list's manager is no reason for others to wait."""
    content = b"Subject: x\r\n\r\n" + b"07700900123\r\n" * lines
    of = ListAddress("alerts", ListAction.SUBSCRIBE)
    others = set(multiprocessing.active_children())  # the test before may have left one that ends
    found = await composer.order(content, of, to="jo@example.com", now=1.0)
    assert isinstance(found, ListOrder), found
    assert len(set(multiprocessing.active_children()) - others) == children


async def test_a_child_that_died_is_replaced(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    child.kill()
    child.join()
    assert texted(await composed(composer, INLINE))


async def test_a_child_that_hangs_is_killed_and_the_words_of_its_mail_go() -> None:
    composer = Composer(POLICY, patience=5.0)
    try:
        assert texted(await composed(composer, INLINE))
        (child,) = multiprocessing.active_children()
        assert child.pid
        os.kill(child.pid, signal.SIGSTOP)
        assert texted(await composed(composer, INLINE))
        assert child.exitcode == -signal.SIGKILL
    finally:
        composer.close()


async def test_closing_ends_a_child_that_hangs(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    composer.close()
    async with asyncio.timeout(30):
        while child.exitcode is None:  # noqa: ASYNC110 - its pool joins it, too
            await asyncio.sleep(0.01)
    assert child.exitcode == -signal.SIGKILL


async def test_a_small_mail_with_a_picture_goes_to_a_child_and_the_loop_goes_on(
    composer: Composer,
) -> None:
    picture = png(5000, 3000)
    assert len(picture) < INLINE // 2
    await pictured(composer, png(400, 300))
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    task = asyncio.create_task(pictured(composer, picture))
    assert texted(await composed(composer, 10))
    assert not task.done()
    os.kill(child.pid, signal.SIGCONT)
    (part,) = await task
    assert part.media_type == "image/png"
    assert len(multiprocessing.active_children()) == 1


async def test_an_alert_with_a_chart_does_not_wait_behind_a_large_mail(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    large = asyncio.create_task(composed(composer, INLINE))
    assert len(await pictured(composer, png(400, 300))) == 1
    assert not large.done()
    os.kill(child.pid, signal.SIGCONT)
    assert texted(await large), "and its child was left alone"
    assert child in multiprocessing.active_children()


async def explained(composer: Composer) -> Explained | Refusal:
    content = b"Subject: Disk full\r\n\r\nx\r\n"
    envelope = Envelope("jo@example.com", (), content, 1.0, Session("127.0.0.1", "jo"))
    return await composer.explain(envelope, Facts(), ("447700900123@sms.example.com",))


async def test_nothing_that_is_sent_waits_for_an_explanation(composer: Composer) -> None:
    assert isinstance(await explained(composer), Explained)
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    waits = asyncio.create_task(explained(composer))
    assert texted(await composed(composer, INLINE))
    assert len(await pictured(composer, png(400, 300))) == 1
    assert not waits.done()
    os.kill(child.pid, signal.SIGCONT)
    assert isinstance(await waits, Explained)


async def stopped(composer: Composer) -> int:
    """The process of large mails, which does nothing until it is continued."""
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    return child.pid


async def test_a_burst_of_large_alerts_from_one_machine_is_taken(composer: Composer) -> None:
    """A script has no queue: what is refused for now is lost."""
    child = await stopped(composer)
    burst = [asyncio.create_task(composed(composer, INLINE)) for _ in range(40)]
    await asyncio.sleep(0)
    assert len(await pictured(composer, png(400, 300))) == 1, "the others are no busier"
    os.kill(child, signal.SIGCONT)
    assert all(map(texted, await asyncio.gather(*burst)))


async def test_the_authors_behind_a_relay_have_their_turns_one_after_another(
    composer: Composer,
) -> None:
    child = await stopped(composer)
    order: list[str] = []

    async def mailed(author: str) -> None:
        large = b"Subject: Disk full\r\n\r\n" + b"x" * INLINE
        assert texted(await composed_of(composer, large, vouched=author))
        order.append(author)

    async with asyncio.TaskGroup() as group:
        for author in ("a@x", "a@x", "a@x", "b@x"):
            group.create_task(mailed(author))
        await asyncio.sleep(0)
        os.kill(child, signal.SIGCONT)
    assert order == ["a@x", "a@x", "b@x", "a@x"]


async def test_a_composer_that_was_closed_starts_no_child(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    tasks = [asyncio.create_task(composed(composer, INLINE)) for _ in range(2)]
    await asyncio.sleep(0)
    composer.close()
    assert await asyncio.gather(*tasks) == [CLOSING, CLOSING]
    assert await composed(composer, INLINE) == CLOSING
    assert CLOSING.code == 451
    pool = [each for each in threading.enumerate() if "ExecutorManager" in type(each).__name__]
    for each in pool:  # it may be reaping the child just now
        each.join(10)
    assert multiprocessing.active_children() == []


async def test_a_picture_that_kills_its_child_twice_is_left_out_and_the_words_go(
    composer: Composer,
) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Look"
    mail.set_content("The words")
    mail.add_attachment(png(8000, 4900), maintype="image", subtype="png", filename="a.png")
    task = asyncio.create_task(composed_of(composer, mail.as_bytes(), user="jo"))
    killed: set[int | None] = set()
    while len(killed) < 2:
        await asyncio.sleep(0.001)
        for child in multiprocessing.active_children():
            if child.pid not in killed:
                child.kill()
                killed.add(child.pid)
    found = await task
    assert isinstance(found, Mail), found
    assert found.submissions[0].content == Text("Look")  # this profile texts subjects
    (event,) = found.events
    assert isinstance(event, Truncated)
    assert event.files == ("a.png: it could not be opened",)


async def test_the_largest_picture_that_is_opened_fits_a_childs_memory(composer: Composer) -> None:
    (part,) = await pictured(composer, png(8000, 5000, "RGBA"))
    assert part.media_type == "image/jpeg"


def test_the_daemon_itself_does_not_load_the_library_of_pictures() -> None:
    said = "import sys, bridge.daemon; print({'PIL', 'pillow_heif'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
