"""What MAIL and RCPT may say; values in, values out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import Notify, Refusal
from bridge.listeners.smtp_wire import MailFrom, RcptTo, mail_from, rcpt_to

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
    """T9"""
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
    """T9"""
    assert str(rcpt_to(argument)).startswith(answer)


@given(st.text(max_size=80))
def test_any_argument_is_read_or_refused(argument: str) -> None:
    assert isinstance(mail_from("FROM:" + argument), MailFrom | Refusal)
    assert isinstance(rcpt_to("TO:" + argument, utf8=False), RcptTo | Refusal)
