"""The page's interface, asked over HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import pytest

from bridge.sandbox.form import File
from bridge.sandbox.gateway import Sandbox

LOGIN = {"username": "sandbox", "password": "sandbox"}
FORM = "application/x-www-form-urlencoded"


@dataclass
class Client:
    """Asks a gateway, and returns what it says."""

    session: aiohttp.ClientSession
    url: str

    async def ask(self, path: str, fields: Mapping[str, str], *, login: bool = True) -> str:
        """The answer to a form; the login is added."""
        body = urlencode((LOGIN if login else {}) | dict(fields)).encode()
        return (await self.post(path, body)).decode()

    async def send(self, to: str = "447700900001", text: str = "Hello", **fields: str) -> str:
        """The answer to a submission."""
        return await self.ask("/sendmsg.aspx", {"to": to, "text": text, **fields})

    async def post(self, path: str, body: bytes, content_type: str = FORM) -> bytes:
        """The answer to these octets."""
        headers = {"Content-Type": content_type}
        async with self.session.post(self.url + path, data=body, headers=headers) as response:
            assert response.status == 200
            return await response.read()


@pytest.fixture
def client(sandbox: Sandbox, session: aiohttp.ClientSession) -> Client:
    return Client(session, sandbox.url)


async def test_one_recipient_gets_one_line_with_an_id_of_20_digits(
    sandbox: Sandbox, client: Client
) -> None:
    answer = await client.send(usercontext="ORDER-42", **{"from": "ACME"})
    assert re.fullmatch(r"ID:\d{20}\r\n", answer)
    taken = sandbox.taken[-1]
    assert (taken.kind, taken.to, taken.text) == ("text", "447700900001", "Hello")
    assert (taken.usercontext, taken.originator, taken.door) == ("ORDER-42", "ACME", sandbox.url)
    assert answer == f"ID:{taken.id}\r\n"


async def test_several_recipients_get_a_line_each_and_share_an_id(
    sandbox: Sandbox, client: Client
) -> None:
    answer = await client.send("07700900001,+447700900002,447700900003,447700900001,nobody")
    submission = sandbox.taken[-1].id
    assert answer.split() == [
        f"447700900001,ID:{submission}",
        "447700900002,ERR:INVALID_NUMBER",
        "447700900003,ERR:GATEWAY_ERROR",
        "nobody,ERR:INVALID_NUMBER",
    ]
    assert sandbox.taken.total == 1


async def test_ids_grow_and_are_never_given_twice(sandbox: Sandbox, client: Client) -> None:
    answers = [await client.send() for _ in range(5)]
    assert answers == sorted(set(answers))


async def test_a_distribution_list_is_expanded_into_its_members(
    sandbox: Sandbox, client: Client
) -> None:
    answer = await client.send("Customers 2026")
    members = sandbox.account.groups["Customers 2026"]
    assert [line.split(",")[0] for line in answer.split()] == list(members)
    assert [taken.to for taken in sandbox.taken] == list(members)


@pytest.mark.parametrize(
    ("path", "fields", "answer"),
    [
        pytest.param("/sendmsg.aspx", {}, "ERR:NO_USERNAME", id="nothing"),
        pytest.param("/sendmsg.aspx", {"username": "sandbox"}, "ERR:NO_PASSWORD", id="no password"),
        pytest.param(
            "/sendmsg.aspx",
            {"username": "sandbox", "password": "x"},
            "ERR:LOGIN_INVALID",
            id="wrong",
        ),
        pytest.param(
            "/sendmsg.aspx", {"username": "x", "password": "sandbox"}, "ERR:LOGIN_INVALID", id="who"
        ),
        pytest.param("/sendmsg.aspx", LOGIN, "ERR:NO_TO", id="no recipient"),
        pytest.param("/sendmsg.aspx", LOGIN | {"to": "447700900001"}, "ERR:NO_TEXT", id="no text"),
        pytest.param(
            "/sendmsg.aspx",
            LOGIN | {"to": "447700900001", "type": "2"},
            "ERR:PARAMETER_MISSING",
            id="no hex",
        ),
        pytest.param("/getbalance.aspx", {}, "ERR:NO_USERNAME", id="balance of nobody"),
        pytest.param("/getbalance.aspx", LOGIN, "BALANCE:1000", id="balance"),
        pytest.param("/getbalance/default.aspx", LOGIN, "BALANCE:1000", id="its other path"),
        pytest.param("/GetBalance.aspx", LOGIN, "BALANCE:1000", id="in other letters"),
        pytest.param("/retrievemms.aspx", LOGIN, "ERR:NO_MSGID", id="no message id"),
        pytest.param(
            "/retrievemms.aspx", LOGIN | {"msgid": "1"}, "ERR:PARAMETER_MISSING", id="no part"
        ),
        pytest.param(
            "/retrievemms.aspx",
            LOGIN | {"msgid": "1", "msgpart": "1"},
            "ERR:MSGID_INVALID",
            id="no such MMS",
        ),
        pytest.param("/updatesubscriptionlist.aspx", LOGIN, "ERR:PARAMETER_MISSING", id="no list"),
    ],
)
async def test_each_path_says_what_is_missing(
    client: Client, path: str, fields: dict[str, str], answer: str
) -> None:
    assert await client.ask(path, fields, login=False) == answer + "\r\n"


async def test_get_is_answered_as_post_is_and_any_base_path_will_do(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    url = f"{sandbox.primary.root}/elsewhere/SendMsg.aspx"
    query = LOGIN | {"to": "447700900001", "text": "£"}
    async with session.get(url, params=query) as response:
        assert (await response.text()).startswith("ID:")
    assert sandbox.taken[-1].text == "Â£"  # a URL declares no charset


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PUT", "/x.aspx", 405), ("GET", "/a", 404)]
)
async def test_what_the_page_does_not_know_is_not_there(
    sandbox: Sandbox, session: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with session.request(method, sandbox.primary.root + path) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        pytest.param({"text": "x" * 160}, 1, id="a segment"),
        pytest.param({"text": "x" * 161, "maxconcat": "2"}, 2, id="two"),
        pytest.param({"text": "x" * 161}, 1, id="what is cut costs nothing"),
        pytest.param({"text": "x", "type": "6"}, 1, id="voice"),
        pytest.param({"text": "x", "to": "Customers 2026"}, 3, id="three recipients"),
        pytest.param({"text": "x", "to": "447700900002"}, 0, id="an invalid number"),
    ],
)
async def test_each_segment_to_each_number_costs_a_credit(
    sandbox: Sandbox, client: Client, fields: dict[str, str], cost: int
) -> None:
    await client.send(**fields)
    assert sandbox.account.balance == 1000 - cost


async def test_a_submission_that_costs_too_much_is_refused_whole(
    sandbox: Sandbox, client: Client
) -> None:
    sandbox.account.balance = 1
    assert await client.send("447700900001,447700900008") == "ERR:INSUFFICIENT_CREDIT\r\n"
    assert (sandbox.taken.total, sandbox.account.balance) == (0, 1)


async def test_an_mms_is_taken_at_the_default_path_alone(sandbox: Sandbox, client: Client) -> None:
    lines = [
        *(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
          for name, value in (LOGIN | {"to": "447700900001", "type": "5", "text": "Cat"}).items()),
        '--b\r\nContent-Disposition: form-data; filename="cat.gif"\r\n'
        "Content-Type: image/gif\r\n\r\nGIF89a",
        "--b--",
    ]  # fmt: skip
    body = "\r\n".join(lines).encode()
    kind = "multipart/form-data; boundary=b"
    assert await client.post("/sendmsg.aspx", body, kind) == b"ERR:INVALID_REQUEST\r\n"
    assert (await client.post("/default.aspx", body, kind)).startswith(b"ID:")
    without = body.replace(b"; filename=", b"; name=")
    assert await client.post("/default.aspx", without, kind) == b"ERR:INVALID_REQUEST\r\n"
    taken = sandbox.taken[-1]
    assert (taken.kind, taken.text, taken.credits) == ("mms", "Cat", 4)
    assert taken.files == (File("cat.gif", "image/gif", b"GIF89a"),)


async def test_a_part_of_an_mms_is_had_by_name_or_by_index(
    sandbox: Sandbox, client: Client
) -> None:
    files = [File("hello.txt", "text/plain", b"Hello"), File("cid1.gif", "image/gif", b"GIF89a")]
    message_id = sandbox.mms_in("447700900001", "Look", files)

    async def part(name: str) -> str:
        return await client.ask("/retrievemms.aspx", {"msgid": message_id, "msgpart": name})

    assert [await part("cid1.gif"), await part("2"), await part("1")] == [
        "GIF89a",
        "GIF89a",
        "Hello",
    ]
    assert [await part("0"), await part("3")] == ["ERR:PARAMETER_INVALID\r\n"] * 2


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "OK"),
        ({"action": "2"}, "OK"),
        ({"action": "3"}, "OK"),
        ({"action": "4"}, "ERR:PPARAMETER_INVALID"),
        ({"sublistname": "Another"}, "ERR:PPARAMETER_INVALID"),
        ({"msisdn": "Sam"}, "ERR:INVALID_REQUEST"),
        ({"msisdn": ""}, "ERR:PARAMETER_MISSING"),
    ],
)
async def test_a_subscription_list_is_updated_or_the_page_says_why_not(
    client: Client, fields: dict[str, str], answer: str
) -> None:
    whole = {"sublistname": "MySubscriptionListName", "msisdn": "07700900001", "action": "1"}
    assert await client.ask("/updatesubscriptionlist.aspx", whole | fields) == answer + "\r\n"


async def test_members_of_a_subscription_list_come_and_go(sandbox: Sandbox, client: Client) -> None:
    members = sandbox.account.lists["MySubscriptionListName"]
    whole = {"sublistname": "MySubscriptionListName", "msisdn": "07700900001"}
    await client.ask("/updatesubscriptionlist.aspx", whole | {"action": "1"})
    assert members == {"447700900001"}
    await client.ask("/updatesubscriptionlist.aspx", whole | {"action": "2"})
    assert members == set()


async def test_everything_asked_is_kept_for_looking_at(sandbox: Sandbox, client: Client) -> None:
    await client.send(maxconcat="3", delrpt="1")
    asked = sandbox.asked[-1]
    assert (asked.method, asked.path, asked.query) == ("POST", "/smsgateway/sendmsg.aspx", "")
    assert asked.form.get("maxconcat") == "3"
