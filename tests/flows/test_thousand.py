"""A thousand callbacks in random order, each one to five times, a hundred at once, two kills.

What came to the inbox must be the mails that the callbacks should make (`crowd.Story`), each once.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import smtplib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import aiohttp

from bridge.sandbox.inbox import Mailed
from bridge.spool.opening import open_spool
from tests.flows.conftest import UNLIMITED, Process, StartProcess, at, letter, sent, until
from tests.flows.crowd import CALLBACKS, PEOPLE, Story, Texts, Wrote, mails, told
from tests.flows.ports import lasting_port

SEED = 4
HANDS = 100
PATIENCE = 60.0


async def test_a_thousand_callbacks_are_exactly_the_right_mails(
    start_process: StartProcess,
) -> None:
    process = await start_process(
        smtp={"listen": [f"127.0.0.1:{lasting_port()}"]},
        http={"listen": [f"127.0.0.1:{lasting_port()}"]},
        senders=[{"match": "*@example.com", "profile": "person"}],
        limits=UNLIMITED,
        contacts={},
    )
    callback = process.sandbox.callback
    process.sandbox.callback = ""  # what it would post, the test posts
    process.sandbox.account.balance = 1_000_000
    chance = random.Random(SEED)
    wrote = mails(chance)
    story = told(chance, process.sandbox, wrote, await texted(process, wrote))
    assert len({str(sorted(each.items())) for each in story.callbacks}) == CALLBACKS

    kills = await posted(process, story, callback)
    await _quiet(process)
    found = list(process.inbox.mails)
    stand = _stand(process.smtp, story)
    assert await process.signal(signal.SIGTERM) == 0

    once = _each_once(found, kills)
    tellings = Counter(telling for mail in once for telling in _tellings(mail))
    kinds = Counter(kind for kind, *_ in tellings)
    copies = len(found) - len(once)
    print(f"{CALLBACKS} callbacks: {len(once)} mails, {copies} mailed again; tellings: {kinds}")
    assert tellings == story.expected
    for mail in once:
        id_ = str(mail.message["X-SMS-Message-Id"])
        assert mail.subject == story.subjects.get(id_, mail.subject)
        assert story.words.get(id_, "") in mail.text
    assert stand == story.stands()


async def texted(process: Process, wrote: list[Wrote]) -> Texts:
    """Mail them one after the other; what the gateway took, by mail and number."""

    def post() -> None:
        for each in wrote:
            headers = {"UserContext": each.context} if each.context else {}
            mail = letter(each.subject, each.subject, Message_ID=each.message_id, **headers)
            sent(process.smtp, mail, each.sender, at(*each.numbers))

    await asyncio.to_thread(post)
    await process.sandbox.taken.wait_total(sum(len(each.numbers) for each in wrote), PATIENCE)
    by_text = {each.subject: each.message_id for each in wrote}
    return {(by_text[each.text], each.to): each for each in process.sandbox.taken}


Away = tuple[float, float]
"""When the daemon was killed, and when it was there again."""


async def posted(process: Process, story: Story, url: str) -> list[Away]:
    """Post everything, with many hands, and kill the daemon twice meanwhile.

    Like the gateway, post until the answer is 200.
    """
    posts = [each for each in story.callbacks for _ in range(story.chance.randint(1, 5))]
    story.chance.shuffle(posts)
    enough = [len(posts) * 2 // 3, len(posts) // 3]  # posts that are left at a kill

    async def hand(session: aiohttp.ClientSession) -> None:
        while posts:
            form = posts.pop()
            await until(partial(_taken, session, url, form), PATIENCE)

    async def kill(left: int) -> Away:
        async def reached() -> bool:
            return len(posts) <= left

        await until(reached, PATIENCE)
        killed = time.time()
        assert await process.signal(signal.SIGKILL) == -signal.SIGKILL
        await process.start()
        return killed, time.time()

    connector = aiohttp.TCPConnector(limit=HANDS)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for _ in range(HANDS):
            group.create_task(hand(session))
        return [await kill(left) for left in enough]


async def _taken(session: aiohttp.ClientSession, url: str, form: dict[str, str]) -> bool:
    with suppress(aiohttp.ClientError, OSError):
        async with session.post(url, data=form) as answer:
            assert answer.status in (200, 503), await answer.text()
            return answer.status == 200
    return False


async def _quiet(process: Process) -> None:
    """Wait until nothing waits to be mailed."""
    spool = await open_spool(process.store, daemon=False)

    async def quiet() -> bool:
        lanes = await spool.lanes(time.time())
        return all(lane.waiting == 0 for lane in lanes if lane.name == "notify")

    try:
        await until(quiet, PATIENCE)
    finally:
        await spool.close()


def _each_once(mails: list[Mailed], kills: list[Away]) -> list[Mailed]:
    """The mails without copies of one; a copy comes where a kill lost the word that it was sent.

    It is the same to the octet, Message-ID and all: mail servers and people see that it is one.
    """
    found: dict[str, Mailed] = {}
    for mail in mails:
        first = found.setdefault(str(mail.message["Message-ID"]), mail)
        if mail is not first:
            assert (mail.raw, mail.forward_paths) == (first.raw, first.forward_paths)
            assert any(first.at < back and killed < mail.at for killed, back in kills)
    return list(found.values())


def _tellings(mail: Mailed) -> Iterator[tuple[str, ...]]:
    """What a mail tells, and to whom, as `Story.expected` has it."""
    message, readers = mail.message, sorted(mail.forward_paths)
    if message.get_content_type() == "multipart/report":
        for each in message.walk():
            if "Final-Recipient" in each:
                assert each["Action"] == "failed"
                number = str(each["Final-Recipient"]).removeprefix("rfc822; ").partition("@")[0]
                yield "failure", str(message["In-Reply-To"]), number, *readers
    elif message["X-SMS-Message-Id"]:
        yield "text", str(message["X-SMS-Message-Id"]), *readers
    elif shown := re.search(r"07700 (\d{6})", mail.subject):
        yield "list", f"447700{shown[1]}", *readers
    else:
        yield "something else", mail.subject, *readers


# ---------------------------------------------------------------- who opted out


def _stand(port: int, story: Story) -> dict[str, bool]:
    """Whether each number that uttered a wish may be texted, as the bridge's door says."""
    found = {}
    for number in story.stands():
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.ehlo()
            client.mail(PEOPLE[0])
            code, _ = client.rcpt(at(number)[0])
            found[number] = code == 250
    return found
