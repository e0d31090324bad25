"""A mail server that says no, says nothing or goes away: what each means for each recipient."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bridge.clients.smarthost import Smarthost, Unreachable
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.notices.render import Notice

JO, ANN, KIM = "jo@example.com", "ann@example.com", "kim@example.com"
CONTENT = b"Subject: hi\r\n\r\n.one dot\r\n..\r\nend\r\n"
HANG = "hang"  # never answer
DROP = "drop"  # close the connection


@dataclass
class Scripted:
    """A mail server that answers by a script, `250 ok` to all that is not in it.

    A key is a stage (`greeting`, `END` for the final dot) or the beginning of a command; a list is
    answered from in turn, its last answer for ever.
    """

    script: Mapping[str, str | list[str]] = field(default_factory=dict)
    port: int = 0
    connections: int = 0
    open: int = 0
    most_open: int = 0
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _turns: dict[str, int] = field(default_factory=dict)

    def answer(self, stage: str, usual: str) -> str:
        key = max((k for k in self.script if stage.startswith(k)), key=len, default=None)
        if key is None:
            return usual
        scripted = self.script[key]
        if isinstance(scripted, str):
            return scripted
        turn = self._turns.get(key, 0)
        self._turns[key] = turn + 1
        return scripted[min(turn, len(scripted) - 1)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.writers.append(writer)
        self.most_open = max(self.most_open, self.open)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._dialogue(reader, writer)
        self.open -= 1
        writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(stage: str, usual: str = "250 ok") -> bool:
            answer = self.answer(stage, usual)
            if answer == HANG:
                await self.gate.wait()
            if answer in (HANG, DROP):
                return False
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            return True

        more = await say("greeting", "220 mx.example.com")
        while more and (line := await reader.readline()):
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            if command == "DATA":
                more = await say("DATA", "354 go on")
                if more and self.answer("DATA", "354").startswith("354"):
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    more = await say("END", "250 2.0.0 queued as 4711")
            elif command == "QUIT":
                await say("QUIT", "221 bye")
                return
            else:
                more = await say(command)

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.transport.abort()

    def said(self, verb: str) -> list[str]:
        return [each for each in self.commands if each.startswith(verb)]


@asynccontextmanager
async def scripted(
    script: Mapping[str, str | list[str]] | None = None,
) -> AsyncIterator[Scripted]:
    mail_server = Scripted(script or {})
    server = await asyncio.start_server(mail_server.serve, "127.0.0.1", 0)
    mail_server.port = server.sockets[0].getsockname()[1]
    try:
        yield mail_server
    finally:
        mail_server.gate.set()
        server.close()
        await until(lambda: mail_server.open == 0)


@asynccontextmanager
async def client(port: int, **options: object) -> AsyncIterator[Smarthost]:
    timing: dict[str, object] = {"step_timeout": 0.2, "data_timeout": 0.2}
    smarthost = Smarthost("127.0.0.1", port, **(timing | options))  # type: ignore[arg-type]
    try:
        yield smarthost
    finally:
        await smarthost.close()


def notice(*recipients: str, reverse_path: str = "bounces@sms.example.com") -> Notice:
    return Notice(recipients or (JO,), reverse_path, CONTENT)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 - what a socket does sets no event
            await asyncio.sleep(0.001)


# ---------------------------------------------------------------- what each answer means


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        pytest.param({}, Accepted("2.0.0 queued as 4711"), id="taken"),
        pytest.param({"END": "250-one\r\n250 two"}, Accepted("one two"), id="two lines"),
        pytest.param({"greeting": HANG}, Deferred, id="no greeting"),
        pytest.param({"greeting": DROP}, Deferred, id="closed at once"),
        pytest.param({"greeting": "421 busy"}, Deferred("CONNECT", "421 busy"), id="busy"),
        pytest.param({"greeting": "554 no"}, Deferred("CONNECT", "554 no"), id="not to us, now"),
        pytest.param({"greeting": "nonsense"}, Deferred, id="no mail server"),
        pytest.param({"EHLO": HANG}, Deferred, id="EHLO hangs"),
        pytest.param({"EHLO": "500 what?"}, Accepted("2.0.0 queued as 4711"), id="only HELO"),
        pytest.param({"EHLO": "500 what?", "HELO": "550 no"}, Deferred, id="not even HELO"),
        pytest.param({"MAIL": HANG}, Deferred, id="MAIL hangs"),
        pytest.param({"MAIL": DROP}, Deferred, id="lost at MAIL"),
        pytest.param({"MAIL": "451 wait"}, Deferred("451", "451 wait"), id="MAIL later"),
        pytest.param({"MAIL": "550 no"}, Refused("550", "550 no"), id="MAIL refused"),
        pytest.param({"MAIL": "552 too big"}, Refused("552", "552 too big"), id="too big"),
        pytest.param({"MAIL": "530 log in"}, Blocked("530", "530 log in"), id="a login is asked"),
        pytest.param({"RCPT": HANG}, Deferred, id="RCPT hangs"),
        pytest.param({"RCPT": DROP}, Deferred, id="lost at RCPT"),
        pytest.param({"RCPT": "450 grey"}, Deferred("450", "450 grey"), id="greylisted"),
        pytest.param({"RCPT": "550 gone"}, Refused("550", "550 gone"), id="no such user"),
        pytest.param({"RCPT": "552 many"}, Deferred("552", "552 many"), id="too many, of old"),
        pytest.param({"RCPT": "251 moved"}, Accepted("2.0.0 queued as 4711"), id="forwarded"),
        pytest.param({"RCPT": "421 bye"}, Deferred("LOST", "421 bye"), id="closing at RCPT"),
        pytest.param({"DATA": HANG}, Deferred, id="DATA hangs: nothing left"),
        pytest.param({"DATA": DROP}, Deferred, id="lost at DATA: nothing left"),
        pytest.param({"DATA": "451 wait"}, Deferred("451", "451 wait"), id="DATA later"),
        pytest.param({"DATA": "554 no"}, Refused("554", "554 no"), id="DATA refused"),
        pytest.param({"END": HANG}, InDoubt, id="no answer to the final dot"),
        pytest.param({"END": DROP}, InDoubt, id="lost after the final dot"),
        pytest.param({"END": "nonsense"}, InDoubt, id="nonsense after the final dot"),
        pytest.param({"END": "354 go on"}, InDoubt, id="an answer to something else"),
        pytest.param({"END": "452 full"}, Deferred("452", "452 full"), id="full"),
        pytest.param({"END": "421 bye"}, Deferred("421", "421 bye"), id="closing, not taken"),
        pytest.param({"END": "554 spam"}, Refused("554", "554 spam"), id="refused as a whole"),
    ],
)
async def test_each_answer_has_one_meaning(
    script: Mapping[str, str], outcome: Outcome | type[Outcome]
) -> None:
    async with scripted(script) as server, client(server.port) as smarthost:
        found = (await smarthost.deliver(notice()))[JO]

    if isinstance(outcome, type):
        assert isinstance(found, outcome)
    else:
        assert found == outcome


async def test_each_recipient_has_its_own_outcome() -> None:
    script = {f"RCPT TO:<{ANN}>": "550 5.1.1 gone", f"RCPT TO:<{KIM}>": "450 4.2.2 full"}
    async with scripted(script) as server, client(server.port) as smarthost:
        found = await smarthost.deliver(notice(JO, ANN, KIM))

    assert found == {
        JO: Accepted("2.0.0 queued as 4711"),
        ANN: Refused("550", "550 5.1.1 gone"),
        KIM: Deferred("450", "450 4.2.2 full"),
    }
    assert len(server.mails) == 1


async def test_what_was_refused_stays_refused_when_the_connection_is_lost() -> None:
    script = {f"RCPT TO:<{ANN}>": "550 gone", "END": DROP}
    async with scripted(script) as server, client(server.port) as smarthost:
        found = await smarthost.deliver(notice(JO, ANN))

    assert isinstance(found[JO], InDoubt)
    assert found[ANN] == Refused("550", "550 gone")


async def test_where_nobody_is_taken_nothing_is_sent() -> None:
    async with scripted({"RCPT": "550 gone"}) as server, client(server.port) as smarthost:
        await smarthost.deliver(notice(JO, ANN))

    assert server.said("DATA") == []


async def test_where_nobody_listens_the_mail_waits() -> None:
    async with scripted() as server:
        port = server.port
    async with client(port) as smarthost:
        found = (await smarthost.deliver(notice()))[JO]

    assert isinstance(found, Deferred)
    assert found.token == "CONNECT"


async def test_a_host_that_no_name_server_knows_is_a_reason_to_wait() -> None:
    smarthost = Smarthost("no-such-host.invalid", 25, step_timeout=5)

    assert isinstance((await smarthost.deliver(notice()))[JO], Deferred)


# ---------------------------------------------------------------- what goes over the wire


async def test_the_mail_arrives_to_the_octet_with_its_dots_stuffed() -> None:
    async with scripted() as server, client(server.port) as smarthost:
        await smarthost.deliver(notice())

    assert server.mails == [b"Subject: hi\r\n\r\n..one dot\r\n...\r\nend\r\n.\r\n"]


async def test_no_line_end_of_another_kind_ends_the_mail_early() -> None:
    smuggled = Notice((JO,), "", b"a\r\n\r\nb\n.\nMAIL FROM:<x>\r.\rc")
    async with scripted() as server, client(server.port) as smarthost:
        await smarthost.deliver(smuggled)

    assert server.mails == [b"a\r\n\r\nb\r\n..\r\nMAIL FROM:<x>\r\n..\r\nc\r\n.\r\n"]


@pytest.mark.parametrize(
    ("ehlo", "recipient", "reverse_path", "mail", "rcpt"),
    [
        ("250 mx", JO, "b@x.org", "MAIL FROM:<b@x.org>", f"RCPT TO:<{JO}>"),
        ("250 mx", JO, "", "MAIL FROM:<>", f"RCPT TO:<{JO}>"),
        ("250-mx\r\n250 SIZE 1000", JO, "", f"MAIL FROM:<> SIZE={len(CONTENT)}", f"RCPT TO:<{JO}>"),
        ("250-mx\r\n250 SMTPUTF8", JO, "", "MAIL FROM:<>", f"RCPT TO:<{JO}>"),
        (
            "250-mx\r\n250 SMTPUTF8",
            "jörg@example.com",
            "",
            "MAIL FROM:<> SMTPUTF8",
            "RCPT TO:<jörg@example.com>",
        ),
        ("250 mx", "jo@bücher.example", "", "MAIL FROM:<>", "RCPT TO:<jo@xn--bcher-kva.example>"),
        ("250 mx", '"a b"@example.com', "", "MAIL FROM:<>", 'RCPT TO:<"a b"@example.com>'),
    ],
)
async def test_only_what_the_server_offers_is_used(
    ehlo: str, recipient: str, reverse_path: str, mail: str, rcpt: str
) -> None:
    async with scripted({"EHLO": ehlo}) as server, client(server.port) as smarthost:
        found = await smarthost.deliver(notice(recipient, reverse_path=reverse_path))

    assert isinstance(found[recipient], Accepted)
    assert (server.said("MAIL"), server.said("RCPT")) == ([mail], [rcpt])


@pytest.mark.parametrize(
    "address",
    [
        "jörg@example.com",
        "nobody",
        "",
        "a b@example.com",
        "a@b> SIZE=1 <c@d",
        "a@b\r\nRCPT TO:<v@e.org",
        "a\0@example.com",
    ],
)
async def test_an_address_that_cannot_be_named_is_refused_and_the_others_go(address: str) -> None:
    async with scripted() as server, client(server.port) as smarthost:
        found = await smarthost.deliver(notice(address, JO))

    assert isinstance(found[address], Refused)
    assert isinstance(found[JO], Accepted)
    assert server.said("RCPT") == [f"RCPT TO:<{JO}>"]


# ---------------------------------------------------------------- connections


async def test_a_connection_serves_one_mail_after_another() -> None:
    async with scripted() as server, client(server.port) as smarthost:
        for _ in range(3):
            await smarthost.deliver(notice())

    assert server.connections == 1
    assert len(server.mails) == 3


@pytest.mark.parametrize("script", [{"END": "451 wait"}, {"END": "554 no"}])
async def test_a_no_to_the_whole_mail_leaves_the_connection_as_new(
    script: Mapping[str, str],
) -> None:
    async with scripted(script) as server, client(server.port) as smarthost:
        await smarthost.deliver(notice())
        await smarthost.deliver(notice())

    assert server.connections == 1


@pytest.mark.parametrize(
    "script",
    [
        {"RCPT": "550 gone"},
        {"MAIL": "451 wait"},
        {"DATA": "451 wait"},
        {"END": HANG},
        {"END": "421 bye"},
    ],
)
async def test_a_transaction_that_ended_halfway_ends_its_connection(
    script: Mapping[str, str],
) -> None:
    async with scripted(script) as server, client(server.port) as smarthost:
        await smarthost.deliver(notice())
        await smarthost.deliver(notice())

    assert server.connections == 2


@pytest.mark.parametrize("answer", [DROP, HANG, "421 idle too long"])
async def test_a_connection_that_went_stale_costs_no_attempt(answer: str) -> None:
    async with (
        scripted({"MAIL": ["250 ok", answer, "250 ok"]}) as server,
        client(server.port) as smarthost,
    ):
        await smarthost.deliver(notice())
        found = await smarthost.deliver(notice())

    assert isinstance(found[JO], Accepted)
    assert (server.connections, len(server.mails)) == (2, 2)


async def test_a_mail_is_never_sent_again_by_itself_once_it_may_have_been_taken() -> None:
    async with (
        scripted({"END": ["250 ok", DROP, "250 ok"]}) as server,
        client(server.port) as smarthost,
    ):
        await smarthost.deliver(notice())
        found = await smarthost.deliver(notice())

    assert isinstance(found[JO], InDoubt)
    assert len(server.mails) == 2


async def test_a_fresh_connection_that_is_lost_is_not_tried_twice() -> None:
    async with scripted({"MAIL": DROP}) as server, client(server.port) as smarthost:
        await smarthost.deliver(notice())

    assert server.connections == 1


async def test_a_connection_that_the_server_closed_is_not_used() -> None:
    async with scripted() as server, client(server.port) as smarthost:
        await smarthost.deliver(notice())
        server.hang_up()
        await until(lambda: server.open == 0)
        found = await smarthost.deliver(notice())

    assert isinstance(found[JO], Accepted)
    assert server.connections == 2


async def test_an_idle_connection_says_goodbye_and_is_closed() -> None:
    async with scripted() as server, client(server.port, idle_limit=0.01) as smarthost:
        await smarthost.deliver(notice())
        await until(lambda: server.open == 0)

    assert server.commands[-1] == "QUIT"


async def test_no_more_connections_are_open_than_the_settings_allow() -> None:
    async with scripted() as server, client(server.port, connections=2) as smarthost:
        found = await asyncio.gather(*(smarthost.deliver(notice()) for _ in range(20)))

    assert server.most_open == 2
    assert server.connections == 2
    assert all(isinstance(each[JO], Accepted) for each in found)


async def test_a_mail_server_that_hangs_holds_one_hand_alone() -> None:
    async with (
        scripted({"END": [HANG, "250 ok"]}) as server,
        client(server.port, connections=2, data_timeout=30) as smarthost,
    ):
        stuck = asyncio.create_task(smarthost.deliver(notice()))
        await until(lambda: len(server.mails) == 1)
        found = await smarthost.deliver(notice())
        server.gate.set()
        late = await stuck

    assert isinstance(found[JO], Accepted)
    assert isinstance(late[JO], InDoubt)


async def test_a_mail_that_is_given_up_closes_its_connection_and_frees_its_hand() -> None:
    async with (
        scripted({"END": [HANG, "250 ok"]}) as server,
        client(server.port, connections=1, data_timeout=30) as smarthost,
    ):
        stuck = asyncio.create_task(smarthost.deliver(notice()))
        await until(lambda: len(server.mails) == 1)
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        found = await smarthost.deliver(notice())

    assert isinstance(found[JO], Accepted)
    assert server.connections == 2


async def test_once_closed_no_connection_is_kept() -> None:
    async with scripted() as server, client(server.port) as smarthost:
        await smarthost.deliver(notice())
        await smarthost.close()
        await until(lambda: server.open == 0)
        await smarthost.deliver(notice())
        await until(lambda: server.open == 0)

    assert server.connections == 2


# ---------------------------------------------------------------- the operator's question


async def test_a_probe_says_what_it_found_and_sends_nothing() -> None:
    async with scripted({"EHLO": "250-mx\r\n250 SIZE 1000"}) as server:
        async with client(server.port) as smarthost:
            said = await smarthost.probe()

        assert said == f"127.0.0.1:{server.port} answers (no TLS, no login, SIZE)"
        assert server.said("MAIL") == []


@pytest.mark.parametrize(
    ("script", "options", "why"),
    [
        ({"greeting": "554 go away"}, {}, "554 go away"),
        ({"greeting": HANG}, {}, "Timed out"),
        ({}, {"username": "jo", "password": "x"}, "AUTH"),
        ({}, {"mode": "starttls"}, "STARTTLS"),
    ],
)
async def test_a_probe_says_why_not(
    script: Mapping[str, str], options: Mapping[str, object], why: str
) -> None:
    async with scripted(script) as server, client(server.port, **options) as smarthost:
        with pytest.raises(Unreachable, match=why):
            await smarthost.probe()
