"""What becomes of a text by the number it goes to, and what is posted to the callback URL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp import web

from bridge.sandbox.form import File
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.record import Record

LOGIN = {"username": "sandbox", "password": "sandbox"}
W3CDTF = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"


@dataclass
class Receiver:
    """A web server at the callback URL; it answers `statuses` in turn, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: Record[dict[str, str]] = field(default_factory=Record)

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.got.add(dict(parse_qsl(await request.text(), keep_blank_values=True)))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Receiver]:
        runner = web.ServerRunner(web.Server(self.handle, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = "http://{}:{}/callback".format(*runner.addresses[0])
        yield self
        await runner.cleanup()


@pytest.fixture
async def receiver(sandbox: Sandbox) -> AsyncIterator[Receiver]:
    async with Receiver().open() as receiver:
        sandbox.callback = receiver.url
        yield receiver


async def send(session: aiohttp.ClientSession, sandbox: Sandbox, to: str, **fields: str) -> str:
    """The gateway's answer to a text, or the name of what went wrong with the connection."""
    form = LOGIN | {"to": to, "text": "Can you call me about Friday"} | fields
    try:
        async with session.post(f"{sandbox.url}/sendmsg.aspx", data=form) as response:
            return (await response.text()).strip()
    except aiohttp.ClientConnectionError as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("number", "first", "second", "taken"),
    [
        pytest.param("447700900001", "ID:", "ID:", 2, id="0001 is accepted"),
        pytest.param("447700900002", "ERR:INVALID_NUMBER", "ERR:INVALID_NUMBER", 0, id="0002"),
        pytest.param("447700900003", "ERR:GATEWAY_ERROR", "ID:", 1, id="0003 fails once"),
        pytest.param(
            "447700900004", "ServerDisconnectedError", "ServerDisconnectedError", 2, id="0004"
        ),
        pytest.param("447700900005", "ID:", "ID:", 2, id="0005 is accepted"),
        pytest.param("447700900006", "ID:", "ID:", 2, id="0006 is accepted"),
        pytest.param("447700900007", "ERR:INSUFFICIENT_CREDIT", "ERR:INSUFF", 0, id="0007"),
        pytest.param("447700900123", "ID:", "ID:", 2, id="others are accepted"),
    ],
)
async def test_the_last_four_digits_decide(
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    number: str,
    first: str,
    second: str,
    taken: int,
) -> None:
    answers = [await send(session, sandbox, number) for _ in range(2)]
    assert answers[0].startswith(first)
    assert answers[1].startswith(second)
    assert sandbox.taken.total == taken


async def test_each_text_meets_its_gateway_error(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    for text in ("one", "two"):
        assert await send(session, sandbox, "447700900003", text=text) == "ERR:GATEWAY_ERROR"
    for text in ("one", "two"):
        assert (await send(session, sandbox, "447700900003", text=text)).startswith("ID:")


@pytest.mark.parametrize(
    ("number", "statuses"),
    [
        pytest.param("447700900001", ["2", "3", "4"], id="delivered"),
        pytest.param("447700900004", ["2", "3", "4"], id="delivered though nobody was told"),
        pytest.param("447700900005", ["2", "3", "6"], id="undeliverable"),
    ],
)
async def test_status_reports_come_in_their_order(
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    receiver: Receiver,
    number: str,
    statuses: list[str],
) -> None:
    await send(session, sandbox, number)
    await receiver.got.wait_total(3)
    message_id = sandbox.taken[-1].id
    assert list(receiver.got) == [
        {"msgid": message_id, "status": status, "toaddr": number} for status in statuses
    ]


async def test_a_phone_that_answers_gives_the_user_context_back(
    sandbox: Sandbox, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    await send(session, sandbox, "447700900006", usercontext="ORDER-42", delrpt="0")
    answer = await receiver.got.wait_for()
    assert re.fullmatch(W3CDTF, answer.pop("sent"))
    assert re.fullmatch(r"5001\d{11}", answer.pop("msgid"))
    assert answer == {
        "from": "447700900006",
        "text": "Yes, got it: Can you call me about",
        "usercontext": "ORDER-42",
    }


async def test_nobody_can_answer_a_name(
    sandbox: Sandbox, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    await send(session, sandbox, "447700900006", **{"from": "ACME"})
    await receiver.got.wait_for(lambda fields: fields.get("status") == "4")
    sandbox.report("1", "447700900001", "0")
    await receiver.got.wait_for(lambda fields: fields.get("status") == "0")
    assert not [fields for fields in receiver.got if "text" in fields]


async def test_a_callback_is_repeated_until_it_is_answered_200(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    receiver.statuses = [503, 302, 204]
    sandbox.report("1", "447700900001", "4")
    await receiver.got.wait_total(4)
    await sandbox.forwarder.forwarded.wait_total(4)
    assert [each.status for each in sandbox.forwarder.forwarded] == [503, 302, 204, 200]
    assert sandbox.forwarder.waiting == 0


async def test_a_callback_waits_for_a_receiver_that_is_away(sandbox: Sandbox) -> None:
    receiver = Receiver()
    async with receiver.open():
        sandbox.callback = receiver.url
    sandbox.report("1", "447700900001", "4")
    assert (await sandbox.forwarder.forwarded.wait_for()).status == 0
    async with receiver.open():
        sandbox.callback = receiver.url
        await receiver.got.wait_for()


async def test_every_callback_can_be_posted_several_times(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.forwarder.copies = 3
    sandbox.text_in("447700900001", "Hello")
    await receiver.got.wait_total(3)
    assert receiver.got[0] == receiver.got[1] == receiver.got[2]


async def test_a_phone_answers_the_last_text_it_got(
    sandbox: Sandbox, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    sandbox.reporting = False
    for context in ("first", "second"):
        await send(session, sandbox, "447700900001", usercontext=context)
    sandbox.text_in("447700900001", "Yes £", network="234015")
    got = await receiver.got.wait_for()
    assert (got["usercontext"], got["text"], got["networkcode"]) == ("second", "Yes £", "234015")
    sandbox.text_in("447700900001", "Something else", usercontext="")
    await receiver.got.wait_for(lambda fields: "usercontext" not in fields)


async def test_an_mms_names_its_files(sandbox: Sandbox, receiver: Receiver) -> None:
    files = [File("hello.txt", "text/plain", b"Hello"), File("cid1.gif", "image/gif", b"GIF89a")]
    message_id = sandbox.mms_in("447700900001", "Look", files)
    assert await receiver.got.wait_for() == {
        "from": "447700900001",
        "text": "Look",
        "msgid": message_id,
        "type": "5",
        "filelist": "hello.txt,cid1.gif",
    }


async def test_a_list_event_tells_what_the_page_lists(
    sandbox: Sandbox, session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    change = {"sublistname": "MySubscriptionListName", "msisdn": "07700900001", "action": "2"}
    async with session.post(f"{sandbox.url}/updatesubscriptionlist.aspx", data=LOGIN | change):
        event = await receiver.got.wait_for()
    assert re.fullmatch(W3CDTF, event.pop("timestamp"))
    assert event == change | {"msisdn": "447700900001", "sublisttype": "2", "source": "7"}


async def test_callbacks_wait_for_nobody_where_no_url_is_set(sandbox: Sandbox) -> None:
    sandbox.report("1", "447700900001", "4")
    assert sandbox.forwarder.waiting == 0
