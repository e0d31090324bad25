"""What a stranger writes changes no header but the one it is in, and that one stays one line."""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.about import About, Asked, SentMail
from bridge.core.events import (
    Ending,
    Event,
    GatewayBlocked,
    ListChanged,
    MmsReceived,
    Progress,
    SmsReceived,
    StatusReport,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import ListName, Msisdn, Part
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.notices.render import render

AT = 1795182605.0
COMMON = ["From", "To", "Subject", "Message-ID"]
MARKS = ["Date", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Bridge-Loop"]
SMS_FIELDS = ["UserContext", "X-SMS-Sender", "X-SMS-Network", "X-SMS-Message-Id"]
END = ["MIME-Version", "Content-Type"]
ALLOWED = [*COMMON, "In-Reply-To", "References", *MARKS, *SMS_FIELDS, *END]
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

HOSTILE = {
    "crlf": "447700900123\r\nBcc: v@e.org\r\n\r\nx",
    "lf": "x\nTo: v@e.org",
    "cr": "x\rTo: v@e.org",
    "folded": "x\r\n Bcc: v@e.org",
    "controls": "a\0b\vc\fd\x1ce\x1df\x1eg\x85h",
    "separators": "a\u2028Bcc: v@e.org\u2029b",
    "bidi": "a\u202emoc.knab\u202c \u2066b\u2069",
    "surrogates": "a\ud800b\udfff",
    "encoded-word": "=?utf-8?q?a=0ABcc=3A_v=40e=2Eorg?=",
    "encoded-word-b64": "=?utf-8?b?YQpCY2M6IHZAZS5vcmc=?=",
    "quotes": '"><script>" <evil@bank.com>, "',
    "backslash": 'a\\"\\',
    "comment": "a (b) <c@d>",
    "boundary": "--=_x\r\n--=_x--",
    "dots": ".\r\n.\r\nQUIT",
    "long": "x" * 10_000,
    "long-words": "word " * 3_000,
    "long-wide": "😀" * 3_000,
    "ten-thousand-lines": "a\n" * 10_000,
    "blank": " \t\r\n ",
    "empty": "",
}


def events(evil: str) -> dict[str, Event]:
    """Each kind of event, with a stranger's words wherever a stranger has a say."""
    failure = Ending(ListName(evil), State.REJECTED, evil, evil, evil)
    return {
        "sms": SmsReceived(evil, evil, evil, evil, evil, evil, AT),
        "mms": MmsReceived(evil, evil, evil, (evil, "a.gif"), evil, evil, evil, AT),
        "report": StatusReport(evil, evil, evil, Progress.UNDELIVERABLE, evil, evil, AT),
        "list": ListChanged(evil, evil, evil, evil, evil, evil, AT),
        "undelivered": Undelivered("m1", evil, (failure,), AT),
        "truncated": Truncated("m1", evil, evil, (evil,), AT),
        "blocked": GatewayBlocked(evil, evil, AT),
        "unmailed": Unmailed((evil,), evil, evil, AT),
        "unreadable": Unreadable(evil, evil.encode("utf-8", "replace"), AT),
    }


def poisoned(mail: SentMail, evil: str) -> SentMail:
    conversation = replace(mail.conversation, subject=evil, user_context=evil, thread_root=evil)
    return replace(
        mail,
        conversation=conversation,
        subject=evil,
        message_id=evil,
        references=(evil, "<a@x>"),
        texts=(evil,),
        envid=evil,
        asked={Msisdn("447700900123"): Asked(orcpt=f"{evil};{evil}")},
        headers=evil.encode("utf-8", "replace"),
    )


def check(event: Event, policy: Policy, mail: SentMail | None, parts: tuple[Part, ...]) -> None:
    about = About(mail, "number")
    notice = render(
        event, policy, about=about, parts=parts, key="k", recipients=("jo@example.com",)
    )
    assert notice is not None
    head, _, _ = notice.content.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n(?=[ \t])", b"", head).decode("ascii").split("\r\n")
    names = [each.partition(":")[0] for each in lines]
    allowed = [*ALLOWED, "Content-Transfer-Encoding"]
    assert names == [each for each in allowed if each in names]
    assert set(names) >= {*COMMON, *MARKS, *END}
    assert all(len(each) <= 998 for each in notice.content.split(b"\r\n"))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", notice.content)
    message = email.message_from_bytes(notice.content, policy=email.policy.default)
    assert not message.defects
    for name, value in message.items():
        assert not UNFIT.search(str(value))
        if name in ("Subject", *SMS_FIELDS):
            assert len(str(value)) <= 200
    sender = message["From"].addresses
    assert len(sender) == 1
    assert re.fullmatch(r"unknown|postmaster|[0-9]{3,15}(\.7kq2pab3xd)?", sender[0].username)
    assert sender[0].domain == "sms.example.com"


@pytest.mark.parametrize("kind", events(""))
@pytest.mark.parametrize("evil", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("known", [True, False], ids=["of-a-mail", "of-no-mail"])
def test_the_headers_are_those_of_any_other_mail(
    kind: str, evil: str, known: bool, policy: Policy, mail: SentMail
) -> None:
    """T46, T47"""
    parts = (Part(evil, evil, evil.encode("utf-8", "replace")), Part(evil, "", b"GIF89a"))

    check(events(evil)[kind], policy, poisoned(mail, evil) if known else None, parts)


@pytest.mark.parametrize("kind", events(""))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    evil=st.text(
        st.characters(codec=None) | st.sampled_from('\r\n\0=?_<>"\\@,;:. \u2028\u202e\ud800é'),
        max_size=60,
    )
)
def test_the_headers_are_those_of_any_other_mail_whatever_comes(
    kind: str, policy: Policy, mail: SentMail, evil: str
) -> None:
    parts = (Part(evil, evil, evil.encode("utf-8", "replace")), Part(evil, "", b"GIF89a"))

    check(events(evil)[kind], policy, poisoned(mail, evil), parts)


@pytest.mark.parametrize(
    ("field", "header"),
    [
        (lambda sms, value: replace(sms, user_context=value), "UserContext"),
        (lambda sms, value: replace(sms, network=value), "X-SMS-Network"),
        (lambda sms, value: replace(sms, message_id=value), "X-SMS-Message-Id"),
        (lambda sms, value: replace(sms, number=value), "X-SMS-Sender"),
    ],
)
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ORDER-42", "ORDER-42"),
        ("Käse 😀", "Käse 😀"),
        ("a\r\nBcc: v@e.org", "a Bcc: v@e.org"),
        ("=?utf-8?q?a=0ABcc=3A?=", "=?utf-8?q?a=0ABcc=3A?="),
        ("a\0\u2028\u202e\ud800b", "a b"),
        ("x" * 201, "x" * 197 + "..."),
    ],
)
def test_a_value_is_shown_as_it_came_but_for_what_is_unfit(
    field: Callable[[SmsReceived, str], SmsReceived],
    header: str,
    value: str,
    shown: str,
    policy: Policy,
) -> None:
    sms = SmsReceived("447700900123", "Hi", "1", "", "", "", AT)
    notice = render(
        field(sms, value), policy, about=About(), parts=(), key="k", recipients=("jo@example.com",)
    )
    assert notice is not None

    message = email.message_from_bytes(notice.content, policy=email.policy.default)

    assert message[header] == shown


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("tab\tstays", "tab\tstays"),
        ("bell\a nul\0", "bell  nul "),
        ("half \ud83d", "half \ufffd"),
        ("--=_k\n.\n", "--=_k\n."),
        ("x" * 2000, "x" * 2000),
        ("ж" * 2000, "ж" * 2000),
        ("trailing \nspaces ", "trailing \nspaces "),
    ],
)
def test_a_texts_own_lines_reach_the_reader(text: str, body: str, policy: Policy) -> None:
    sms = SmsReceived("447700900123", text, "1", "", "", "", AT)
    notice = render(sms, policy, about=About(), parts=(), key="k", recipients=("jo@example.com",))
    assert notice is not None

    content = email.message_from_bytes(notice.content, policy=email.policy.default)

    payload = content.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").partition("\n\n-- \n")[0] == body
