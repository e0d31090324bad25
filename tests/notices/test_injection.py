"""Five hundred values for each field that a stranger controls: they change one value, if any.

The header fields are compared on the raw octets, by name, order and number; of one mail in five
the addresses and the MIME structure as Python reads them.  Languages and styles take turns.
"""

from __future__ import annotations

import email
import itertools
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from email.message import Message
from email.utils import getaddresses
from typing import Any, Final, NamedTuple

import pytest

from bridge.core.about import About, Asked, SentMail
from bridge.core.events import (
    Delayed,
    Event,
    Explained,
    GatewayBlocked,
    Gathered,
    Held,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import ListName, Part, Session
from bridge.core.policy import Contact, Policy
from bridge.notices.render import render
from tests.notices.cases import (
    ANSWERS,
    AT,
    BY_LIST,
    FILES,
    GONE,
    HELD,
    MMS,
    ORDER,
    REFUSED,
    REPORT,
    RETURNED,
    SAM,
    SMS,
    answer,
    summed,
    undelivered,
)

VALUES = 500
KEY = "k1"
CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f]")  # what holds them is a file and no text
EXPLAINED = Explained("jo@example.com", "x", "x", "", AT)
ATOMS: Final = (
    *(
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\v",
        "\f",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
        "\t",
        " ",
    ),
    *("\r\n\r\n", "\r\n ", "\n.\n", "\r\nBcc: v@e.org", "\nTo: v@e.org", "\rFrom: v@e.org"),
    *("\r\nContent-Type: text/html", "--=_", "\r\n--=_c74f2e93997538538c158a24--\r\n", "-- \n"),
    *("=?utf-8?q?a=0ABcc=3A_v=40e=2Eorg?=", "=?utf-8?b?YQpCY2M6IHZAZS5vcmc=?=", "?=", "=?"),
    *('"', "'", "<", ">", "<v@e.org>", "@", ",", ";", ":", "\\", "(", ")", "[", "]", "%0d%0a"),
    *("+0D+0A", "+0A", "{{ 7 * 7 }}", "{% raw %}", "{# ", "{0}", "%s", "${x}", "../", "C:\\"),
    *("\ud800", "\udfff", "\u202e", "\u2066", "\ufeff", "😀", "é", "ж", "\u200d", "447700900123"),
    *("x" * 90, "ж" * 300, "word " * 60, "a\n" * 200, "x" * 1200),
)


class Case(NamedTuple):
    """An event, the mail it is about, and what comes with it."""

    event: Event
    mail: SentMail | None = None
    parts: tuple[Part, ...] = ()
    others: tuple[str, ...] = ()
    contact: str = "Sam Jones"
    recipient: str = "a@b.org"


Make = Callable[[str, SentMail], Case]


def octets(evil: str) -> bytes:
    """A value as somebody might send it."""
    return evil.encode("utf-8", "surrogatepass")


def part_of(*, name: str = "photo.jpg", media_type: str = "image/jpeg") -> tuple[Part, ...]:
    """The words and the picture of a message, one of whose attributes is a stranger's."""
    return (FILES[1], Part(name, media_type, FILES[2].body))


def with_talk(mail: SentMail, **changes: str) -> SentMail:
    """The texted mail in a conversation, one of whose attributes is a stranger's."""
    return replace(mail, conversation=replace(mail.conversation, **changes))


def fields(
    kind: str, event: Any, *names: str, known: bool = False, parts: tuple[Part, ...] = ()
) -> dict[str, Make]:
    """The fields of an event, each a stranger's in its turn."""

    def of(name: str) -> Make:
        return lambda evil, mail: Case(
            replace(event, **{name: evil}), mail if known else None, parts
        )

    return {f"{kind}.{name}": of(name) for name in names}


def talks(*names: str) -> dict[str, Make]:
    """The attributes of a conversation, each a stranger's in its turn."""

    def of(name: str) -> Make:
        return lambda evil, mail: Case(
            replace(SMS, user_context=""), with_talk(mail, **{name: evil})
        )

    return {f"conversation.{name}": of(name) for name in names}


def failed(**changes: str) -> Undelivered:
    """A failure, one of whose attributes is a stranger's."""
    return undelivered(replace(REFUSED, **changes))  # type: ignore[arg-type]


FIELDS: Final[Mapping[str, Make]] = {
    **fields(
        *("text", SMS, "number", "text", "message_id", "sent", "user_context", "network"),
        known=True,
    ),
    **fields("unasked", SMS, "number", "text", "user_context"),
    **fields(
        *("picture", MMS, "number", "subject", "message_id", "sent", "user_context", "network"),
        parts=FILES,
    ),
    "picture.files": lambda evil, mail: Case(replace(MMS, files=(evil, "b")), None, FILES),
    "picture.part-name": lambda evil, mail: Case(MMS, mail, part_of(name=evil)),
    "picture.part-type": lambda evil, mail: Case(MMS, mail, part_of(media_type=evil)),
    "picture.words": lambda evil, mail: Case(
        MMS, mail, (Part("a.txt", "", b"a" + octets(CONTROLS.sub("", evil))), FILES[2])
    ),
    **fields(
        *("report", REPORT, "number", "message_id", "status", "words", "enhanced"), known=True
    ),
    **fields(
        *("list", BY_LIST, "list_name", "list_type", "number", "action", "source", "timestamp")
    ),
    **fields("order", ORDER, "subject", "asked_in", "key", parts=ANSWERS),
    "order.unread": lambda evil, mail: Case(replace(ORDER, unread=(evil,)), None, ANSWERS),
    "order.reason": lambda evil, mail: Case(
        ORDER, None, (answer("447700900123", "refused", evil),)
    ),
    **fields("returned", RETURNED, "about", "reason", "subject"),
    "returned.recipients": lambda evil, mail: Case(replace(RETURNED, recipients=(evil,))),
    "returned.raw": lambda evil, mail: Case(replace(RETURNED, raw=octets(evil))),
    "failure.token": lambda evil, mail: Case(failed(token=evil), mail),
    "failure.reason": lambda evil, mail: Case(failed(reason=evil), mail),
    "failure.enhanced": lambda evil, mail: Case(failed(enhanced=evil), mail),
    "failure.list": lambda evil, mail: Case(
        undelivered(replace(REFUSED, destination=ListName(evil))), mail
    ),
    "summary.reason": lambda evil, mail: Case(
        summed(replace(GONE, reason=evil), before=(replace(REFUSED, reason=evil),)).event, mail
    ),
    "delayed.reason": lambda evil, mail: Case(Delayed("m1", (SAM,), evil, AT), mail),
    "held.reason": lambda evil, mail: Case(Held("m1", (SAM,), evil, AT), mail),
    "truncated.words": lambda evil, mail: Case(Truncated("m1", evil, evil, (evil,), AT), mail),
    **fields("explained", EXPLAINED, "subject", "text", "asked_in"),
    "blocked.reason": lambda evil, mail: Case(GatewayBlocked(evil, evil, AT)),
    "unmailed": lambda evil, mail: Case(Unmailed((evil,), evil, evil, AT)),
    "unreadable": lambda evil, mail: Case(Unreadable(evil, octets(evil), AT)),
    **talks("subject", "user_context", "thread_root"),
    "conversation.owner": lambda evil, mail: Case(
        SMS, with_talk(mail, owner=f"{evil}@{evil}.example.com")
    ),
    "conversation.owner-local": lambda evil, mail: Case(
        SMS, with_talk(mail, owner=f"{evil}@example.com")
    ),
    "recipient": lambda evil, mail: Case(RETURNED, recipient=evil),
    "recipient.domain": lambda evil, mail: Case(REPORT, mail, recipient=f"a@{evil}"),
    "explained.to": lambda evil, mail: Case(replace(EXPLAINED, to=evil)),
    "order.to": lambda evil, mail: Case(replace(ORDER, to=f"{evil}@b.org"), None, ANSWERS),
    "mail.subject": lambda evil, mail: Case(
        SMS, with_talk(replace(mail, subject=evil), subject="")
    ),
    "mail.message_id": lambda evil, mail: Case(SMS, replace(mail, message_id=evil)),
    "mail.references": lambda evil, mail: Case(SMS, replace(mail, references=(evil, "<a@x>"))),
    "mail.texts": lambda evil, mail: Case(SMS, replace(mail, texts=(evil,))),
    "mail.envid": lambda evil, mail: Case(failed(), replace(mail, envid=evil)),
    "mail.orcpt": lambda evil, mail: Case(
        failed(), replace(mail, asked={SAM: Asked(orcpt=f"{evil};{evil}")})
    ),
    "mail.headers": lambda evil, mail: Case(failed(), replace(mail, headers=b"X: " + octets(evil))),
    "mail.reported-texts": lambda evil, mail: Case(failed(), replace(mail, texts=(evil, evil))),
    "mail.sender": lambda evil, mail: Case(SMS, replace(mail, sender=evil)),
    "mail.failed-sender": lambda evil, mail: Case(
        failed(), replace(mail, sender=f"{evil}@{evil}.example.com")
    ),
    "mail.session-user": lambda evil, mail: Case(
        failed(), replace(mail, session=Session(evil, evil))
    ),
    "contact.text": lambda evil, mail: Case(SMS, mail, contact=evil),
    "contact.failure": lambda evil, mail: Case(failed(), mail, contact=evil),
    "failure.submission": lambda evil, mail: Case(
        replace(undelivered(HELD), mail=evil, submission=evil), mail
    ),
    "held.mail": lambda evil, mail: Case(Held(evil, (SAM,), "a loop?", AT), mail),
    "gathered.mail": lambda evil, mail: Case(
        Gathered("jo@example.com", AT), replace(mail, id=evil, sender=evil)
    ),
    "others": lambda evil, mail: Case(SMS, mail, (), (evil,)),
}


def values(name: str) -> Iterator[str]:
    """Five hundred values, the same ones each time."""
    chance = random.Random(name)
    for _ in range(VALUES):
        yield "".join(chance.choices(ATOMS, k=chance.randrange(1, 8)))


def mailed(case: Case, policy: Policy) -> bytes:
    """The mail, which must be one."""
    about = About(case.mail, "number" if case.mail else "", case.others)
    if isinstance(case.event, Gathered) and case.mail:
        about = About(gathered=((replace(failed(), mail=case.mail.id), About(case.mail)),))
    policy = replace(policy, contacts={"sam": Contact(SAM, case.contact)})
    found = render(
        case.event, policy, about=about, parts=case.parts, key=KEY, recipients=(case.recipient,)
    )
    assert found is not None
    return found.content


OPTIONAL: Final = frozenset(
    {"UserContext", "X-SMS-Sender", "X-SMS-Network", "X-SMS-Message-Id"}
    | {"In-Reply-To", "References", "Reply-To"}
)
"""Fields that are left out where they would say nothing."""


def field_names(content: bytes) -> list[str]:
    """The names of the header fields, as the octets have them."""
    head = content.partition(b"\r\n\r\n")[0]
    lines = re.sub(rb"\r\n(?=[ \t])", b"", head).split(b"\r\n")
    return [each.partition(b":")[0].decode("ascii") for each in lines]


def structure(message: Message) -> object:
    """The media types of a mail and of its parts; a file's own type is what it is sniffed to be."""
    if message.get_content_type() == "message/delivery-status":
        return "message/delivery-status"
    if message.is_multipart():
        return message.get_content_type(), [
            structure(each) for each in message.walk() if each is not message
        ]
    return message.get_content_type()


def addresses(message: Message) -> list[str]:
    """Whom a mail names in its headers, without the names that readers see."""
    found = [str(message[name]) for name in ("From", "To", "Reply-To") if message[name]]
    return [re.sub(r"\s+", " ", each).rpartition("<")[2].rstrip(">") for each in found]


FROM = re.compile(r"(unknown|postmaster|447700900123(\.7kq2pab3xd)?)@sms\.example\.com")


MAILBOXES = frozenset(
    {"mail.failed-sender", "conversation.owner", "conversation.owner-local"}
    | {"recipient", "recipient.domain", "explained.to", "order.to"}
)
"""Fields that say whom a mail is for: then it is for that one, whatever it is."""


@pytest.mark.parametrize("name", FIELDS)
def test_a_strangers_value_changes_no_header_but_its_own_and_no_structure(
    name: str, policy: Policy, mail: SentMail
) -> None:
    """T46, T47"""
    english, german = policy, replace(policy, language="de")
    policies = [replace(a, subject_style="vendor") for a in (english, german)]
    policies += [english, german]
    honest = "447700900123" if name.endswith("number") else "<x@x.org>"
    plain = [mailed(FIELDS[name](honest, mail), each) for each in policies]
    names = [field_names(each) for each in plain]
    read = [email.message_from_bytes(each) for each in plain]
    structures, named = [structure(each) for each in read], [addresses(each) for each in read]

    for n, (evil, at) in enumerate(zip(values(name), itertools.cycle(range(4)), strict=False)):
        content = mailed(FIELDS[name](evil, mail), policies[at])
        found = field_names(content)

        assert len(set(found)) == len(found)
        assert found == [each for each in names[at] if each in found]
        assert set(names[at]) - set(found) <= OPTIONAL
        assert content.isascii()
        assert max(map(len, content.split(b"\r\n"))) <= 998
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", content)
        if n % 5:
            continue
        message = email.message_from_bytes(content)
        assert structure(message) == structures[at]
        sender, *others = addresses(message)
        assert FROM.fullmatch(sender)
        if name in MAILBOXES:
            assert len(getaddresses([message["To"]])) == len(getaddresses([read[at]["To"]]))
        elif not name.endswith("number"):
            assert [sender, *others] == named[at]
