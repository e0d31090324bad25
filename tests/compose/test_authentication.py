"""Authentication-Results and From, by which it is told who may send: their grammar and no more."""

from __future__ import annotations

import time

import pytest

from bridge.compose.reading.authentication import Result, Results, claims, mailbox, results
from bridge.core.model import Refusal
from bridge.core.vouching import Claims, Dmarc

PASS = Result("dmarc", "pass", (("header.from", "example.com"),))
OURS = Results("mx.example.com", (PASS,))


# ---------------------------------------------------------------- the grammar (RFC 8601, 2.2)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("mx.example.com; dmarc=pass header.from=example.com", id="plain"),
        pytest.param("mx.example.com 1; dmarc=pass header.from=example.com", id="version"),
        pytest.param("mx.example.com;dmarc=pass header.from=example.com", id="no space"),
        pytest.param('"mx.example.com"; dmarc=pass header.from="example.com"', id="quoted"),
        pytest.param("MX.Example.Com; DMARC=Pass Header.From=example.com", id="any case"),
        pytest.param(
            " (by) mx.example.com (a (nested) one) 1 (v) ; (x) dmarc (y) / 1 = (z) pass (p=none "
            "dis=none; header.from=evil.org) header (a) . (b) from (c) = (d) example.com (e)",
            id="comments everywhere",
        ),
        pytest.param("mx.example.com;\t dmarc=pass \t header.from=example.com ", id="tabs"),
        pytest.param(r"mx.example.com; dmarc=pass (a \) b \\) header.from=example.com", id="pairs"),
    ],
)
def test_a_result_is_read_however_it_is_written(value: str) -> None:
    assert results(value) == OURS


def test_several_results_are_read() -> None:
    found = results(
        "mx.example.com; spf=pass (domain of jo@example.com designates 192.0.2.1 as permitted"
        ' sender) smtp.mailfrom="jo smith"@example.com smtp.remote-ip=2001:db8::1; dkim=pass'
        ' (2048-bit key) header.d=example.com header.i=@example.com header.b="Ab/c+1=="'
        "; arc=none; dmarc=pass (policy=reject) header.from=example.com"
    )
    assert found == Results(
        "mx.example.com",
        (
            Result(
                "spf",
                "pass",
                (
                    ("smtp.mailfrom", "jo smith@example.com"),
                    ("smtp.remote-ip", "2001:db8::1"),
                ),
            ),
            Result(
                "dkim",
                "pass",
                (
                    ("header.d", "example.com"),
                    ("header.i", "@example.com"),
                    ("header.b", "Ab/c+1=="),
                ),
            ),
            Result("arc", "none"),
            PASS,
        ),
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("; dmarc=pass (p=none dis=none) header.from=example.com", id="OpenDMARC"),
        pytest.param(
            ';\r\n\tdkim=pass header.d=example.com header.s=k1 header.b="D/71Zr0S";\r\n\tspf=pass'
            ' (mx: domain of "a+b=c@example.com" designates 2001:db8::1 as permitted sender)'
            ' smtp.mailfrom="a+b=c@example.com";\r\n\tdmarc=pass (policy=reject) header.from='
            'example.com;\r\n\tarc=pass ("example.net:s=arc:i=1")',
            id="Rspamd",
        ),
        pytest.param(
            "; dkim=pass header.i=@example.com header.s=k1 header.b=ab+cd; spf=pass (domain of"
            " jo@example.com designates 192.0.2.1 as permitted sender) smtp.mailfrom=jo@example.com"
            "; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com",
            id="Google",
        ),
        pytest.param(
            "; arc=none (no signatures found); dkim=pass (2048-bit rsa key sha256)"
            " header.d=example.com header.b=Y+Eg header.a=rsa-sha256 x-bits=2048; dmarc=pass"
            " policy.published-domain-policy=reject (p=reject,d=none) policy.policy-from=p"
            " header.from=example.com; iprev=pass smtp.remote-ip=192.0.2.1 (mail.example.com)"
            "; x-return-mx=pass smtp_is_org_domain=yes; x-tls=pass bits=128/128",
            id="Authentication Milter",
        ),
        pytest.param(
            "; iprev=pass (mail.example.com) smtp.remote-ip=2001:db8::1; auth=pass (PLAIN)"
            " smtp.auth=jo; dmarc=pass header.from=example.com",
            id="Exim",
        ),
        pytest.param(
            '; dmarc=pass reason="p=none; dmarc=fail" header.from=example.com', id="a reason"
        ),
    ],
)
def test_servers_are_read_as_they_write(value: str) -> None:
    found = claims(f"Authentication-Results: mx.example.com{value}\r\n\r\n".encode())
    assert isinstance(found, Claims)
    assert found.dmarc == (Dmarc("pass", "example.com"),)


@pytest.mark.parametrize("value", ["mx.example.com; none", "mx.example.com 1 ; (nothing) NONE (x)"])
def test_a_server_may_say_that_it_found_nothing_out(value: str) -> None:
    assert results(value) == Results("mx.example.com")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("mx.example.com", id="no result (rspamd before 1.9)"),
        pytest.param("mx.example.com;", id="an empty result"),
        pytest.param("mx.example.com; none; dmarc=pass", id="none, and one"),
        pytest.param("mx.example.com; dmarc=pass; none", id="one, and none"),
        pytest.param("; dmarc=pass header.from=example.com", id="no server"),
        pytest.param(
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dmarc=pass action=none"
            " header.from=example.com;compauth=pass reason=100",
            id="Microsoft 365's, which names no server",
        ),
        pytest.param("mx.example.com dmarc=pass header.from=example.com", id="no semicolon"),
        pytest.param("mx.example.com; dmarc=pass header.from=", id="no value"),
        pytest.param("mx.example.com; dmarc=pass header.=example.com", id="no property"),
        pytest.param("mx.example.com; dmarc=pass .from=example.com", id="no type"),
        pytest.param("mx.example.com; dmarc pass", id="no equals sign"),
        pytest.param("mx.example.com; dmarc=", id="no result's word"),
        pytest.param("mx.example.com; dmarc=pass (header.from=example.com", id="open comment"),
        pytest.param("mx.example.com; dmarc=pass) header.from=example.com", id="closed only"),
        pytest.param('mx.example.com; dmarc=pass header.from="example.com', id="open quote"),
        pytest.param("mx.example.com; dmarc=pass header.from=a b", id="a word too many"),
        pytest.param("mx.example.com; =pass", id="no method"),
        pytest.param("mx.example.com 2x; dmarc=pass", id="no version"),
        pytest.param("mx.ex\udcffmple.com; dmarc=pass header.from=example.com", id="8 bits"),
        pytest.param("mx.example.com; dmarc=pass (" + "x" * 11000 + ")", id="too long"),
    ],
)
def test_what_is_not_its_grammar_is_nothing(value: str) -> None:
    assert results(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "mx; dmarc=pass " + "(" * 10_000,
        "(" * 5000 + ")" * 5000 + " mx; none",
        "mx; dmarc=pass " + '"' * 10_000,
        'mx; dmarc=pass a.b="' + "\\" * 10_000,
        "mx; a-" + "-" * 10_000,
        "mx; dmarc=pass" + " a.b=c" * 1600,
        "mx" + "; a=b" * 2000,
    ],
    ids=["open comments", "nested comments", "quotes", "pairs", "hyphens", "values", "results"],
)
def test_hostile_fields_take_no_time(value: str) -> None:
    begun = time.process_time()
    results(value)
    mailbox(value)
    assert time.process_time() - begun < 0.1


# ---------------------------------------------------------------- From


@pytest.mark.parametrize(
    "value",
    [
        "jo@example.com",
        " <jo@example.com> ",
        "Jo Smith <jo@example.com>",
        '"Smith, Jo (boss@example.org)" <jo@example.com>',
        "=?utf-8?q?J=C3=B6?= <jo@example.com>",
        "J\udcc3\udcb6 Smith <jo@example.com>",
        "[Nagios] <jo@example.com> (alerts)",
        "jo@example.com (Jo Smith)",
    ],
)
def test_the_one_mailbox_in_from_is_read(value: str) -> None:
    assert mailbox(value) == "jo@example.com"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Jo Smith",
        "jo",
        "<>",
        "jo@example.com, amy@example.com",
        "jo@example.com <evil@example.org>",
        "jo@example.com evil@example.org",
        "<jo@example.com> <evil@example.org>",
        "Smith, Jo <jo@example.com>",
        "friends: jo@example.com;",
        '"jo"@example.com',
        "jo(x)@example.com",
        "jo@example.com.",
        "jo@[192.0.2.1]",
        "jo@localhost",
        "<@evil.org:jo@example.com>",
        "jo@example.com@evil.org",
        "j\udcf6@example.com",
        'Jo "Smith <jo@example.com>',
        "Jo (Smith <jo@example.com>",
    ],
)
def test_what_is_not_one_plain_mailbox_is_none(value: str) -> None:
    assert mailbox(value) == ""


# ---------------------------------------------------------------- both, in a mail

PASSED = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com"
FORGED = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org"
FROM = "From: Jo <jo@example.com>"
GOOD = Claims("jo@example.com", server="mx.example.com", dmarc=(Dmarc("pass", "example.com"),))


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param([PASSED, FROM], GOOD, id="as it should be"),
        pytest.param(["Received: x", "DMARC-Filter: y", PASSED, FROM], GOOD, id="below others"),
        pytest.param([PASSED, FORGED, FROM], GOOD, id="the topmost counts"),
        pytest.param([PASSED.replace("; ", ";\r\n\t"), FROM], GOOD, id="folded"),
        pytest.param([PASSED.replace("Auth", "aUTH"), FROM], GOOD, id="in any case"),
        pytest.param(
            [PASSED.replace("=example", "=@example"), FROM], GOOD, id="header.from with an @"
        ),
        pytest.param([FROM], Claims("jo@example.com"), id="no result"),
        pytest.param([FROM, "", PASSED], Claims("jo@example.com"), id="in the body"),
        pytest.param([FROM, "X: a", " " + PASSED], Claims("jo@example.com"), id="in a fold"),
        pytest.param(
            ["Authentication-Results: (", FORGED, FROM],
            Claims("jo@example.com", unreadable=True),
            id="of an unreadable one, no other is looked at",
        ),
        pytest.param(
            ["Authentication-Results: mx.example.com; none", FROM],
            Claims("jo@example.com", server="mx.example.com"),
            id="none",
        ),
        pytest.param(
            [PASSED + "; dmarc=fail header.from=a.b header.from=c.d", FROM],
            Claims(
                "jo@example.com",
                server="mx.example.com",
                dmarc=(Dmarc("pass", "example.com"), Dmarc("fail", "")),
            ),
            id="two",
        ),
        pytest.param(
            [PASSED, FROM, FROM],
            Claims("", server="mx.example.com", dmarc=(Dmarc("pass", "example.com"),)),
            id="two Froms",
        ),
    ],
)
def test_what_the_headers_of_a_mail_say(headers: list[str], said: Claims) -> None:
    assert claims("\r\n".join((*headers, "", "Hi\r\n")).encode()) == said


def test_octets_that_are_no_ascii_are_marked_before_a_refusal_quotes_them() -> None:
    said = b'Authentication-Results: "\xffmx"; dmarc=pass header.from=ex\xe9.com\r\n\r\nHi\r\n'
    assert claims(said) == Claims(server="?mx", dmarc=(Dmarc("pass", "ex?.com"),))


def test_headers_without_end_are_refused() -> None:
    found = claims(b"X: y\r\n" * 60_000 + FROM.encode())
    assert isinstance(found, Refusal)
    assert found.code == 554
