"""What holds for every gateway that the registry knows."""

from __future__ import annotations

import pytest

from bridge.core.events import Unreadable
from bridge.core.model import (
    Binary,
    Content,
    ListAction,
    Mms,
    Msisdn,
    Part,
    Submission,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.outcomes import InDoubt
from bridge.gateways.contract import Gateway, RawCallback, Request, Response
from bridge.gateways.registry import KINDS, Account, gateway

A, B = Msisdn("447700900001"), Msisdn("447700900002")
ACCOUNT = Account("https://one.example/sms", "canary-user", "canary-word", "https://two.example")
CONTENTS: list[Content] = [
    Text("hello"),
    Unicode("привет"),
    Mms("a picture", (Part("a.gif", "image/gif", b"GIF89a"),)),
    Binary(b"\x01", b"\x02"),
    WapPush("look", "https://example.com/a"),
    Voice("hello"),
]


@pytest.fixture(params=KINDS)
def codec(request: pytest.FixtureRequest) -> Gateway:
    return gateway(request.param, ACCOUNT)


def every_request(codec: Gateway) -> list[Request]:
    requests = [
        codec.balance_request(),
        codec.part_request("1", "a.gif"),
        *(codec.list_request("l", "1", action) for action in ListAction),
    ]
    for content in CONTENTS:
        item = Submission("s", "m", (A, B), content, 0.0, 1.0, "person", "jo@example.com")
        requests.append(codec.submit_request(item, (A,)))
    return requests


def test_it_has_its_hosts_the_primary_first(codec: Gateway) -> None:
    assert codec.hosts == ("https://one.example/sms", "https://two.example")


def test_a_gateway_without_a_backup_has_one_host() -> None:
    for kind in KINDS:
        assert gateway(kind, Account("https://one.example", "u", "p")).hosts == (
            "https://one.example",
        )


def test_credentials_travel_in_bodies_alone_and_are_printed_nowhere(codec: Gateway) -> None:
    for request in every_request(codec):
        assert b"canary-word" in request.body
        assert "canary" not in f"{request.path} {request.content_type} {request!r}"
    assert "canary" not in f"{codec!r} {ACCOUNT!r}"


def test_a_header_cannot_break_out_of_its_line(codec: Gateway) -> None:
    for request in every_request(codec):
        assert request.content_type.isprintable()
        assert request.path.isprintable()


def test_the_same_submission_is_the_same_request(codec: Gateway) -> None:
    assert every_request(codec) == every_request(codec)


@pytest.mark.parametrize(
    "response",
    [
        Response(200, b""),
        Response(200, b"\x00\xff"),
        Response(500, b""),
        Response(200, b"", complete=False),
    ],
)
def test_every_destination_has_an_outcome_and_silence_is_doubt(
    codec: Gateway, response: Response
) -> None:
    got = codec.submit_outcomes((A, B), response)
    assert set(got) == {A, B}
    assert all(isinstance(each, InDoubt) for each in got.values())


def test_a_callback_that_means_nothing_is_unreadable_and_kept(codec: Gateway) -> None:
    got = codec.callback(RawCallback(b"", b"\x00\xff", "", 1.0))
    assert isinstance(got.event, Unreadable)
    assert got.raw == b"\x00\xff"
