"""The octets: where a mail ends, and what MAIL and RCPT may say; values in, values out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Notify, Refusal
from bridge.listeners.smtp_data import BUSY, DataDecoder, Ending, Room, Share
from bridge.listeners.smtp_wire import MailFrom, RcptTo, mail_from, rcpt_to

LIMIT = 1000


def ending(octets: bytes, *, step: int = 1 << 20, normalise: bool = False) -> Ending | None:
    """What a decoder says that is fed so many octets at a time."""
    decoder = DataDecoder(LIMIT, Share(Room(10 * LIMIT)), normalise=normalise)
    for at in range(0, len(octets), step):
        found = decoder.feed(octets[at : at + step])
        if found is not None:
            behind = octets[at + step :]
            return Ending(found.mail, found.rest + behind, found.hang_up)
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


SMUGGLING = [
    b"\n.\n",
    b"\r.\r",
    b"\r.\n",
    b"\n.\r",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r\n",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\0",
]


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize("trick", SMUGGLING, ids=repr)
def test_no_other_octets_end_a_mail(trick: bytes, step: int) -> None:
    found = ending(b"body" + trick + b"MAIL FROM:<smug@x>\r\n.\r\n", step=step)
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


@pytest.mark.parametrize(
    ("octets", "mail"),
    [
        (b"a\nb\n\r\n.\r\n", b"a\r\nb\r\n\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
        (b"a\n.\r\nb\r\n.\r\n", b"a\r\n\r\nb\r\n"),
        (b"\n..x\r\n.\r\n", b"\r\n.x\r\n"),
    ],
)
def test_an_old_device_may_send_bare_lf_but_not_end_with_it(octets: bytes, mail: bytes) -> None:
    assert ending(octets, normalise=True) == Ending(mail)


@pytest.mark.parametrize("octets", [b"a\rb\r\n.\r\n", b"a\0b\r\n.\r\n"])
def test_even_an_old_device_sends_no_bare_cr_and_no_nul(octets: bytes) -> None:
    found = ending(octets, normalise=True)
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


# ---------------------------------------------------------------- MAIL


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("FROM:<jo@example.com>", MailFrom("jo@example.com")),
        ("from: <jo@example.com>", MailFrom("jo@example.com")),
        ("FROM:jo@example.com", MailFrom("jo@example.com")),
        ("FROM:<>", MailFrom("")),
        ("FROM:<root>", MailFrom("root")),
        ("FROM:<a.b+c@[192.0.2.1]>", MailFrom("a.b+c@[192.0.2.1]")),
        ('FROM:<"jo <x> @"@example.com>', MailFrom('"jo <x> @"@example.com')),
        ('FROM:<"jo smith"@example.com>', MailFrom('"jo smith"@example.com')),
        ("FROM:<@relay.example,@b:jo@example.com>", MailFrom("jo@example.com")),
        ("FROM:<@relay.example:jo@example.com>", MailFrom("jo@example.com")),
        ("FROM:<jo@example.com> SIZE=1000 BODY=8BITMIME", MailFrom("jo@example.com", 1000)),
        ("FROM:<jo@example.com>  size=7  body=7bit ", MailFrom("jo@example.com", 7)),
        ("FROM:<jo@example.com> AUTH=<>", MailFrom("jo@example.com")),
        (
            "FROM:<jo@example.com> RET=hdrs ENVID=QQ+2B314",
            MailFrom("jo@example.com", ret="HDRS", envid="QQ+2B314"),
        ),
        ("FROM:<jürgen@example.com> SMTPUTF8", MailFrom("jürgen@example.com", utf8=True)),
    ],
)
def test_mail_says_who_writes(argument: str, said: MailFrom) -> None:
    assert mail_from(argument) == said


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        ("", "501 5.5.4"),
        ("FROM", "501 5.5.4"),
        ("FROM:", "501 5.5.4"),
        ("TO:<jo@example.com>", "501 5.5.4"),
        ("FROM:<jo@example.com", "501 5.5.4"),
        ("FROM:jo@example.com>", "501 5.5.4"),
        ("FROM:<a@b@c>", "501 5.5.4"),
        ("FROM:<a@b>SIZE=1", "501 5.5.4"),
        ("FROM:<" + "x" * 300 + "@example.com>", "501 5.1.7"),
        ("FROM:<x@" + "y" * 300 + ">", "501 5.1.7"),
        ("FROM:<jo\tx@example.com>", "501 5.1.7"),
        ("FROM:<jo smith@example.com>", "501 5.1.7"),
        ("FROM:<jo\x85x@example.com> SMTPUTF8", "501 5.1.7"),
        ('FROM:<"jo\u2028x"@example.com> SMTPUTF8', "501 5.1.7"),
        ("FROM:jo\u2029x@example.com SMTPUTF8", "501 5.1.7"),
        ("FROM:<jo@example\x7f.com>", "501 5.1.7"),
        ("FROM:<jürgen@example.com>", "553 5.6.7"),
        ("FROM:<a@b> SIZE=-1", "501 5.5.4"),
        ("FROM:<a@b> SIZE=", "501 5.5.4"),
        ("FROM:<a@b> SIZE=x", "501 5.5.4"),
        ("FROM:<a@b> SIZE=1 SIZE=1", "501 5.5.4"),
        ("FROM:<a@b> BODY=BINARYMIME", "501 5.5.4"),
        ("FROM:<a@b> SMTPUTF8=1", "501 5.5.4"),
        ("FROM:<a@b> RET=ALL", "501 5.5.4"),
        ("FROM:<a@b> ENVID=a+2b", "501 5.5.4"),  # xtext's hex is upper case
        ("FROM:<a@b> ENVID=" + "x" * 101, "501 5.5.4"),
        ("FROM:<a@b> XYZZY=1", "555 5.5.4"),
        ("FROM:<a@b> =", "501 5.5.4"),
    ],
)
def test_a_malformed_mail_command_is_refused(argument: str, answer: str) -> None:
    assert str(mail_from(argument)).startswith(answer)


# ---------------------------------------------------------------- RCPT

BOTH = frozenset({Notify.SUCCESS, Notify.FAILURE})


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("TO:<447700900123@sms.ex>", RcptTo("447700900123@sms.ex")),
        ("to: <sms:+447700900123@sms.ex>", RcptTo("sms:+447700900123@sms.ex")),
        ("TO:<+44(0)7700900123@sms.ex>", RcptTo("+44(0)7700900123@sms.ex")),
        ("TO:<+44 7700 900123@sms.ex>", RcptTo("+44 7700 900123@sms.ex")),
        ('TO:<"+44 (0)7700 900123"@sms.ex>', RcptTo('"+44 (0)7700 900123"@sms.ex')),
        ("TO:<@evil:447700900123@sms.ex>", RcptTo("447700900123@sms.ex")),
        ("TO:447700900123@sms.ex", RcptTo("447700900123@sms.ex")),
        ("TO:<postmaster>", RcptTo("postmaster")),
        ("TO:<1@a> NOTIFY=NEVER", RcptTo("1@a", frozenset({Notify.NEVER}))),
        ("TO:<1@a> NOTIFY=success,Failure", RcptTo("1@a", BOTH)),
        ("TO:<1@a> ORCPT=rfc822;jo+2Bx@y", RcptTo("1@a", orcpt="rfc822;jo+2Bx@y")),
    ],
)
def test_rcpt_says_to_whom_and_what_to_report(argument: str, said: RcptTo) -> None:
    assert rcpt_to(argument) == said


@pytest.mark.parametrize(
    ("argument", "answer"),
    [
        ("TO:<>", "501 5.1.3"),
        ("TO:", "501 5.5.4"),
        ("TO:< >", "501 5.1.3"),
        ("TO:<447700900123\t@sms.ex>", "501 5.1.3"),
        ("TO:<4477009\x8500123@sms.ex>", "501 5.1.3"),
        ('TO:<"447700\u2028900123"@sms.ex>', "501 5.1.3"),
        ("TO:447700\u2029900123@sms.ex", "501 5.1.3"),
        ("TO:<447700\xa0900123@sms.ex>", "501 5.1.3"),
        ("FROM:<a@b>", "501 5.5.4"),
        ("TO:<447700900123@sms.ex@evil>", "501 5.5.4"),
        ("TO:<447700900123@sms.ex> SIZE=1", "555 5.5.4"),
        ("TO:<1@a> NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("TO:<1@a> NOTIFY=SUCCESS,SUCCESS", "501 5.5.4"),
        ("TO:<1@a> NOTIFY=SOMETIMES", "501 5.5.4"),
        ("TO:<1@a> NOTIFY", "501 5.5.4"),
        ("TO:<1@a> NOTIFY=", "501 5.5.4"),
        ("TO:<1@a> ORCPT=jo@example.com", "501 5.5.4"),
        ("TO:<1@a> ORCPT=rfc822;a+b", "501 5.5.4"),
        ("TO:<1@a> ORCPT=rfc822;" + "x" * 500, "501 5.5.4"),
    ],
)
def test_a_malformed_rcpt_command_is_refused(argument: str, answer: str) -> None:
    assert str(rcpt_to(argument)).startswith(answer)


@given(st.text(max_size=80))
def test_any_argument_is_read_or_refused(argument: str) -> None:
    assert isinstance(mail_from("FROM:" + argument), MailFrom | Refusal)
    assert isinstance(rcpt_to("TO:" + argument, utf8=False), RcptTo | Refusal)
