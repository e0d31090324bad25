"""What a mail asks for: its headers one by one, and who comes first of those that say something."""

from __future__ import annotations

import pytest

from bridge.compose.reading.mime import Entity, parse
from bridge.compose.wishes import KINDS, Wishes, for_options, wishes
from bridge.core.model import Notify, Options, Refusal

OF_OPTIONS = ("voice", "mms", "sms", "unicode")


def asked(*headers: str) -> Wishes | Refusal:
    entity = parse("\r\n".join((*headers, "", "hello")).encode())
    assert isinstance(entity, Entity)
    return wishes(entity)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("X-SMS-Type: voice", Wishes(kind="voice")),
        ("x-sms-type: WAP-Push", Wishes(kind="wap-push")),
        ("X-SMS-Type: unicode", Wishes(kind="unicode")),
        ("X-SMS-Max: 3", Wishes(max_segments=3)),
        ("X-SMS-From: ACME", Wishes(originator="ACME")),
        ("X-SMS-Href: https://example.com/a", Wishes(href="https://example.com/a")),
        ("X-SMS-UDH: 0605", Wishes(udh="0605")),
        ("X-SMS-UD: 32F4", Wishes(ud="32F4")),
        ("X-SMS-Expires: 30 min", Wishes(expires=1800.0)),
        ("X-SMS-Expires: 2h", Wishes(expires=7200.0)),
        ("X-SMS-Report: none", Wishes(notify=frozenset({Notify.NEVER}))),
        ("X-SMS-Urgent: yes", Wishes(urgent=True)),
        ("X-SMS-URGENT: No", Wishes(urgent=False)),
        ("UserContext: ORDER-42", Wishes(user_context="ORDER-42")),
        ("usercontext: =?utf-8?q?caf=C3=A9?=", Wishes(user_context="café")),
        ("UserContext: " + "x" * 200, Wishes(user_context="x" * 100)),
        ("Subject: To:447700900123 MaxConcat:3", Wishes()),
        ("X-SMS-Type:", Wishes()),
    ],
)
def test_a_header_asks_for_one_thing(header: str, found: Wishes) -> None:
    assert asked(header) == found


def test_of_two_headers_alike_the_first_counts() -> None:
    assert asked("X-SMS-Max: 1", "X-SMS-Max: 2") == Wishes(max_segments=1)


@pytest.mark.parametrize(
    ("header", "reply"),
    [
        ("X-SMS-Type: fax", f"550 5.6.0 X-SMS-Type: 'fax' is not one of {', '.join(KINDS)}"),
        ("X-SMS-Max: 0", "550 5.6.0 X-SMS-Max: '0' is not a number of segments, such as 3"),
        ("X-SMS-Max: -1", "550 5.6.0 X-SMS-Max: '-1' is not a number of segments, such as 3"),
        ("X-SMS-Urgent: very", "550 5.6.0 X-SMS-Urgent: 'very' is not one of yes, no"),
        (
            "X-SMS-Report: some",
            "550 5.6.0 X-SMS-Report: 'some' is not one of all, failures, none",
        ),
        (
            "X-SMS-Expires: 8 d",
            "550 5.6.0 X-SMS-Expires: '8 d' is not a time of seven days at most, such as 30 min",
        ),
    ],
)
def test_what_there_is_not_is_refused_by_the_headers_name(header: str, reply: str) -> None:
    assert str(asked(header)) == reply


ADDRESS = Options("voice", 1, urgent=True)
HEADERS = Wishes(kind="sms", max_segments=2, urgent=False, user_context="header", expires=60.0)
LINES = Wishes(max_segments=3, user_context="line", originator="ACME")


@pytest.mark.parametrize(
    ("options", "headers", "lines", "found"),
    [
        (Options(), Wishes(), Wishes(), Wishes()),
        (ADDRESS, Wishes(), Wishes(), Wishes(kind="voice", max_segments=1, urgent=True)),
        (Options(), HEADERS, Wishes(), HEADERS),
        (Options(), Wishes(), LINES, LINES),
        (
            Options(),
            HEADERS,
            LINES,
            Wishes("sms", "", "", "", "ACME", "header", 2, 60.0, urgent=False),
        ),
        (
            ADDRESS,
            HEADERS,
            LINES,
            Wishes("voice", "", "", "", "ACME", "header", 1, 60.0, urgent=True),
        ),
        (
            Options(urgent=True),
            Wishes(notify=frozenset({Notify.NEVER})),
            Wishes(),
            Wishes(notify=frozenset({Notify.NEVER}), urgent=True),
        ),
    ],
    ids=["nobody", "address", "header", "line", "header, line", "all three", "side by side"],
)
def test_the_address_comes_before_the_header_before_the_line(
    options: Options, headers: Wishes, lines: Wishes, found: Wishes
) -> None:
    assert for_options(options, headers.over(lines)) == found


def test_a_no_is_said_too() -> None:
    assert Wishes(urgent=False).over(Wishes(urgent=True)).urgent is False


@pytest.mark.parametrize("kind", OF_OPTIONS)
def test_whatever_an_address_can_say_a_header_can(kind: str) -> None:
    assert for_options(Options(kind), Wishes()) == asked(f"X-SMS-Type: {kind}")


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("X-SMS-Typ", "did you mean X-SMS-Type?"),
        ("X-Sms-Expire", "did you mean X-SMS-Expires?"),
        ("X-SMS-Hreff", "did you mean X-SMS-Href?"),
    ],
)
def test_a_header_with_a_slip_is_refused_with_the_one_that_was_meant(
    header: str, meant: str
) -> None:
    found = asked(f"{header}: 1")
    assert isinstance(found, Refusal)
    assert found.text == f"there is no header {header.title().replace('Sms', 'SMS')}; {meant}"


@pytest.mark.parametrize("header", ["X-SMS-Sender", "X-SMS-Network", "X-SMS-Gateway", "X-SMSC"])
def test_headers_of_others_are_let_be(header: str) -> None:
    assert asked(f"{header}: 1") == Wishes()
