"""Whole mails: as a person's, as a machine's, in the vendor's form, and to the bridge itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import assert_never
from urllib.parse import parse_qsl

from bridge.compose import ordering, vendor
from bridge.compose.compose import compose
from bridge.compose.explaining import explaining, reply
from bridge.compose.reading import letters, mime
from bridge.compose.returned import returned
from bridge.core import gsm
from bridge.core.managing import ListAddress
from bridge.core.model import (
    Binary,
    Envelope,
    Facts,
    Ids,
    ListAction,
    Mms,
    Refusal,
    Submission,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.policy import Policy, SubscriptionList
from bridge.core.promises import Mail
from bridge.gateways.intellisms import IntelliSms
from tests.fuzz import words
from tests.fuzz.target import Target, check_line, check_text
from tests.mails.table import FRIDAY, POLICY, SAM, TOKEN, envelope, rows

LONGEST = 8192
KNOWN = Facts(conversations={TOKEN: FRIDAY})
LISTS: Policy = replace(
    POLICY, subscription_lists={"alerts": SubscriptionList("Alerts 2026", ("jo",))}
)
GATEWAY = IntelliSms(("https://gateway.example",), "jo", "secret")


@cache
def seeds() -> Sequence[bytes]:
    """The mails of our own table, but for those that are mostly pictures."""
    return [row.content for row in rows() if len(row.content) <= LONGEST]


# ---------------------------------------------------------------- reading


def read(octets: bytes) -> None:
    """T20 to T23: any octets are a tree and a letter, or refused with a sentence."""
    entity = mime.parse(octets)
    if isinstance(entity, Refusal):
        check_no(entity)
        return
    for name in ("subject", "from", "to", "message-id"):
        check_line(entity.text(name))
    check_line(entity.filename)
    letter = letters.read(entity)
    if isinstance(letter, Refusal):
        check_no(letter)
        return
    check_line(letter.subject)
    for line in letter.lines:
        check_line(line.text.replace("\t", " "))
    for file in letter.files:
        check_line(file.told)


def check_no(no: Refusal) -> None:
    """A refusal is a reply of RFC 5321 and RFC 3463, with a sentence."""
    assert 400 <= no.code < 600, no
    assert re.fullmatch(r"[45]\.\d{1,3}\.\d{1,3}", no.enhanced), no
    assert no.text, no
    check_text(no.text)


# ---------------------------------------------------------------- what is sent


def person(octets: bytes) -> None:
    """T20, T26 to T28: a person's mail becomes texts that may be sent, or is refused."""
    check_composed(envelope(octets, "person"))


def answer(octets: bytes) -> None:
    """So does one to the address of a conversation."""
    check_composed(envelope(octets, "answer"))


def machine(octets: bytes) -> None:
    """So does a machine's."""
    check_composed(envelope(octets, "machine"))


def form(octets: bytes) -> None:
    """A mail to `sendsms@` is blanked once and for all, and texted to those whom it names."""
    found = vendor.form(octets)
    if isinstance(found, Refusal):
        check_no(found)
        return
    assert vendor.form(found.content) == found, "blanked again, it is another"
    for each in found.to:
        check_line(each)
    check_composed(replace(envelope(found.content, "person"), vendor_form=True))


def own(octets: bytes) -> None:
    """What is mailed to the bridge itself is read, told and obeyed, or refused."""
    came_back = returned(octets, POLICY.domains, 1000.0)
    for each in (came_back.about, came_back.subject, came_back.reason, *came_back.recipients):
        check_line(each)
    addresses = explaining.addressees(octets, POLICY)
    asked = replace(envelope(octets, "person"), forward_paths=())
    told = reply.told(asked, POLICY, KNOWN, addresses)
    if isinstance(told, Refusal):
        check_no(told)
    else:
        check_text(told.text)
    of = ListAddress("alerts", ListAction.SUBSCRIBE)
    order = ordering.ordered(octets, LISTS, of, to="jo@example.com", now=1000.0)
    if isinstance(order, Refusal):
        check_no(order)
        return
    for number in order.numbers:
        assert re.fullmatch(r"[1-9][0-9]{6,14}", number), number
    for each in (order.subject, order.asked_in, *order.unread):
        check_line(each)


def check_composed(came: Envelope) -> None:
    """What became of a mail is a refusal, or texts to its recipient and nobody else."""
    found = compose(came, POLICY, KNOWN, 1000.0, Ids("m1", "2newtokenx"), pictures="left out")
    if isinstance(found, Refusal):
        check_no(found)
        return
    assert isinstance(found, Mail)
    talk = found.conversation
    for each in (found.message_id, *found.references, talk.subject, talk.user_context):
        check_line(each)
    assert found.submissions, "a mail that nobody gets"
    most = POLICY.profiles[found.profile].max_segments
    assert sum(each.segments for each in found.submissions) <= most, "over the limit"
    for one in found.submissions:
        _check_sent(one)


def _check_sent(one: Submission) -> None:
    assert one.destinations == (SAM,), one.destinations
    assert one.originator == POLICY.originator
    assert len(one.user_context) <= 100, one.user_context
    check_line(one.user_context)
    match one.content:
        case Text(text):
            assert gsm.is_gsm(text), text
            assert one.segments == gsm.segments(text), (one.segments, text)
        case Unicode(text) | Voice(text):
            check_text(text)
        case WapPush(text, href):
            check_text(text)
            check_line(href)
        case Binary(ud, udh):
            assert len(ud) + len(udh) <= 140, (ud, udh)
        case Mms(subject, parts):
            check_line(subject)
            names = [part.name for part in parts]
            assert len(set(names)) == len(names), names
            assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) for name in names), names
        case _:
            assert_never(one.content)
    if not isinstance(one.content, Mms):
        _check_request(one)


def _check_request(one: Submission) -> None:
    """Nothing of a mail becomes a field of its own in the gateway's form."""
    body = GATEWAY.submit_request(one, one.destinations).body.decode("ascii")
    fields = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    names = [name for name, _ in fields]
    assert len(set(names)) == len(names), names
    said = dict(fields)
    assert (said["username"], said["password"], said["to"]) == ("jo", "secret", str(SAM))
    assert said.get("usercontext", "") == one.user_context
    assert "from" not in said


def _forms() -> Sequence[bytes]:
    return [
        b"Subject: To:447700900123 UserContext:42\r\n\r\nCall me\r\n",
        b"Subject: x\r\n\r\nUsername: jo\r\nPassword: hunter2,to:x\r\n"
        b"To: 447700900123, 447700900124\r\n\r\nCall me\r\n",
        b"Subject: =?utf-8?q?To=3A447700900123?=\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"UGFzc3dvcmQ6IGh1bnRlcjINCg0KQ2FsbCBtZQ0K\r\n",
        b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>To:447700900123<br>Password: a b</p>"
        b"<p>[StartOfMessage]Call me</p>",
        *seeds()[::4],
    ]


TARGETS = (
    Target("mime", read, seeds, words.MAIL, LONGEST, mails=True),
    Target("person", person, seeds, words.MAIL, LONGEST, mails=True),
    Target("answer", answer, seeds, words.MAIL, LONGEST, mails=True),
    Target("machine", machine, seeds, words.MAIL, LONGEST, mails=True),
    Target("form", form, _forms, words.FORM + words.MAIL, LONGEST, mails=True),
    Target("own", own, seeds, words.MAIL, LONGEST, mails=True),
)
