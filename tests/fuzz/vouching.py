"""What a relay says of the mail that it brings: nobody is vouched for but by its topmost field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes

from bridge.compose.reading import authentication
from bridge.core.model import Refusal
from bridge.core.policy import Policy, SenderRule
from bridge.core.vouching import vouched
from tests.fuzz import words
from tests.fuzz.mails import check_no
from tests.fuzz.target import Target
from tests.mails.table import POLICY

RELAYED: Policy = replace(
    POLICY, authserv_id="mx.example.com", senders=(SenderRule("*@example.com"),)
)
MINE = "jo@example.com"
_ALL = "mx.example.com dmarc pass header from example.com"
FROM = b"From: Jo <jo@example.com>\r\n"


def relayed(octets: bytes) -> None:
    """T29: a relay's mail is its author's only where the relay's own words say so."""
    content = re.sub(rb"\r?\n", b"\r\n", re.sub(rb"\0|\r(?!\n)", b"", octets))
    claimed = authentication.claims(content)
    author = claimed if isinstance(claimed, Refusal) else vouched(RELAYED, claimed, MINE)
    if isinstance(author, Refusal):
        check_no(author)
    else:
        _check_vouched(content, author)
    _check_failed(content.replace(b"\r\n", b""))


def _check_vouched(content: bytes, author: str) -> None:
    """Where the standard library sees those fields too, it sees the same words in them.

    Behind a line that is no header it sees none: a relay's own field is above all such lines.
    """
    assert author.lower().endswith("@example.com"), author
    message = message_from_bytes(content)
    fields, authors = message.get_all("Authentication-Results", []), message.get_all("From", [])
    words = re.sub(r"\s", "", str(fields[0])).lower() if fields else _ALL
    for word in _ALL.split():
        assert word in words, words
    assert len(authors) <= 1, authors
    assert all(author in str(each) for each in authors), authors


def _check_failed(value: bytes) -> None:
    """Whatever a stranger has the relay quote, what the relay says of DMARC counts."""
    said = b"mx.example.com; spf=fail smtp.mailfrom=" + value + b"; dmarc=fail header.from=evil.org"
    found = authentication.claims(b"Authentication-Results: " + said + b"\r\n" + FROM + b"\r\n")
    if not isinstance(found, Refusal):
        assert isinstance(vouched(RELAYED, found, MINE), Refusal), "a stranger is vouched for"


def _seeds() -> Sequence[bytes]:
    fields = [
        b"mx.example.com; dmarc=pass (p=none dis=none) header.from=example.com",
        b"mx.example.com;\r\n spf=pass smtp.mailfrom=a.org;\r\n dmarc=pass header.from=example.com",
        b'"mx.example.com" 1; dkim=pass reason="a; b" header.d=example.com;'
        b" DMARC = PASS header.From = Example.com",
        b"mx.example.com; none",
        b"mx.evil.org; dmarc=pass header.from=example.com",
        b"mx.example.com; dmarc=fail (a (b) \\) c) header.from=example.com; dmarc=pass",
    ]
    mails = [b"Authentication-Results: " + each + b"\r\n" + FROM for each in fields]
    twice = mails[0] + mails[4]
    return [each + b"Subject: x\r\n\r\nHi\r\n" for each in (*mails, twice)] + fields


TARGETS = (Target("relayed", relayed, _seeds, words.RELAY),)
