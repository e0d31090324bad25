"""Whose a mail is, where it goes, which thread it is in, and what never becomes a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.compose.compose import compose
from bridge.core.events import Undelivered
from bridge.core.model import (
    Binary,
    Conversation,
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    ListName,
    Msisdn,
    Notify,
    Refusal,
    Session,
    Submission,
    Text,
)
from bridge.core.policy import Policy, SenderRule
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]

SAM = Msisdn("447700900123")
TOKEN = "7kq2pab3xd"
FRIDAY = Conversation(TOKEN, "jo@example.com", "Friday", "<root@example.com>", "ORDER-42")


def mail(*headers: str, body: str = "Hi Sam", subject: str = "Friday") -> bytes:
    lines = (f"Subject: {subject}", *headers, "", body)
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def accepted(found: Mail | Refusal) -> Mail:
    assert isinstance(found, Mail), found
    return found


def only(found: Mail | Refusal) -> Submission:
    (submission,) = accepted(found).submissions
    return submission


def to(*destinations: Msisdn | ListName) -> ForwardPath:
    return ForwardPath("x@sms.example.com", destinations)


def test_the_sender_hears_which_members_of_a_group_get_nothing(send: Compose) -> None:
    no = Refusal(550, "5.7.1", "447700900124 opted out with STOP on 2 May 2026")
    left_out = ((Msisdn("447700900124"), no),)
    found = accepted(send(mail(), to=(replace(to(SAM), left_out=left_out),)))
    (event,) = found.events
    assert isinstance(event, Undelivered)
    assert [(str(f.destination), f.reason, f.enhanced) for f in event.failures] == [
        ("447700900124", no.text, "5.7.1")
    ]
    assert [s.destinations for s in found.submissions] == [(SAM,)]


def test_a_mail_becomes_one_submission_with_all_that_the_spool_must_know(send: Compose) -> None:
    found = accepted(send(mail("Message-ID: <a@example.com>", "References: <r@x> <s@x>")))
    assert found.submissions == (
        Submission(
            id="m1.1",
            mail="m1",
            destinations=(SAM,),
            content=Text("Hi Sam"),
            accepted_at=1000.0,
            expires_at=1000.0 + 86_400,
            profile="person",
            sender="jo@example.com",
            user_context="2newtokenx",
        ),
    )
    assert (found.id, found.message_id) == ("m1", "<a@example.com>")
    assert found.references == ("<r@x>", "<s@x>")
    assert found.conversation == Conversation("2newtokenx", "jo@example.com", "Friday", "<r@x>")


# ---------------------------------------------------------------- destinations


def test_numbers_go_in_batches_each_once_and_a_list_goes_by_itself(send: Compose) -> None:
    numbers = [Msisdn(f"4477009001{n:02}") for n in range(5)]
    paths = (to(*numbers[:3]), to(ListName("Customers"), numbers[0]), to(*numbers[2:]))
    found = accepted(send(mail(), to=paths, settings={"gateway_max_recipients": 2}))
    assert [(each.id, each.destinations) for each in found.submissions] == [
        ("m1.1", (ListName("Customers"),)),
        ("m1.2", (numbers[0], numbers[1])),
        ("m1.3", (numbers[2], numbers[3])),
        ("m1.4", (numbers[4],)),
    ]


def test_each_batch_has_its_own_chain_of_parts(send: Compose) -> None:
    numbers = (Msisdn("447700900101"), Msisdn("447700900102"))
    found = accepted(
        send(mail(body="Слово " * 20), to=(to(*numbers),), settings={"gateway_max_recipients": 1})
    )
    assert [(each.id, each.after, each.part) for each in found.submissions] == [
        ("m1.1", "", 1),
        ("m1.2", "m1.1", 2),
        ("m1.3", "", 1),
        ("m1.4", "m1.3", 2),
    ]


# ---------------------------------------------------------------- user context and conversation


@pytest.mark.parametrize(
    ("headers", "context"),
    [
        (("UserContext: ORDER-42",), "ORDER-42"),
        (("usercontext:ORDER-42 ",), "ORDER-42"),
        (("UserContext: =?utf-8?q?=C2=A35_due?=",), "£5 due"),
        (("UserContext: first", "UserContext: second"), "first"),
        (("UserContext: a\x07b\x1b[0m\tc",), "ab c"),
        (("UserContext: " + "x" * 10_000,), "x" * 100),
        (("UserContext: a&to=447700900999&password='\"",), "a&to=447700900999&password='\""),
        (("UserContext: =?utf-8?q?a=0D=0ABcc:_x@y?=",), "a Bcc: x@y"),
        (("X-Note: a\rUserContext: stolen",), ""),
        (("X-Note: a\nUserContext: LF ends a line", ""), "LF ends a line"),
    ],
)
def test_the_user_context_is_one_clean_line(
    send: Compose, headers: tuple[str, ...], context: str
) -> None:
    found = accepted(send(mail(*headers)))
    assert found.conversation.user_context == context
    assert found.submissions[0].user_context == (context or "2newtokenx")


def test_an_answer_keeps_its_conversation_and_its_context(send: Compose) -> None:
    found = accepted(send(mail(), token=TOKEN, conversation=FRIDAY))
    assert found.conversation == FRIDAY
    assert found.submissions[0].user_context == "ORDER-42"


def test_another_user_context_begins_a_conversation_in_the_same_thread(send: Compose) -> None:
    found = accepted(send(mail("UserContext: NEW"), token=TOKEN, conversation=FRIDAY))
    assert found.conversation == replace(FRIDAY, token="2newtokenx", user_context="NEW")
    assert found.submissions[0].user_context == "NEW"


def test_to_say_the_same_user_context_again_begins_none(send: Compose) -> None:
    found = accepted(send(mail("UserContext: ORDER-42"), token=TOKEN, conversation=FRIDAY))
    assert found.conversation == FRIDAY


@pytest.mark.parametrize(
    ("headers", "subject"), [((), "Ref: 12345"), (("In-Reply-To: <a@x>",), "12345")]
)
def test_a_thread_s_subject_is_told_by_the_headers(
    send: Compose, headers: tuple[str, ...], subject: str
) -> None:
    found = accepted(send(mail(*headers, subject="Ref: 12345")))
    assert found.conversation.subject == subject


BEGUN = Conversation(TOKEN, "", "", "<in.1@sms.example.com>", "X9")


@pytest.mark.parametrize(
    ("known", "subject", "found"),
    [
        pytest.param(
            BEGUN,
            "Re: Text from Sam (07700 900123) [X9]",
            ("Text from Sam (07700 900123)", "<in.1@sms.example.com>"),
            id="begun_by_a_phone",
        ),
        pytest.param(
            replace(BEGUN, thread_root=""),
            "Lunch?",
            ("Lunch?", "<r@x>"),
            id="of_which_no_root_is_known",
        ),
        pytest.param(
            replace(BEGUN, subject="Friday"),
            "Re: Friday [X9]",
            ("Friday", "<in.1@sms.example.com>"),
            id="in_the_thread_of_another",
        ),
    ],
)
def test_whoever_answers_first_has_a_conversation_that_nobody_had(
    send: Compose, known: Conversation, subject: str, found: tuple[str, str]
) -> None:
    answer = mail("References: <r@x> <s@x>", subject=subject)
    sent = accepted(send(answer, token=TOKEN, conversation=known))
    talk = sent.conversation
    assert (talk.owner, talk.user_context) == ("jo@example.com", "X9")
    assert (talk.subject, talk.thread_root) == found
    assert sent.submissions[0].user_context == "X9"


@pytest.mark.parametrize(
    ("headers", "references"),
    [
        (("References: <a@x> <b@x>", "In-Reply-To: <b@x>"), ("<a@x>", "<b@x>")),
        (("In-Reply-To: <b@x>",), ("<b@x>",)),
        (("References: <a@x>", "In-Reply-To: <b@x>"), ("<a@x>", "<b@x>")),
        (("In-Reply-To: <b@x> of Jo <jo@example.com>",), ("<b@x>",)),
        (("References: <a\x1a@x> <b@x>", "Message-ID: <c\x02@x>"), ("<b@x>",)),
        ((), ()),
    ],
    ids=["both", "no_References", "References_cut", "old_style", "control_octets", "neither"],
)
def test_the_thread_is_what_either_header_says(
    send: Compose, headers: tuple[str, ...], references: tuple[str, ...]
) -> None:
    found = accepted(send(mail(*headers)))
    assert found.references == references
    assert found.conversation.thread_root == (*references, found.message_id)[0]


def test_an_answer_without_a_context_goes_under_its_token(send: Compose) -> None:
    plain = replace(FRIDAY, user_context="")
    found = accepted(send(mail(), token=TOKEN, conversation=plain))
    assert found.submissions[0].user_context == TOKEN


def test_an_answer_is_a_persons_even_without_auth_and_only_its_new_words_go(send: Compose) -> None:
    body = (
        "On my way\r\n\r\nOn Fri, 20 Nov 2026, Sam <s@x> wrote:\r\n> 4pm?\r\n> -- \r\n> Text from"
    )
    found = accepted(send(mail(body=body), user="", token=TOKEN, conversation=FRIDAY))
    assert found.profile == "person"
    assert found.submissions[0].content == Text("On my way")


def test_a_forwarded_mail_is_the_message(send: Compose) -> None:
    body = "See:\r\n-----Original Message-----\r\nFrom: Sam\r\n4pm?"
    content = mail("In-Reply-To: <a@x>", body=body).replace(b"Friday", b"Fwd: Friday")
    assert only(send(content)).content == Text("See:\n-----Original Message-----\nFrom: Sam\n4pm?")


# ---------------------------------------------------------------- wishes


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30 min", 1800), ("90s", 90), ("2 h", 7200), ("7 D", 604_800), ("", 86_400)],
)
def test_a_mail_says_how_long_it_may_wait(send: Compose, header: str, seconds: int) -> None:
    assert only(send(mail(f"X-SMS-Expires: {header}"))).expires_at == 1000 + seconds


def test_x_sms_report_counts_where_the_client_asked_for_nothing(send: Compose) -> None:
    asked = ForwardPath("a@x", (SAM,), notify=frozenset({Notify.DELAY}))
    found = accepted(send(mail("X-SMS-Report: all"), to=(asked, to(Msisdn("447700900124")))))
    assert [path.notify for path in found.envelope.forward_paths] == [
        {Notify.DELAY},
        {Notify.SUCCESS, Notify.FAILURE},
    ]


RULES = {"senders": (SenderRule("user:jo", originators=("ACME", "447700900000")),)}


@pytest.mark.parametrize(
    ("headers", "settings", "originator"),
    [
        ((), {}, ""),
        ((), {"originator": "447700900001"}, "447700900001"),
        ((), RULES, "ACME"),
        (("X-SMS-From: 447700900000",), RULES, "447700900000"),
    ],
)
def test_the_originator_is_the_senders_choice_among_its_own(
    send: Compose, headers: tuple[str, ...], settings: dict[str, object], originator: str
) -> None:
    assert only(send(mail(*headers), settings=settings)).originator == originator


def test_another_originator_is_refused(send: Compose) -> None:
    assert send(mail("X-SMS-From: BANK"), settings=RULES) == Refusal(
        550,
        "5.7.1",
        "X-SMS-From: 'BANK' is no originator of this sender, who has only ACME, 447700900000",
    )


# ---------------------------------------------------------------- what is refused

WORDLESS = "550 5.6.0 your answer has no words of its own; write them above the quoted text"
QUOTED = "\r\nOn 3 May 2026, Sam wrote:\r\n> Yes\r\n"
VENDOR = {"subject_style": "vendor"}


def answer(subject: str, *headers: str, body: str = QUOTED) -> bytes:
    return mail(*headers, body=body).replace(b"Friday", subject.encode(), 1)


@pytest.mark.parametrize(
    ("content", "began", "settings", "text"),
    [
        (answer("Re: Friday"), "Friday", {}, None),
        (answer("AW: Friday [ORDER-42]"), "Friday", {}, None),
        (answer("Re: Friday [ORDER-42]", body=""), "Friday", {}, None),
        (answer("Friday"), "Friday", {}, None),
        (answer("Vá: Friday [ORDER-42]"), "Friday", {}, None),
        (answer("Re^2: Friday"), "Friday", {}, None),
        (answer("返信：Friday"), "Friday", {}, None),
        (answer("Отв: Odg: Friday"), "Friday", {}, None),
        (answer("Re: Text from 07700 900123"), "", {}, None),
        (answer("Re: Message from 447700900123"), "Friday", VENDOR, None),
        (answer("Re: Sam Jones has opted in again (START) [ORDER-42]"), "Friday", {}, None),
        (answer("Re: Friday", body=f"At nine{QUOTED}"), "Friday", {}, "At nine"),
        (answer("Re: Friday at nine"), "Friday", {}, "Re: Friday at nine"),
        (answer("Gate: Friday at nine"), "Friday", {}, "Gate: Friday at nine"),
        (answer("Gate: 4711"), "", {}, "Gate: 4711"),
        (answer("Saturday, then?"), "Friday", {}, "Saturday, then?"),
        (answer("See you at nine"), "", {}, "See you at nine"),
    ],
    ids=[
        *("quoted text alone", "the user context", "nothing at all", "without Re:"),
        *("a Hungarian mark", "a counted mark", "a Japanese mark", "two marks"),
        *("to a text unasked", "in the vendor's style", "to a START"),
        *("words", "words behind the subject", "words around the subject"),
        *("words to a text unasked", "another subject", "a subject to a text unasked"),
    ],
)
def test_an_answer_needs_words_of_its_own(
    send: Compose, content: bytes, began: str, settings: dict[str, object], text: str | None
) -> None:
    known = replace(FRIDAY, subject=began)
    found = send(content, token=TOKEN, conversation=known, settings=settings)
    if text is None:
        assert str(found) == WORDLESS
    else:
        assert only(found).content == Text(text)


def test_an_answer_of_octets_needs_no_words(send: Compose) -> None:
    content = answer("Re: Friday", "X-SMS-Type: binary", "X-SMS-UD: 00FF")
    found = send(content, token=TOKEN, conversation=FRIDAY)
    assert only(found).content == Binary(b"\x00\xff")


AUTOMATIC = "550 5.7.1 automatic answers are not texted"


@pytest.mark.parametrize(
    ("headers", "reply"),
    [
        (("Auto-Submitted: auto-replied",), AUTOMATIC),
        (("Auto-Submitted: Auto-Replied (vacation); x=1",), AUTOMATIC),
        (("Auto-Submitted: auto-notified",), AUTOMATIC),
        (("Content-Type: multipart/report; boundary=b", "", "--b\r\n\r\nx\r\n--b--"), AUTOMATIC),
        (("Content-Type: message/disposition-notification",), AUTOMATIC),
        (("X-Autoreply: yes",), AUTOMATIC),
        (("X-Autorespond: x",), AUTOMATIC),
        (("Precedence: auto_reply",), AUTOMATIC),
        (("X-Auto-Response-Suppress: All", "In-Reply-To: <in.1@sms.example.com>"), AUTOMATIC),
        (("X-Bridge-Loop: sms.example.com",), "554 5.4.6 this mail comes from a bridge"),
        (("Received: x",) * 31, "554 5.4.6 more than 30 hops"),
        (
            ("Content-Type: multipart/encrypted; boundary=b", "", "--b\r\n\r\nx\r\n--b--"),
            "554 5.7.0 this mail cannot be texted: it is encrypted (PGP/MIME)",
        ),
        (
            ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",),
            "554 5.7.0 this mail cannot be texted: it is encrypted (S/MIME)",
        ),
        (
            ("Content-Type: application/x-pkcs7-mime; smime-type=signed-data",),
            "554 5.7.0 this mail cannot be texted: its text is wrapped in its signature",
        ),
        (
            ("", "-----BEGIN PGP MESSAGE-----", "", "hQEMA", "-----END PGP MESSAGE-----"),
            "554 5.7.0 this mail cannot be texted: it is encrypted (PGP)",
        ),
    ],
)
def test_what_is_not_for_a_phone_is_refused(
    send: Compose, headers: tuple[str, ...], reply: str
) -> None:
    found = send(mail(*headers))
    assert isinstance(found, Refusal)
    assert str(found).startswith(reply)


@pytest.mark.parametrize(
    ("headers", "profile"),
    [
        (("Auto-Submitted: auto-generated",), "machine"),
        (("Auto-Submitted: no",), "person"),
        (("X-Auto-Response-Suppress: All",), "person"),
        (("X-Auto-Response-Suppress: All", "In-Reply-To: <ticket-7@example.com>"), "person"),
        (("Precedence: bulk",), "person"),
        (("Received: x",) * 30, "person"),
    ],
)
def test_alerts_and_ordinary_mail_are_sent(
    send: Compose, headers: tuple[str, ...], profile: str
) -> None:
    assert accepted(send(mail(*headers))).profile == profile


def test_the_null_sender_is_refused_at_a_conversations_address_only(send: Compose) -> None:
    assert str(send(mail(), reverse_path="", user="", token=TOKEN)) == AUTOMATIC
    assert accepted(send(mail(), reverse_path="", user="")).sender == ""


def test_a_mail_that_says_nothing_is_refused(send: Compose) -> None:
    assert send(b"From: jo@example.com\r\n\r\n \r\n") == Refusal(
        550, "5.6.0", "there is nothing to text: the mail has no words, no subject and no files"
    )


def test_a_user_speaks_for_nobody_else(send: Compose) -> None:
    found = send(mail(), reverse_path="sam@example.com")
    assert isinstance(found, Refusal)
    assert found.enhanced == "5.7.1"


def test_the_same_mail_composes_to_the_same_value(policy: Policy) -> None:
    path = ForwardPath("447700900123@sms.example.com", (SAM,))
    envelope = Envelope("", (path,), mail(), 1.0, Session("127.0.0.1"))
    once, again = (compose(envelope, policy, Facts(), 2.0, Ids("m1", TOKEN)) for _ in range(2))
    assert once == again
