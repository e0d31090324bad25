"""What stands in RCPT and MAIL: command lines, addresses, options, and lists of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network

from bridge.compose.reading import charsets
from bridge.core import managing, recipients
from bridge.core.model import (
    Conversation,
    Facts,
    ListAction,
    ListName,
    Msisdn,
    Notify,
    Refusal,
    Session,
)
from bridge.core.policy import Contact, Policy
from bridge.listeners.smtp_wire import mail_from, rcpt_to
from tests.fuzz import words
from tests.fuzz.mails import check_no
from tests.fuzz.target import Target, check_line
from tests.mails.table import FRIDAY, POLICY, SAM, TOKEN

RICH: Policy = replace(
    POLICY,
    trusted_networks=(ip_network("127.0.0.0/8"),),
    contacts={"sam": Contact(SAM, "Sam")},
    groups={"ops": (SAM, Msisdn("447700900124"))},
    gateway_groups={"customers": ListName("Customers 2026")},
)
OURS, STRANGER = Session("127.0.0.1"), Session("203.0.113.9")
KNOWN = Facts(
    conversations={TOKEN: Conversation(TOKEN, FRIDAY.owner, "Friday", "")},
    partners={TOKEN: frozenset({SAM.digits})},
)
NUMBER = re.compile(r"44[0-9]{7,10}")  # a British one, since no other region is allowed


def addresses(octets: bytes) -> None:
    """T8, T70: an address is phones that may be texted, or refused, as a stranger's always is."""
    said = rcpt_to(f"TO:<{octets.decode('utf-8', 'replace')}>")
    if isinstance(said, Refusal):
        return
    address = said.address
    recipients.own_name(RICH, address)
    numbers, _ = recipients.asks(RICH, address)
    assert all(re.fullmatch("[1-9][0-9]{3,16}", each) for each in numbers), numbers
    no = recipients.recipient(RICH, KNOWN, STRANGER, "jo@example.com", address=address)
    assert isinstance(no, Refusal), "a stranger may send"
    found = recipients.recipient(RICH, KNOWN, OURS, "jo@example.com", address=address)
    if isinstance(found, Refusal):
        check_no(found)
        return
    assert address.lower().endswith("@sms.example.com"), "it relays"
    assert found.destinations
    for each in found.destinations:
        assert each in RICH.gateway_groups.values() or NUMBER.fullmatch(str(each)), each
    assert found.token in ("", TOKEN)
    assert not found.token or found.destinations == (SAM,), "a conversation with another"
    assert found.options.kind in ("", "voice", "mms", "sms", "unicode")
    assert found.options.max_segments in (None, *range(1, 11))


def commands(octets: bytes) -> None:
    """T9: a MAIL or RCPT line is understood or refused; what is understood can be stored."""
    argument = octets.decode("utf-8", "replace")
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", argument):
        return  # the dialogue refuses such a line
    sender = mail_from(argument)
    if isinstance(sender, Refusal):
        check_no(sender)
    else:
        check_line(sender.reverse_path)
        assert sender.size >= 0
        assert sender.ret in ("", "FULL", "HDRS")
        assert sender.envid.isascii()
        assert sender.utf8 or sender.reverse_path.isascii()
        assert len(sender.reverse_path) <= 384
    to = rcpt_to(argument, utf8=len(octets) % 2 == 0)
    if isinstance(to, Refusal):
        check_no(to)
        return
    check_line(to.address)
    assert to.address, "an empty address"
    assert len(to.address) <= 384
    assert to.orcpt.isascii()
    assert len(to.orcpt) <= 500
    assert to.notify <= set(Notify)
    assert to.notify == {Notify.NEVER} or Notify.NEVER not in to.notify


def numbers(octets: bytes) -> None:
    """The lines of an order name numbers in E.164, each once, or are told to be none."""
    text = charsets.clean(octets.decode("utf-8", "replace"))
    for action in ListAction:
        found = managing.named(RICH, action, text)
        assert len(set(found.numbers)) == len(found.numbers), found.numbers
        assert all(re.fullmatch(r"[1-9][0-9]{3,16}", each) for each in found.numbers)
        for each in found.unread:
            check_line(each)


LOCALS = (
    "447700900123",
    "+44 (0)7700 900123",
    '"(07700) 900 123"',
    "p447700900123",
    "00447700900123",
    "sms:+447700900123",
    f"447700900123.{TOKEN}",
    "447700900123.voice.max3.urgent",
    "sam.unicode",
    "ops",
    "customers",
    "sendsms",
    "explain",
    "33612345678",
    "09011234567",
    "60300",
    "+881612345678",
)


def _addresses() -> Sequence[bytes]:
    return [f"{each}@{host}".encode() for each in LOCALS for host in ("sms.example.com", "x.org")]


def _commands() -> Sequence[bytes]:
    written = [
        "FROM:<jo@example.com> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=QQ314159",
        "FROM:<> SMTPUTF8",
        "from: jo@example.com AUTH=<>",
        "FROM:<@a.example,@b.example:jo@example.com>",
        "FROM:<jörg@example.com> SMTPUTF8",
        'TO:<"a\\"b c"@sms.example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;jo+2Bx@example.com',
        "TO:<447700900123@sms.example.com> NOTIFY=NEVER",
        "TO: +44 7700 900123",
    ]
    return [each.encode() for each in written]


def _orders() -> Sequence[bytes]:
    return [
        b"447700900123\n07700 900124\nKim Smith\n+33 6 12 34 56 78, 447700900125; sam",
        b"Please add 07700 900123 (Jo) and 07700-900-124.\n\n-- \nKim\n+44 20 7946 0000",
    ]


TARGETS = (
    Target("addresses", addresses, _addresses, words.ADDRESS, longest=512),
    Target("commands", commands, _commands, words.COMMAND, longest=2048),
    Target("numbers", numbers, _orders, words.NUMBERS, longest=2048),
)
