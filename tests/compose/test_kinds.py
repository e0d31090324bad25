"""The six kinds of submission, counted, cut or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.events import Truncated
from bridge.core.model import (
    Binary,
    ForwardPath,
    Mms,
    Msisdn,
    Options,
    Refusal,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]


def mail(*headers: str, body: str = "Hi Sam", subject: str = "Friday") -> bytes:
    head = [f"Subject: {subject}" if subject else "X-Mailer: test", *headers]
    head.append("Content-Type: text/plain; charset=utf-8")
    return "\r\n".join((*head, "", body)).encode()


def accepted(found: Mail | Refusal) -> Mail:
    assert isinstance(found, Mail), found
    return found


@pytest.mark.parametrize(
    ("body", "content", "segments"),
    [
        ("Hi Sam", Text("Hi Sam"), 1),
        ("I’m free", Text("I'm free"), 1),
        ("€" * 80, Text("€" * 80), 1),
        ("a" * 161, Text("a" * 161), 2),
        ("Łódź – ok", Unicode("Łódź – ok"), 1),
        ("я" * 70, Unicode("я" * 70), 1),
    ],
)
def test_a_text_goes_in_the_cheapest_alphabet(
    send: Compose, body: str, content: Text | Unicode, segments: int
) -> None:
    found = accepted(send(mail(body=body)))
    assert [(each.content, each.segments) for each in found.submissions] == [(content, segments)]
    assert found.events == ()


def test_a_long_unicode_text_is_a_chain_of_numbered_parts(send: Compose) -> None:
    found = accepted(send(mail(body="Слово " * 25)))
    rows = [(s.id, s.after, s.part, s.parts, s.segments) for s in found.submissions]
    assert rows == [
        ("m1.1", "", 1, 3, 1),
        ("m1.2", "m1.1", 2, 3, 1),
        ("m1.3", "m1.2", 3, 3, 1),
    ]
    texts = [s.content.text for s in found.submissions if isinstance(s.content, Unicode)]
    assert [text[:6] for text in texts] == ["(1/3) ", "(2/3) ", "(3/3) "]
    assert " ".join(text[6:] for text in texts) == " ".join(["Слово"] * 25)


def test_or_one_text_where_the_gateway_joins_it(send: Compose) -> None:
    found = accepted(send(mail(body="Слово " * 25), settings={"concatenate_unicode": True}))
    (only,) = found.submissions
    assert only.content == Unicode(" ".join(["Слово"] * 25))
    assert (only.segments, only.parts) == (3, 1)


@pytest.mark.parametrize(
    ("body", "settings", "contents", "segments"),
    [
        pytest.param("£5 für Zoé", {}, [Text("£5 für Zoé")], 1, id="Latin-1 holds it"),
        pytest.param("5 €", {}, [Unicode("5 €")], 1, id="not the euro sign"),
        pytest.param("Ω" * 71, {}, [Unicode("(1/2) " + "Ω" * 64), Unicode("(2/2) " + "Ω" * 7)], 1,
                     id="a long one is parts"),
        pytest.param("€" * 71, {"concatenate_unicode": True}, [Unicode("€" * 71)], 2,
                     id="or one that the gateway joins"),
    ],
)  # fmt: skip
def test_over_a_latin_1_form_what_it_does_not_hold_is_unicode(
    send: Compose,
    body: str,
    settings: dict[str, object],
    contents: list[Text | Unicode],
    segments: int,
) -> None:
    found = accepted(send(mail(body=body), settings={"latin1": True, **settings}))
    assert [each.content for each in found.submissions] == contents
    assert {each.segments for each in found.submissions} == {segments}


def test_and_is_cut_by_what_unicode_costs(send: Compose) -> None:
    found = accepted(send(mail(body="€ " * 200), settings={"latin1": True}))
    texts = [s.content.text for s in found.submissions if isinstance(s.content, Unicode)]
    assert len(texts) == 4
    assert all(len(each) <= 70 for each in texts)
    assert texts[-1].endswith("...")


def test_over_the_limit_a_person_is_told_what_was_left(send: Compose) -> None:
    words = " ".join(f"word{n}" for n in range(200))
    found = accepted(send(mail(body=words)))
    (only,) = found.submissions
    assert isinstance(only.content, Text)
    assert only.segments == 4
    (event,) = found.events
    assert isinstance(event, Truncated)
    assert event.sent == only.content.text
    assert event.sent.removesuffix("...") + " " + event.left == words


def test_what_was_cut_of_a_machines_text_is_noted_too(send: Compose) -> None:
    found = accepted(send(mail(body="line\n" * 400), user=""))
    assert found.submissions[0].segments == 2
    (event,) = found.events  # that no machine is mailed of it, core.audience says
    assert isinstance(event, Truncated)
    assert event.left.startswith("line\nline")


@pytest.mark.parametrize(
    ("body", "most", "counts"),
    [
        ("a" * 700, 4, "700 characters and takes 5 segments, 4 at most"),
        ("ж" * 134, 2, "134 characters and takes 3 segments, 2 at most"),  # each has its number
        ("“" + "a" * 400, 2, "401 characters and takes 3 segments, 2 at most"),  # as it would go
        ("a" * 30_000, 2, "30000 characters and takes at least 131 segments, 2 at most"),
    ],
)
def test_over_the_limit_a_strict_profile_refuses_with_the_counts(
    send: Compose, body: str, most: int, counts: str
) -> None:
    found = send(mail(body=body), profile={"over_limit": "refuse", "max_segments": most})
    assert found == Refusal(550, "5.3.4", f"the text has {counts}")


@pytest.mark.parametrize(("header", "segments"), [("1", 1), ("3", 3), ("9", 4)])
def test_x_sms_max_lowers_the_limit_and_never_raises_it(
    send: Compose, header: str, segments: int
) -> None:
    found = accepted(send(mail(f"X-SMS-Max: {header}", body="words " * 200)))
    assert found.submissions[0].segments == segments


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("body", "Host down"),
        ("subject", "Alert"),
        ("subject+body", "Alert\nHost down"),
        ("{subject}: {first_line}", "Alert: Host down"),
        ("{from} says {body}", "jo@example.com says Host down"),
        ("{subject} {nagios}", "Alert"),
    ],
)
def test_a_profile_words_its_text(send: Compose, text: str, sent: str) -> None:
    found = accepted(send(mail(subject="Alert", body="Host down"), profile={"text": text}))
    assert found.submissions[0].content == Text(sent)


def test_what_a_field_holds_is_no_template(send: Compose) -> None:
    found = accepted(
        send(mail(subject="{body}", body="{from}"), profile={"text": "{subject} {body}"})
    )
    assert found.submissions[0].content == Text("{body} {from}")


def test_a_machine_says_its_subject_once(send: Compose) -> None:
    body = "** Disk full **\nweb1 /var 98%\ndisk full"
    found = accepted(send(mail(subject="Disk full", body=body), user=""))
    assert found.submissions[0].content == Text("Disk full\nweb1 /var 98%")


# ---------------------------------------------------------------- asked for by name


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (("X-SMS-Type: voice",), Voice("Hi Sam")),
        (("X-SMS-Type: sms",), Text("Hi Sam")),
        (
            ("X-SMS-Type: WAP-Push", "X-SMS-Href: https://example.com/a?b=1"),
            WapPush("Hi Sam", "https://example.com/a?b=1"),
        ),
        (
            ("X-SMS-Type: binary", "X-SMS-UDH: 06050415820000", "X-SMS-UD: 32 F4 01"),
            Binary(b"\x32\xf4\x01", bytes.fromhex("06050415820000")),
        ),
        (("X-SMS-Type: binary", "X-SMS-UD: " + "00" * 140), Binary(bytes(140))),
        (
            ("X-SMS-Type: mms",),
            Mms("Friday", ()),
        ),
    ],
)
def test_a_kind_can_be_asked_for(send: Compose, headers: tuple[str, ...], content: Any) -> None:
    found = accepted(send(mail(*headers))).submissions[0].content
    if isinstance(content, Mms):
        assert isinstance(found, Mms)
        assert (found.subject, [p.body for p in found.parts]) == ("Friday", [b"Hi Sam"])
    else:
        assert found == content


@pytest.mark.parametrize(
    ("headers", "reply"),
    [
        (("X-SMS-Type: fax",), "550 5.6.0 X-SMS-Type: 'fax' is not one of sms, mms"),
        (("X-SMS-Type: binary",), "550 5.6.0 a binary text needs X-SMS-UD"),
        (("X-SMS-Type: binary", "X-SMS-UD: 0G"), "550 5.6.0 X-SMS-UD: '0G' is not hex"),
        (("X-SMS-Type: binary", "X-SMS-UD: 000"), "550 5.6.0 X-SMS-UD: 3 hex digits are no whole"),
        (
            ("X-SMS-Type: binary", "X-SMS-UDH: 0600", "X-SMS-UD: 00"),
            "550 5.6.0 X-SMS-UDH: it says that 6 octets follow, and 1 do",
        ),
        (
            ("X-SMS-Type: binary", "X-SMS-UDH: 0100", "X-SMS-UD: " + "00" * 139),
            "550 5.6.0 X-SMS-UDH and X-SMS-UD have 141 octets together, 140 at most",
        ),
        (("X-SMS-Type: wap-push",), "550 5.6.0 a WAP push needs X-SMS-Href"),
        (
            ("X-SMS-Type: wap-push", "X-SMS-Href: javascript:alert(1)"),
            "550 5.6.0 X-SMS-Href: 'javascript:alert(1)' is no http or https link",
        ),
        (
            ("X-SMS-Type: wap-push", "X-SMS-Href: http://example.com/" + "x" * 90),
            "550 5.6.0 the text and the link of a WAP push have 115 characters together, 114",
        ),
        (("X-SMS-Max: many",), "550 5.6.0 X-SMS-Max: 'many' is not a number"),
        (("X-SMS-Expires: soon",), "550 5.6.0 X-SMS-Expires: 'soon' is not a time"),
        (("X-SMS-Report: some",), "550 5.6.0 X-SMS-Report: 'some' is not one of all"),
        (("X-SMS-From: ACME",), "550 5.7.1 X-SMS-From: 'ACME' is no originator of this sender"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_refused_with_the_reason(
    send: Compose, headers: tuple[str, ...], reply: str
) -> None:
    found = send(mail(*headers))
    assert isinstance(found, Refusal)
    assert str(found).startswith(reply)


def test_a_profile_without_media_sends_none_when_asked(send: Compose) -> None:
    found = send(mail("X-SMS-Type: mms"), user="")
    assert found == Refusal(550, "5.7.1", "profile machine sends no media")


def test_whose_address_asks_for_what_cannot_be_had_is_named(send: Compose) -> None:
    paths = (
        ForwardPath("447700900123@sms.example.com", (Msisdn("447700900123"),)),
        ForwardPath("sam.mms@sms.example.com", (Msisdn("447700900124"),), options=Options("mms")),
    )
    found = send(mail(), to=paths, user="")
    assert found == Refusal(550, "5.7.1", "sam.mms@sms.example.com: profile machine sends no media")
