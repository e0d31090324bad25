"""The command line beside a running daemon: what became of a text, and what an operator can do."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.playground import OWNER, TEAM
from bridge.core.reporting import TOGETHER
from tests.flows.conftest import (
    PATIENCE,
    House,
    OpenHouse,
    StartProcess,
    at,
    letter,
    sent,
    until,
    written,
)

DONE, REFUSED, USAGE, TRY_LATER, SETTINGS = 0, 1, 2, 75, 78
PHONE, INVALID, NO_CREDIT = "447700900001", "447700900002", "447700900007"
LIST = "MySubscriptionListName"


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Its lines, as `--json` prints them."""
        return [json.loads(line) for line in self.out.splitlines()]


Smsbridge = Callable[..., Awaitable[Said]]


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    return await open_house(subscription_lists={"alerts": {"name": LIST}})


@pytest.fixture
def smsbridge(house: House, tmp_path: Path) -> Smsbridge:
    """Runs the command on the settings of the daemon that runs."""
    return commanded(written(house.ground.said, tmp_path))


def commanded(config: Path) -> Smsbridge:
    """Runs the command on a settings file."""

    async def run(*arguments: str, stdin: str = "") -> Said:
        said = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bridge", *arguments, "--config", str(config)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=config.parent,
            timeout=60,
            check=False,
        )
        return Said(said.returncode, said.stdout, said.stderr)

    return run


async def test_send_goes_through_the_policy_into_the_spool_and_the_log_tells_its_life(
    house: House, smsbridge: Smsbridge
) -> None:
    ordered = await smsbridge(
        *("send", "07700 900001", "The boiler is out", "--sender", OWNER, "--context", "B7"),
        "--json",
    )
    assert ordered.status == DONE, ordered.err
    spool_id = ordered.objects[0]["id"]
    text = await house.sandbox.wait_for(timeout=PATIENCE)
    assert (text.to, text.text, text.usercontext) == (PHONE, "The boiler is out", "B7")
    await house.stands(spool_id, "delivered")

    names = (spool_id, "07700 900001", OWNER, text.id)
    for told in await asyncio.gather(*(smsbridge("log", name, "--json") for name in names)):
        assert told.status == DONE
        found = {each["what"] for each in told.objects}
        assert {"mail", "attempt", "delivery", "event"} <= found
        (delivery,) = [each for each in told.objects if each["what"] == "delivery"]
        assert (delivery["state"], delivery["message_id"]) == ("delivered", text.id)
        assert "boiler" not in told.out
    with_words = await smsbridge("log", spool_id, "--content")
    assert "The boiler is out" in with_words.out


async def test_send_says_why_it_refuses(smsbridge: Smsbridge) -> None:
    short, piped, nothing = await asyncio.gather(
        smsbridge("send", "0770090012", "Hello", "--json"),
        smsbridge("send", "+33612345678", stdin="Hello"),
        smsbridge("send"),
    )
    assert short.status == REFUSED
    assert "one digit short for a GB mobile number" in short.objects[0]["refused"]
    assert (piped.status, piped.out) == (
        REFUSED,
        "refused: numbers outside GB are switched off for this sender\n",
    )
    assert nothing.status == USAGE


async def test_send_to_a_conversation_s_address_answers_in_it(
    house: House, smsbridge: Smsbridge
) -> None:
    await house.mail("Friday?", PHONE, subject="Friday", UserContext="ORDER-42")
    await house.texted("Friday?")
    house.sandbox.text_in(PHONE, "When?")
    mail = await house.told(OWNER, "ORDER-42")
    (reply_address,) = mail.message["From"].addresses
    anonymous = await smsbridge("send", reply_address.username, "4pm it is")
    assert anonymous.status == USAGE
    assert "an answer in a conversation needs --sender" in anonymous.err
    answered = await smsbridge("send", reply_address.username, "4pm it is", "--sender", OWNER)
    assert answered.status == DONE, answered.out
    (text,) = await house.texted("4pm it is")
    assert (text.to, text.usercontext) == (PHONE, "ORDER-42")


async def test_send_takes_no_more_recipients_than_a_mail_may_have(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    house = await open_house(smtp={"max_recipients": 2})
    smsbridge = commanded(written(house.ground.said, tmp_path))
    twice, thrice = await asyncio.gather(
        smsbridge("send", f"{PHONE},07700 900001,447700900003", "Hello"),
        smsbridge("send", f"{PHONE},447700900003,447700900004", "Hello"),
    )
    assert twice.status == DONE, twice.out
    assert (thrice.status, thrice.out) == (REFUSED, "refused: 3 recipients (2 at most)\n")


async def test_what_nobody_knows_is_1(smsbridge: Smsbridge) -> None:
    log, show, drop = await asyncio.gather(
        smsbridge("log", "nobody@example.com"),
        smsbridge("spool", "show", "019fa2c4d7e13b7c2d"),
        smsbridge("spool", "drop", "019fa2c4d7e13b7c2e"),
    )
    assert [each.status for each in (log, show, drop)] == [REFUSED] * 3
    assert "nothing to drop" in drop.out


async def test_an_operator_sees_holds_releases_and_drops_what_waits(
    house: House, smsbridge: Smsbridge
) -> None:
    await house.sandbox.primary.down()
    held, dropped = [await house.mail(text, PHONE) for text in ("Keep me", "Drop me")]
    listed = await smsbridge("spool", "list", "--json")
    assert listed.status == DONE
    (submit,) = [each for each in listed.objects if each.get("lane") == "submit"]
    assert submit["waiting"] == 2
    states = {e["id"]: e["state"] for e in listed.objects if e.get("what") == "delivery"}
    assert states.keys() == {f"{held}.1", f"{dropped}.1"}

    await until(lambda: obeyed(smsbridge, "hold", held))
    await until(lambda: obeyed(smsbridge, "drop", dropped))
    shown = await smsbridge("spool", "show", held, "--json")
    (delivery,) = [each for each in shown.objects if each["what"] == "delivery"]
    assert (delivery["state"], delivery["text"]) == ("held", "Keep me")
    await house.sandbox.primary.up()
    again = await smsbridge("spool", "release", held)
    assert (again.status, again.out) == (DONE, f"release: 1 of {held}\n")
    text = await house.sandbox.wait_for(timeout=PATIENCE)
    assert text.text == "Keep me"
    twice, never = await asyncio.gather(
        smsbridge("spool", "release", held), smsbridge("spool", "release", dropped)
    )
    assert (twice.status, never.status) == (REFUSED, REFUSED)
    assert house.sandbox.taken.total == 1


async def test_a_retry_sends_again_what_was_refused(house: House, smsbridge: Smsbridge) -> None:
    spool_id = await house.mail("Hello", INVALID)
    await house.stands(spool_id, "rejected")
    await house.later(TOGETHER)
    await house.told(OWNER, "not delivered")
    before = house.sandbox.asked.total
    again = await smsbridge("spool", "retry", spool_id, "--json")
    assert (again.status, again.objects[0]["changed"]) == (DONE, 1)
    await house.sandbox.asked.wait_total(before + 1, PATIENCE)


async def test_a_command_without_a_daemon_is_written_down_and_obeyed_before_anything_is_sent(
    start_process: StartProcess,
) -> None:
    process = await start_process()
    smsbridge = commanded(process.config)
    await process.sandbox.primary.down()
    spool_id = await asyncio.to_thread(sent, process.smtp, letter("Hello"), OWNER, at(PHONE))
    assert await process.signal(signal.SIGTERM) == 0
    await process.sandbox.primary.up()
    ordered = await smsbridge("spool", "drop", spool_id)
    assert ordered.status == TRY_LATER
    await process.start()
    await asyncio.to_thread(sent, process.smtp, letter("The next"), OWNER, at(PHONE))
    text = await process.sandbox.wait_for(timeout=PATIENCE)
    assert text.text == "The next"
    told = await smsbridge("log", spool_id, "--json")
    (delivery,) = [each for each in told.objects if each["what"] == "delivery"]
    assert delivery["state"] == "dropped"


async def test_check_says_what_it_found_and_75_if_something_cannot_be_reached(
    house: House, smsbridge: Smsbridge
) -> None:
    well, balance = await asyncio.gather(
        smsbridge("check", "--json"), smsbridge("balance", "--json")
    )
    assert well.status == DONE, well.out
    found = {each["what"].split()[0]: each["result"] for each in well.objects}
    assert (
        found
        == {
            "settings": "ok",
            "addresses": "ok",
            "store": "ok",
            "gateway": "warn",  # http, as the sandbox speaks it
            "smarthost": "ok",
            "callbacks": "ok",
        }
        or found["gateway"] == "ok"
    )
    assert balance.objects == [{"balance": "1000", "days_left": None, "host": house.sandbox.url}]
    await house.sandbox.primary.down()
    await house.inbox.down()
    ill, unknown = await asyncio.gather(smsbridge("check", "--json"), smsbridge("balance"))
    assert (ill.status, unknown.status) == (TRY_LATER, TRY_LATER)
    failed = {each["what"].split()[0] for each in ill.objects if each["result"] == "fail"}
    assert failed == {"gateway", "smarthost"}


async def test_a_refused_login_is_1(house: House, smsbridge: Smsbridge) -> None:
    house.sandbox.account.password = "changed"
    refused = await smsbridge("balance")
    assert (refused.status, refused.out) == (REFUSED, "")
    assert "LOGIN_INVALID" in refused.err


async def test_a_list_is_changed_and_its_event_comes_back_as_a_mail(
    house: House, smsbridge: Smsbridge
) -> None:
    done, unknown = await asyncio.gather(
        smsbridge("list", "subscribe", "alerts", "07700 900011", "--json"),
        smsbridge("list", "delete", "no-such-list", "07700900011"),
    )
    assert done.objects == [{"list": LIST, "number": "447700900011", "action": "subscribe"}]
    assert done.status == DONE
    assert house.sandbox.account.lists == {LIST: {"447700900011"}}
    assert unknown.status == REFUSED
    assert "PPARAMETER_INVALID" in unknown.err
    await house.told(TEAM, f"List {LIST}")


async def test_wrong_settings_are_78_whatever_the_verb(tmp_path: Path) -> None:
    config = tmp_path / "bridge.toml"
    config.write_text('[smtp]\nlisten = ["here"]\nhostnam = "sms.example.com"\n')
    smsbridge = commanded(config)
    verbs = (("run",), ("send", PHONE, "Hello"), ("spool", "list"))
    for said in await asyncio.gather(*(smsbridge(*verb) for verb in verbs)):
        assert said.status == SETTINGS
        assert "smtp.hostnam" in said.err
        assert "smtp.listen" in said.err


async def test_a_second_daemon_on_one_store_is_78(house: House, smsbridge: Smsbridge) -> None:
    second = await smsbridge("run")
    assert second.status == SETTINGS
    assert "in use by another daemon" in second.err


async def obeyed(smsbridge: Smsbridge, verb: str, spool_id: str) -> bool:
    """Whether a command changed something; what is being submitted at this moment takes none."""
    said = await smsbridge("spool", verb, spool_id, "--json")
    return said.status == DONE and said.objects[0]["changed"] == 1
