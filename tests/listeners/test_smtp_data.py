"""Where a mail ends, and how much of it is held: octets in, values out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Refusal
from bridge.listeners.smtp_data import BUSY, DataDecoder, Ending, Ends, Room, Share
from tests.listeners.smuggling import SMUGGLING

LIMIT = 1000


def ending(octets: bytes, *, step: int = 1 << 20, ends: Ends = Ends.CRLF) -> Ending | None:
    """What a decoder says that is fed so many octets at a time."""
    decoder = DataDecoder(LIMIT, Share(Room(10 * LIMIT)), ends=ends)
    for at in range(0, len(octets), step):
        found = decoder.feed(octets[at : at + step])
        if found is not None:
            behind = octets[at + step :]
            return replace(found, rest=found.rest + behind)
    return None


# ---------------------------------------------------------------- the end of DATA


@pytest.mark.parametrize("step", [1, 2, 3, 5, 1 << 20])
@pytest.mark.parametrize(
    ("octets", "mail", "rest"),
    [
        (b"hello\r\n.\r\n", b"hello\r\n", b""),
        (b"hello\r\n.\r\nQUIT\r\n", b"hello\r\n", b"QUIT\r\n"),
        (b".\r\n", b"", b""),
        (b"\r\n.\r\n", b"\r\n", b""),
        (b"..\r\n.\r\n", b".\r\n", b""),
        (b"a\r\n..b\r\n.c\r\n...\r\n.\r\n", b"a\r\n.b\r\nc\r\n..\r\n", b""),
        (b"a.\r\n.\r\n", b"a.\r\n", b""),
        (b"\xff\x80\r\n.\r\n", b"\xff\x80\r\n", b""),
        (b"x" * 500 + b"\r\n.\r\n", b"x" * 500 + b"\r\n", b""),
        (b"a\r\n.\r\n\n\r\0", b"a\r\n", b"\n\r\0"),  # what comes behind is not the mail's
    ],
)
def test_a_mail_ends_at_crlf_dot_crlf(octets: bytes, mail: bytes, rest: bytes, step: int) -> None:
    assert ending(octets, step=step) == Ending(mail, rest)


@pytest.mark.parametrize("ends", [Ends.CRLF, Ends.MIXED], ids=["anybody", "an old device"])
@pytest.mark.parametrize("step", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("trick", [*SMUGGLING, b"\0"], ids=repr)
def test_no_other_octets_end_a_mail(trick: bytes, step: int, ends: Ends) -> None:
    """T1"""
    octets = b"body" + trick + b"MAIL FROM:<smug@x>\r\n.\r\n"
    found = ending(octets, step=step, ends=ends)
    assert found is not None
    assert isinstance(found.mail, Refusal)
    assert (found.mail.code, found.mail.enhanced, found.hang_up) == (521, "5.6.0", True)


def test_a_bare_lf_is_refused_before_the_mail_ends() -> None:
    assert DataDecoder(LIMIT, Share(Room(LIMIT))).feed(b"a\nb") is not None


def test_a_cr_waits_for_its_lf() -> None:
    decoder = DataDecoder(LIMIT, Share(Room(10 * LIMIT)))
    assert decoder.feed(b"a\r") is None
    assert decoder.feed(b"\n.\r") is None
    assert decoder.feed(b"\n") == Ending(b"a\r\n")


@pytest.mark.parametrize("step", [1, 2, 1 << 20])
@pytest.mark.parametrize(
    ("octets", "mail"),
    [
        (b"a\nb\n\r\n.\r\n", b"a\r\nb\r\n\r\n"),
        (b"a\nb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"\n..x\r\n.\r\n", b"\r\n.x\r\n"),
        (b".\r\n", b""),
    ],
)
def test_an_old_device_may_send_bare_lf(octets: bytes, mail: bytes, step: int) -> None:
    assert ending(octets, step=step, ends=Ends.MIXED) == Ending(mail)


@pytest.mark.parametrize("step", [1, 2, 1 << 20])
@pytest.mark.parametrize(
    ("octets", "mail"),
    [
        (b"a\nb\n.\nQUIT\n", b"a\r\nb\r\n"),
        (b".\nQUIT\n", b""),
        (b"a\n..b\n.\nQUIT\n", b"a\r\n.b\r\n"),
    ],
)
def test_who_never_sent_a_cr_ends_a_mail_with_lf(octets: bytes, mail: bytes, step: int) -> None:
    found = ending(octets, step=step, ends=Ends.LF)
    assert found == Ending(mail, b"QUIT\n", bare=True)


@pytest.mark.parametrize("step", [1, 2, 1 << 20])
@pytest.mark.parametrize(
    ("octets", "mail"),
    [
        (b"a\nb\r\n.\r\n", b"a\r\nb\r\n"),
        (b"a\r\nb\n.\n", None),  # one CR, and LF.LF is no end any more
        (b"a\n.\r\n", None),
        (b"a\r\n.\n", None),
    ],
)
def test_one_cr_takes_the_end_with_lf_away(octets: bytes, mail: bytes | None, step: int) -> None:
    found = ending(octets, step=step, ends=Ends.LF)
    assert found is not None
    assert (found.mail == mail) if mail is not None else found.hang_up
    assert not found.bare


@pytest.mark.parametrize("octets", [b"a\rb\r\n.\r\n", b"a\0b\r\n.\r\n"])
def test_even_an_old_device_sends_no_bare_cr_and_no_nul(octets: bytes) -> None:
    found = ending(octets, ends=Ends.MIXED)
    assert found is not None
    assert found.hang_up


@given(st.lists(st.binary(max_size=40).map(lambda b: b.translate(None, b"\r\n\0")), max_size=12))
def test_what_is_stuffed_comes_out_as_it_was(lines: list[bytes]) -> None:
    mail = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." if x.startswith(b".") else b"") + x + b"\r\n" for x in lines)
    for step in (1, 7, 4096):
        assert ending(stuffed + b".\r\nNOOP\r\n", step=step) == Ending(mail, b"NOOP\r\n")


# ---------------------------------------------------------------- room for all mails together


def test_a_mail_that_finds_no_room_is_to_come_again() -> None:
    room = Room(100)
    with Share(room) as one, Share(room) as other:
        first, second = DataDecoder(LIMIT, one), DataDecoder(LIMIT, other)
        assert first.feed(b"x" * 60) is None
        assert second.feed(b"x" * 30) is None
        assert second.feed(b"x" * 30) == Ending(BUSY, b"", True)
    assert room.free == 100


def test_what_was_announced_is_held_once() -> None:
    room = Room(100)
    with Share(room) as share:
        assert share.holds(60)
        assert share.holds(50)
        assert room.free == 40
        assert not share.holds(101)
        assert share.holds(100)
    assert room.free == 100


# ---------------------------------------------------------------- size

TOO_LARGE = Refusal(552, "5.3.4", "the mail is larger than 1000 octets")


@pytest.mark.parametrize(
    ("octets", "mail"),
    [
        (b"x" * 998 + b"\r\n.\r\n", b"x" * 998 + b"\r\n"),
        (b"x" * 999 + b"\r\n.\r\n", TOO_LARGE),
        (b"..\r\n" * 333 + b".\r\n", b".\r\n" * 333),  # the stuffing does not count
        (b"..\r\n" * 334 + b".\r\n", TOO_LARGE),
        (b"x" * 1990 + b"\r\n.\r\n", TOO_LARGE),
    ],
)
def test_a_mail_is_as_large_as_it_is_meant(octets: bytes, mail: bytes | Refusal) -> None:
    assert ending(octets + b"QUIT\r\n", step=64) == Ending(mail, b"QUIT\r\n")


@pytest.mark.parametrize("line", [b"x" * 5000, b"x\r\n" * 5000])
def test_above_twice_the_limit_nobody_listens_on(line: bytes) -> None:
    assert ending(line, step=100) == Ending(TOO_LARGE, line[2100:], hang_up=True)
