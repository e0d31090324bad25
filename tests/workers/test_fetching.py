"""The files of a multimedia message, from gateways that fail, lie and never end (T55 to T57)."""

from __future__ import annotations

import asyncio

import pytest

from bridge.core.judge import MMS_WAIT
from bridge.core.outcomes import Deferred
from bridge.workers import fetching
from bridge.workers.fetching import next_round
from bridge.workers.notifier import PREPARED
from tests.workers.conftest import NOW, TAKEN, Endless, Phone, Said, answer, ok

GIF = b"GIF89a\1\0\1\0\0\0\0;"
GIF2 = GIF + b"2"
HTML = b"<!DOCTYPE html><html><body>Service unavailable</body></html>"
BUSY = ok(b"ERR:GATEWAY_ERROR")
NONE = ok(b"ERR:MSGID_INVALID")
TOO_MUCH = 5 * 1024 * 1024 + 1


async def hour(phone: Phone, *, most: int = 40) -> int:
    """Look as often as the notifier would until the mail is sent; how many rounds that took."""
    await phone.round()
    for rounds in range(1, most):
        if phone.mails:
            return rounds
        await phone.round(await phone.waits())
    raise AssertionError("the mail never went")


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        pytest.param(("a.gif",), ["a.gif"], id="a name"),
        pytest.param(("",), ["1"], id="no name"),
        pytest.param(("..",), [".."], id="a folder"),
        pytest.param(("../../etc/passwd",), ["../../etc/passwd"], id="a path"),
        pytest.param(("http://169.254.169.254/x",), ["http://169.254.169.254/x"], id="a URL"),
        pytest.param(("a&msgid=other",), ["a&msgid=other"], id="a field of its own"),
        pytest.param(("a\0b",), ["a\0b"], id="NUL"),
        pytest.param(("a" * 300,), ["a" * 300], id="300 characters"),
        pytest.param(("ä b+c%.gif",), ["ä b+c%.gif"], id="what a form escapes"),
        pytest.param(("a.gif", "a.gif"), ["1", "2"], id="two under one name go by their index"),
    ],
)
async def test_a_name_is_a_value_in_a_form_and_nothing_else(
    phone: Phone, files: tuple[str, ...], asked: list[str]
) -> None:
    phone.gateway.said = {each: [ok(GIF)] for each in asked}
    await phone.sends(*files)
    await phone.round()
    assert phone.gateway.asked == asked
    assert all(head.startswith(b"POST /retrievemms.aspx HTTP") for head in phone.gateway.heads)
    assert list(phone.files.values()) == [GIF] * len(files)
    assert all(name == name.strip("./\\") and len(name) < 100 for name in phone.files)


async def test_two_files_under_one_name_both_arrive(phone: Phone) -> None:
    phone.gateway.said = {"1": [ok(GIF)], "3": [ok(GIF2)], "b.gif": [ok(GIF)]}
    await phone.sends("a.gif", "b.gif", "a.gif")
    await phone.round()
    assert sorted(phone.files.values()) == [GIF, GIF, GIF2]
    assert "missing" not in phone.words


async def test_a_name_that_the_gateway_does_not_know_is_asked_for_by_its_index(
    phone: Phone,
) -> None:
    phone.gateway.said = {"a.gif": [ok(GIF)], "2": [ok(GIF2)]}
    await phone.sends("a.gif", "b\ufffd.gif")
    await phone.round()
    assert phone.gateway.asked == ["a.gif", "b\ufffd.gif", "2"]
    assert set(phone.files.values()) == {GIF, GIF2}


async def test_a_name_to_which_the_gateway_says_a_page_is_asked_for_by_its_index(
    phone: Phone,
) -> None:
    phone.gateway.said = {"a<1>.gif": [answer("500 Broken", HTML)], "1": [ok(GIF)]}
    await phone.sends("a<1>.gif")
    await phone.round()
    assert phone.gateway.asked == ["a<1>.gif", "1"]
    assert list(phone.files.values()) == [GIF]


# ---------------------------------------------------------------- what is no file, for now


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(BUSY, id="an error of the gateway"),
        pytest.param(ok(b"ERR:INTERNAL_ERROR\r\n"), id="another one"),
        pytest.param(ok(b"DELAY:5"), id="it is busy"),
        pytest.param(ok(b"ERR:LOGIN_INVALID"), id="a password that is being changed"),
        pytest.param(NONE, id="a message that is not there yet"),
        pytest.param(ok(HTML), id="a page of errors"),
        pytest.param(ok(b"\xef\xbb\xbf\n <html>", "image/gif"), id="a page called a picture"),
        pytest.param(ok(b""), id="nothing"),
        pytest.param(answer("503 Busy", GIF), id="a status of 503"),
        pytest.param(answer("500 Broken", GIF), id="a status of 500"),
        pytest.param(answer("302 Found", GIF, "Location: /x"), id="a redirect"),
        pytest.param(ok(GIF)[:-3], id="half a file"),
        pytest.param(b"", id="a connection that ends"),
        pytest.param(b"\0\1\2", id="no HTTP"),
    ],
)
async def test_what_is_no_file_is_asked_for_again(phone: Phone, said: Said) -> None:
    phone.gateway.said = {"a.gif": [said, ok(GIF)], "1": [said, said]}
    await phone.sends("a.gif")
    await phone.round()
    assert phone.mails == []
    assert 10 <= await phone.waits() < 20
    await phone.round(20)
    assert list(phone.files.values()) == [GIF]


async def test_a_redirect_is_never_followed(phone: Phone) -> None:
    moved = answer("307 Go", b"", "Location: /elsewhere")
    phone.gateway.said = {"a.gif": [moved], "1": [moved]}
    await phone.sends("a.gif")
    await phone.round()
    assert phone.gateway.asked == ["a.gif", "1"]
    assert all(head.startswith(b"POST /retrievemms.aspx HTTP") for head in phone.gateway.heads)


async def test_a_gateway_that_hangs_costs_one_time_out(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PART_TIME", 0.5)
    phone.gateway.said = {"a.gif": [None], "b.gif": [ok(GIF)]}
    await phone.sends("a.gif", "b.gif")
    async with asyncio.timeout(5):
        await phone.round()
    assert phone.gateway.asked == ["a.gif"]


@pytest.mark.parametrize("said", [ok(HTML), BUSY, ok(b"DELAY:5"), answer("500 Broken", b"")])
async def test_a_file_that_does_not_come_costs_no_other(phone: Phone, said: Said) -> None:
    phone.gateway.said = {
        "a<1>.gif": [said],
        "1": [said],
        "b.gif": [ok(GIF)],
        "c.gif": [ok(GIF2)],
    }
    await phone.sends("a<1>.gif", "b.gif", "c.gif")
    await phone.round()
    assert phone.gateway.asked == ["a<1>.gif", "1", "b.gif", "c.gif"]
    await hour(phone)
    assert phone.gateway.asked.count("b.gif") == 1
    assert list(phone.files.values()) == [GIF, GIF2]
    assert "1 of 3 files missing" in phone.words


async def test_a_file_that_does_not_come_says_nothing_of_the_host(
    phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone.gateway.said = {"a.gif": [ok(HTML)], "1": [ok(HTML)]}
    await phone.sends("a.gif")
    for _ in range(5):
        await phone.round(300)
    said = "".join(capsys.readouterr())
    assert "web page" in said
    assert "state=down" not in said


async def test_a_file_over_which_the_gateway_hangs_costs_no_other(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PART_TIME", 0.5)
    phone.gateway.said = {"a.gif": [None], "b.gif": [ok(GIF)], "c.gif": [ok(GIF2)]}
    await phone.sends("a.gif", "b.gif", "c.gif")
    await phone.round()
    await phone.round(await phone.waits())
    assert phone.gateway.asked == ["a.gif", "b.gif", "c.gif", "a.gif"]
    monkeypatch.setattr(fetching, "PART_TIME", 0.05)  # from here on it is silent anyway
    await hour(phone)
    assert list(phone.files.values()) == [GIF, GIF2]


@pytest.mark.parametrize("said", [BUSY, ok(HTML), answer("302 Found", GIF), ok(b"")])
async def test_what_never_becomes_a_file_is_not_attached_as_one(phone: Phone, said: Said) -> None:
    phone.gateway.said = {"a.gif": [said], "1": [said], "b.gif": [ok(GIF2)]}
    await phone.sends("b.gif", "a.gif")
    assert await hour(phone) <= 20
    assert phone.now == NOW + MMS_WAIT
    assert list(phone.files.values()) == [GIF2]
    assert "[1 of 2 files missing: the gateway did not hand over a.gif]" in phone.words


async def test_that_there_is_no_such_file_is_believed_after_five_minutes(phone: Phone) -> None:
    phone.gateway.said = {"b.gif": [ok(GIF)]}
    await phone.sends("a.gif", "b.gif")
    await hour(phone)
    assert 300 <= phone.now - NOW <= 600
    assert list(phone.files.values()) == [GIF]
    assert phone.gateway.asked.count("b.gif") == 1  # in the first round
    assert "1 of 2 files missing" in phone.words


# ---------------------------------------------------------------- words that look like errors


@pytest.mark.parametrize(
    "text",
    [
        "ERR: the boiler is out",
        "ERR:",
        "ERR:NOTHING_WE_KNOW",
        "ERR:GATEWAY_ERROR is what it says here",
        "ERR:GATEWAY_ERROR\nERR:GATEWAY_ERROR",
        "ID:42",
        "BALANCE:100",
        "DELAY:soon",
        "OK",
    ],
)
async def test_a_text_that_begins_as_an_error_does_is_a_text(phone: Phone, text: str) -> None:
    phone.gateway.said = {"a.txt": [ok(text.encode())]}
    await phone.sends("a.txt")
    await phone.round()
    assert text in phone.words.replace("\r\n", "\n")


async def test_a_text_that_says_what_an_error_says_is_mailed_after_the_hour(phone: Phone) -> None:
    phone.gateway.said = {"a.txt": [BUSY]}
    await phone.sends("a.txt")
    await hour(phone)
    assert phone.now == NOW + MMS_WAIT
    assert "ERR:GATEWAY_ERROR" in phone.words
    assert "missing" not in phone.words


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(ok(b"x" * TOO_MUCH), id="more than 5 MB"),
        pytest.param(
            Endless(b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n\r\n", b"x" * 65536),
            id="no end",
        ),
        pytest.param(
            Endless(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"10000\r\n" + b"x" * 65536 + b"\r\n",
            ),
            id="chunks without end",
        ),
    ],
)
async def test_a_file_that_is_too_large_is_cut_off_and_not_asked_for_again(
    phone: Phone, said: Said
) -> None:
    phone.gateway.said = {"a.gif": [said], "b.gif": [ok(GIF)]}
    await phone.sends("a.gif", "b.gif")
    await phone.round()
    assert phone.gateway.asked == ["a.gif", "b.gif"]
    assert list(phone.files.values()) == [GIF]
    assert "1 of 2 files missing" in phone.words


async def test_twenty_files_are_fetched_and_no_more(phone: Phone) -> None:
    names = [f"{n:03}.gif" for n in range(1000)]
    phone.gateway.said = {each: [ok(GIF)] for each in names}
    await phone.sends(*names)
    await phone.round()
    assert phone.gateway.asked == names[:20]
    assert len(phone.files) == 20
    assert "980 of 1000 files missing" in phone.words


async def test_fifteen_megabytes_are_fetched_and_no_more(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_OCTETS", 1000)
    phone.gateway.said = {
        "a": [ok(b"GIF89a" + b"a" * 594)],
        "b": [ok(b"GIF89a" + b"b" * 594)],
        "c": [ok(b"GIF89a" + b"c" * 394)],
        "d": [ok(GIF)],
    }
    await phone.sends("a", "b", "c", "d")
    await phone.round()
    assert [len(each) for each in phone.files.values()] == [600, 400]
    assert phone.gateway.asked == ["a", "b", "c"]


# ---------------------------------------------------------------- time


def test_the_rounds_are_close_at_first_and_the_last_is_when_the_hour_is_over() -> None:
    now, waits = NOW, []
    while now < NOW + MMS_WAIT:
        due = next_round(NOW, now)
        waits.append(due - now)
        now = due
    assert waits[:8] == [10, 10, 20, 40, 80, 160, 300, 300]
    assert (max(waits), now) == (300, NOW + MMS_WAIT)


async def test_after_the_hour_the_mail_goes_with_what_there_is_and_never_again(
    phone: Phone,
) -> None:
    phone.gateway.said = {"a.gif": [ok(GIF)], "b.gif": [BUSY], "c.gif": [ok(GIF2)]}
    await phone.sends("a.gif", "b.gif", "c.gif")
    await hour(phone)
    assert phone.now == NOW + MMS_WAIT
    assert list(phone.files.values()) == [GIF, GIF2]
    assert "1 of 3 files missing: the gateway did not hand over b.gif" in phone.words
    phone.gateway.said["b.gif"] = [ok(GIF)]
    await phone.sends("a.gif", "b.gif", "c.gif")  # the gateway repeats the callback
    await phone.round(3600)
    assert len(phone.mails) == 1


@pytest.mark.parametrize("said", [BUSY, NONE], ids=["it did not come", "there is none"])
async def test_each_try_to_mail_it_says_the_same(phone: Phone, said: Said) -> None:
    phone.gateway.said = {"a.gif": [said], "1": [said], "b.gif": [ok(GIF)]}
    phone.smarthost = Deferred("451", "please come again")
    await phone.sends("a.gif", "b.gif")
    await hour(phone)
    asked = len(phone.gateway.asked)
    phone.gateway.said["a.gif"] = [ok(GIF2)]
    phone.smarthost = TAKEN
    await phone.round(await phone.waits())
    first, second = phone.mails
    assert first.as_bytes() == second.as_bytes()
    assert len(phone.gateway.asked) == asked


async def test_files_that_came_slowly_are_mailed_in_a_lease_of_their_own(phone: Phone) -> None:
    phone.gateway.said = {"a.gif": [ok(GIF)]}
    await phone.sends("a.gif")
    (lease,) = await phone.due()
    telling = asyncio.create_task(phone.notifier.tell(lease))
    await phone.gateway.hears.get()
    phone.now += PREPARED + 1
    await telling
    assert phone.mails == []
    (lease,) = await phone.due()
    assert (lease.attempts, lease.until) == (0, phone.now + 900)
    await phone.notifier.tell(lease)
    assert list(phone.files.values()) == [GIF]
    assert phone.gateway.asked == ["a.gif"]


async def test_after_a_crash_only_what_is_missing_is_fetched(phone: Phone) -> None:
    phone.gateway.said = {"a.gif": [ok(GIF)], "b.gif": [None]}
    await phone.sends("a.gif", "b.gif")
    (lease,) = await phone.due()
    dying = asyncio.create_task(phone.notifier.tell(lease))
    assert [await phone.gateway.hears.get() for _ in range(2)] == ["a.gif", "b.gif"]
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    phone.gateway.said["b.gif"] = [ok(GIF2)]
    await phone.round(901)  # its lease ran out
    assert phone.gateway.asked == ["a.gif", "b.gif", "b.gif"]
    assert list(phone.files.values()) == [GIF, GIF2]


async def test_waiting_for_files_or_for_a_hand_is_no_try(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PART_TIME", 2.0)
    phone.gateway.said = {"a.gif": [None, BUSY, ok(GIF)]}
    await phone.sends("a.gif", message_id="slow")
    await phone.sends("a.gif", message_id="next")
    slow, waiting = await phone.due()
    hangs = asyncio.create_task(phone.notifier.tell(slow))
    await phone.gateway.hears.get()
    await phone.notifier.tell(waiting)
    assert len(phone.gateway.asked) == 1
    assert await phone.waits() == 2
    await hangs
    await phone.round(10)
    leases = await phone.spool.lease_events("us", 10, phone.now + 600, phone.now + 1500)
    assert [lease.attempts for lease in leases] == [0] * len(leases)
    assert leases
