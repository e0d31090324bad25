"""Conversations, turn by turn: a mail is texted, the text is answered, the answer is answered.

Between the doors all is real: what RCPT asks, what DATA composes, the store, our mail's octets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.compose import compose
from bridge.core import recipients
from bridge.core.addressing import reply_address
from bridge.core.audience import audience
from bridge.core.events import SmsReceived
from bridge.core.hearing import heard
from bridge.core.model import Envelope, ForwardPath, Ids, Msisdn, Session
from bridge.core.outcomes import Accepted
from bridge.core.policy import Contact
from bridge.core.promises import Callback, Mail
from bridge.notices.render import render
from bridge.notices.words import phone_address
from tests.spool.conftest import NOW, POLICY, SAM, Story

JO, KIM, INBOX = "jo@example.com", "kim@example.com", "inbox@example.com"
FRIDAY, ORDER = "<friday@example.com>", "ORDER-42"
USERS = {JO: "jo", KIM: "kim", INBOX: "inbox"}
HOUSE = replace(
    POLICY,
    profiles={"person": replace(POLICY.profiles["person"], clean=True)},
    users={user: (mailbox,) for mailbox, user in USERS.items()},
    contacts={"sam": Contact(SAM, "Sam Jones")},
    inbox=INBOX,
)

Client = Callable[[EmailMessage], None]


@dataclass
class Talk:
    """Who mails and who texts, one turn after the other."""

    story: Story
    turns: count[int] = field(default_factory=lambda: count(1))

    async def mailed(self, *to: str, by: str = JO, words: str = "Hi", **headers: str) -> Mail:
        """A mail to some addresses, understood and texted."""
        n = next(self.turns)
        content = EmailMessage(policy=SMTP)
        for name, value in {"Message_ID": f"<m{n}@example.com>", **headers}.items():
            content[name.replace("_", "-")] = value
        content.set_content(words)
        session, at = Session("192.0.2.1", USERS[by]), NOW + n
        asked = [recipients.asks(HOUSE, address) for address in to]
        facts = await self.story.spool.facts(
            [each for numbers, _ in asked for each in numbers],
            [each for _, tokens in asked for each in tokens],
        )
        paths = [recipients.recipient(HOUSE, facts, session, by, address=each) for each in to]
        known = tuple(each for each in paths if isinstance(each, ForwardPath))
        assert len(known) == len(to), paths
        envelope = Envelope(by, known, bytes(content), at, session)
        mail = compose(envelope, HOUSE, facts, at, Ids(f"m{n:05}", f"2fresh{n + 2222}"))
        assert isinstance(mail, Mail), mail
        await self.story.spool.accept(mail)
        for lease in await self.story.lease(at):
            await self.story.sent(Accepted(str(n)), at, lease=lease)
        return mail

    async def texted(
        self, words: str = "ok", *, number: Msisdn = SAM, context: str = ""
    ) -> EmailMessage:
        """A text from a phone, as the mail that tells of it."""
        n = next(self.turns)
        event = SmsReceived(number.digits, words, f"in{n}", "", context, "", NOW + n)
        callback = Callback(event, f"sms:{n}", False, b"raw", "text/plain", NOW + n)
        id_, _ = await self.story.spool.receive(heard(HOUSE, callback, lambda: f"2fresh{n + 2222}"))
        leased = await self.story.spool.lease_events("us", 99, NOW + n, NOW + n)
        lease = next(each for each in leased if each.id == id_)
        about = await self.story.spool.about(lease.item)
        notice = render(
            lease.item,
            HOUSE,
            about=about,
            parts=(),
            key=lease.key,
            recipients=audience(HOUSE, lease.item, about),
        )
        assert notice is not None
        return message_from_bytes(notice.content, policy=SMTP)

    async def replied(
        self,
        to: EmailMessage,
        *more: str,
        by: str = JO,
        client: Client = lambda reply: None,
        words: str = "On my way",
    ) -> Mail:
        """Reply is pressed, and perhaps Reply All; `client` does to the reply what clients do."""
        reply = EmailMessage(policy=SMTP)
        reply["To"] = address_of(to)
        reply["Subject"] = "Re: " + str(to["Subject"]).removeprefix("Re: ")
        reply["In-Reply-To"] = to["Message-ID"]
        reply["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
        client(reply)
        headers = {name.replace("-", "_"): str(value) for name, value in reply.items()}
        return await self.mailed(headers.pop("To"), *more, by=by, words=words, **headers)


def address_of(mail: EmailMessage) -> str:
    """Where an answer to a mail goes."""
    return str(mail["From"].addresses[0].addr_spec)


def submitted(mail: Mail) -> tuple[tuple[str, ...], str]:
    """To whom a mail was texted, and with which user context."""
    (submission,) = mail.submissions
    return tuple(str(each) for each in submission.destinations), submission.user_context


@pytest.fixture
def talk(story: Story) -> Talk:
    """A store in which nobody has said anything yet."""
    return Talk(story)


# ---------------------------------------------------------------- what clients make of a reply


def drops(*names: str) -> Client:
    """A client that does not write these headers."""

    def client(reply: EmailMessage) -> None:
        for name in names:
            del reply[name]

    return client


def changes(name: str, change: Callable[[str], str]) -> Client:
    """A client, or its user, that changes a header."""

    def client(reply: EmailMessage) -> None:
        value = change(str(reply[name]))
        del reply[name]
        reply[name] = value

    return client


CLIENTS = [
    pytest.param(lambda reply: None, id="plain"),
    pytest.param(drops("References"), id="without_References"),
    pytest.param(drops("References", "In-Reply-To"), id="without_both"),
    pytest.param(changes("References", lambda ids: ids.split()[-1]), id="References_cut"),
    pytest.param(changes("Subject", lambda _: "lunch instead?"), id="another_subject"),
    pytest.param(changes("Subject", lambda s: s.replace("Re:", "AW: Re:")), id="AW"),
    pytest.param(changes("To", str.upper), id="address_in_capitals"),
    pytest.param(changes("To", lambda to: "+" + to), id="address_with_plus"),
    pytest.param(
        changes("To", lambda to: '"{0}"@{2}'.format(*to.partition("@"))), id="address_quoted"
    ),
    pytest.param(changes("To", lambda to: to.replace("@", ".urgent@")), id="address_with_option"),
]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("context", [ORDER, ""], ids=["context", "token"])
async def test_five_turns_are_one_thread_with_one_context(
    talk: Talk, client: Client, context: str
) -> None:
    wanted = {"UserContext": context} if context else {}
    first = await talk.mailed(
        f"{SAM}@sms.example.com", Subject="Friday", Message_ID=FRIDAY, **wanted
    )
    sent, subject = submitted(first), "Re: Friday [ORDER-42]" if context else "Re: Friday"
    assert sent[1] == (context or first.conversation.token)
    latest = FRIDAY
    for _ in range(3):
        mail = await talk.texted(context=sent[1])
        assert (mail["To"], mail["Subject"], mail["UserContext"]) == (JO, subject, context or None)
        assert mail["In-Reply-To"] == latest
        assert str(mail["References"]).split()[0] == FRIDAY
        assert len(set(str(mail["References"]).split())) == len(str(mail["References"]).split())
        assert address_of(mail) == f"{SAM}.{first.conversation.token}@sms.example.com"
        answer = await talk.replied(mail, client=client)
        assert submitted(answer) == ((SAM.digits,), sent[1])
        latest = answer.message_id


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("context", ["X9", ""], ids=["context", "none"])
async def test_what_a_phone_begins_is_one_thread_too(
    talk: Talk, client: Client, context: str
) -> None:
    shown = " [X9]" if context else ""
    begun = [await talk.texted(words, context=context) for words in ("Hello?", "Anybody?")]
    root = begun[0]["Message-ID"]
    assert begun[0]["In-Reply-To"] is None
    assert begun[1]["References"] == root
    for mail in begun:
        assert (mail["To"], mail["UserContext"]) == (INBOX, context or None)
        assert mail["Subject"] == f"Text from Sam Jones (07700 900123){shown}"
    mail = begun[1]
    for _ in range(3):
        answer = await talk.replied(mail, by=KIM, client=client)
        numbers, came_back = submitted(answer)
        assert numbers == (SAM.digits,)
        assert came_back == (context or answer.conversation.token)
        mail = await talk.texted(context=came_back)
        assert (mail["To"], mail["UserContext"]) == (KIM, context or None)
        assert str(mail["References"]).split()[0] == root
        assert mail["In-Reply-To"] == answer.message_id
        assert address_of(mail) == address_of(begun[0])
        if answer.conversation.subject.startswith("Text from"):
            assert mail["Subject"] == f"Re: Text from Sam Jones (07700 900123){shown}"


async def test_a_context_in_an_answer_replaces_the_one_before(talk: Talk) -> None:
    first = await talk.mailed(
        f"{SAM}@sms.example.com", Subject="Friday", UserContext=ORDER, Message_ID=FRIDAY
    )
    of_the_first = await talk.texted(context=submitted(first)[1])
    answer = await talk.replied(of_the_first, client=changes("UserContext", lambda _: "ORDER-43"))
    for _ in range(2):
        assert submitted(answer)[1] == "ORDER-43"
        mail = await talk.texted(context="ORDER-43")
        assert (mail["Subject"], mail["UserContext"]) == ("Re: Friday [ORDER-43]", "ORDER-43")
        assert (mail["To"], str(mail["References"]).split()[0]) == (JO, FRIDAY)
        answer = await talk.replied(mail)
    # what was texted before keeps its own, and so does who answers it
    again = await talk.replied(of_the_first)
    assert (submitted(again)[1], again.conversation) == (ORDER, first.conversation)
    assert (await talk.texted(context=ORDER))["Subject"] == "Re: Friday [ORDER-42]"


async def test_an_answer_to_a_mail_of_others_carries_on_their_thread(talk: Talk) -> None:
    first = await talk.mailed(
        f"{SAM}@sms.example.com", Subject="Re: Friday", References="<a@x> <b@x>"
    )
    mail = await talk.texted(context=submitted(first)[1])
    assert str(mail["References"]).split() == ["<a@x>", "<b@x>", first.message_id]
    answer = await talk.replied(mail)
    mail = await talk.texted(context=submitted(answer)[1])
    assert str(mail["References"]).split()[:3] == ["<a@x>", "<b@x>", first.message_id]


# ---------------------------------------------------------------- groups, colleagues


async def test_each_of_four_answers_from_its_own_address_in_one_thread(talk: Talk) -> None:
    numbers = [Msisdn(f"44770090012{n}") for n in range(3, 7)]
    first = await talk.mailed(
        *(f"{each}@sms.example.com" for each in numbers), Subject="Lunch", Message_ID=FRIDAY
    )
    token = first.conversation.token
    mails = [await talk.texted(number=each, context=token) for each in numbers]
    assert [address_of(each) for each in mails] == [
        f"{each}.{token}@sms.example.com" for each in numbers
    ]
    assert {(each["To"], each["Subject"], each["References"]) for each in mails} == {
        (JO, "Re: Lunch", FRIDAY)
    }
    alone = await talk.replied(mails[2])
    assert submitted(alone) == ((numbers[2].digits,), token)
    everybody = await talk.replied(mails[0], address_of(mails[1]))
    assert submitted(everybody) == ((numbers[0].digits, numbers[1].digits), token)


async def test_a_colleague_s_answer_goes_out_and_the_next_text_goes_to_the_owner(
    talk: Talk,
) -> None:
    first = await talk.mailed(f"{SAM}@sms.example.com", Subject="Friday", UserContext=ORDER)
    answer = await talk.replied(await talk.texted(context=ORDER), by=KIM)
    assert submitted(answer) == submitted(first)
    for context in (ORDER, ""):
        assert (await talk.texted(context=context))["To"] == JO


async def test_whoever_answers_first_has_what_a_phone_began(talk: Talk) -> None:
    mail = await talk.texted()
    for mailbox in (KIM, JO):
        answer = await talk.replied(mail, by=mailbox)
        assert (await talk.texted(context=submitted(answer)[1]))["To"] == KIM


# ---------------------------------------------------------------- the address itself


@given(st.one_of(st.text(max_size=400), st.from_regex(r"\+?[0-9]{1,300}", fullmatch=True)))
def test_whatever_a_text_comes_from_its_address_fits_and_is_read_as_it_was_written(
    written: str,
) -> None:
    """At most 64 octets stand left of the @ (RFC 5321, 4.5.3.1.1)."""
    local = phone_address(HOUSE, written, "7kq2pab3xd").removesuffix("@sms.example.com")
    assert len(local.encode()) <= 64
    number, token = reply_address(local.upper())
    assert local == "unknown" or (f"{number}.{token}" == local and number.isdigit())
