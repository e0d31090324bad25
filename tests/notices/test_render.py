"""Each kind of event, as the whole mail that tells of it: golden/*.eml, `*` is anything.

`golden/de` has them in German, `golden/vendor` those that the vendor's style writes otherwise.
"""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from bridge.core.about import About, Asked, SentMail
from bridge.core.conversation import notice_id
from bridge.core.events import (
    Delayed,
    Event,
    MmsReceived,
    Progress,
    SmsReceived,
    Truncated,
    Unmailed,
)
from bridge.core.model import Conversation, Destination, ListName, Msisdn, Notify
from bridge.core.policy import Policy
from bridge.notices.render import Notice, render
from tests.notices.cases import (
    ANN,
    AT,
    CASES,
    EXPIRED,
    FILES,
    HELD,
    MMS,
    REFUSED,
    REPORT,
    SAM,
    SMS,
    read,
    told,
    undelivered,
)

GOLDEN = Path(__file__).parent / "golden"


def subject(event: Event, policy: Policy, mail: SentMail | None) -> str:
    return str(read(told(event, policy, mail))["Subject"])


GOLDEN_MAILS = sorted(str(each.relative_to(GOLDEN)) for each in GOLDEN.rglob("*.eml"))
STYLES: dict[str, Callable[[Policy], Policy]] = {
    ".": lambda policy: policy,
    "de": lambda policy: replace(policy, language="de"),
    "vendor": lambda policy: replace(policy, subject_style="vendor"),
}


@pytest.mark.parametrize("path", GOLDEN_MAILS)
def test_each_event_is_the_golden_mail(path: str, policy: Policy, mail: SentMail) -> None:
    style = STYLES[str(Path(path).parent)](policy)

    found = CASES[Path(path).stem].told(style, mail)
    again = CASES[Path(path).stem].told(style, mail)

    golden = (GOLDEN / path).read_text(encoding="ascii")
    pattern = re.escape(golden).replace(r"\*", ".*")
    content = found.content.decode("ascii").replace("\r\n", "\n")
    assert re.fullmatch(pattern, content), content
    assert found == again


def test_each_case_has_its_golden_mail_in_each_language() -> None:
    assert {path for path in GOLDEN_MAILS if not path.startswith("vendor")} == {
        f"{folder}{name}.eml" for name in CASES for folder in ("", "de/")
    }


@pytest.mark.parametrize("name", CASES)
def test_a_mail_is_7_bit_in_lines_of_legal_length_and_python_finds_no_defect(
    name: str, policy: Policy, mail: SentMail
) -> None:
    content = CASES[name].told(policy, mail).content

    assert content.isascii()
    assert all(len(each) <= 998 for each in content.split(b"\r\n"))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", content)
    for rules in (email.policy.default, email.policy.compat32):
        for part in email.message_from_bytes(content, policy=rules).walk():
            assert not part.defects


@pytest.mark.parametrize("name", CASES)
def test_only_reports_have_the_null_reverse_path(name: str, policy: Policy, mail: SentMail) -> None:
    found = CASES[name].told(policy, mail).reverse_path

    report = name.startswith(("report", "undelivered", "delayed", "summary", "held", "limited"))
    assert found == ("" if report else "bounces@sms.example.com")


def test_a_mail_whose_readers_never_were_known_is_found_by_its_event(policy: Policy) -> None:
    event = Unmailed((), "SmsReceived (e12)", "the bridge could not write this mail", AT)

    found = read(told(event, policy, None, recipients=("ops@example.com",)))

    assert found["Subject"] == "A mail could not be delivered to its readers"
    assert "smsbridge log e12" in found.get_content().replace("\n", " ")


def test_nobody_to_hear_is_no_mail(policy: Policy) -> None:
    assert render(SMS, policy, about=About(), parts=(), key="k", recipients=()) is None


def test_the_same_event_is_the_same_mail_to_the_octet_and_another_is_not(
    policy: Policy, mail: SentMail
) -> None:
    first = render(MMS, policy, about=About(mail), parts=FILES, key="k1", recipients=("a@b.org",))
    again = render(MMS, policy, about=About(mail), parts=FILES, key="k1", recipients=("a@b.org",))
    other = render(MMS, policy, about=About(mail), parts=FILES, key="k2", recipients=("a@b.org",))

    assert first == again
    assert first is not None
    assert other is not None
    assert read(first)["Message-ID"] != read(other)["Message-ID"]


def test_who_has_the_mail_already_is_named_in_it_and_not_sent_it(
    policy: Policy, mail: SentMail
) -> None:
    """Both copies are the same octets, though one was taken at the second try."""
    both = told(
        SMS, policy, mail, recipients=("jo@example.com", "inbox@example.com"), others=("x@y.org",)
    )
    rest = told(SMS, policy, mail, recipients=("inbox@example.com",), others=("x@y.org",))

    assert rest.recipients == ("inbox@example.com",)
    assert rest.content == both.content
    assert read(rest)["To"] == "jo@example.com, inbox@example.com"


def test_a_short_plain_text_is_what_the_standard_library_would_write(
    policy: Policy, mail: SentMail
) -> None:
    found = told(SMS, policy, mail)
    built = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=200))
    for name, value in read(found).items():
        if name.lower() not in ("mime-version", "content-type", "content-transfer-encoding"):
            built[name] = str(value)
    built.set_content(read(found).get_content())
    # It writes MIME-Version last and the transfer encoding before; the rest is the same.
    head, _, body = built.as_bytes().partition(b"\r\n\r\n")

    ours, _, our_body = found.content.partition(b"\r\n\r\n")
    assert sorted(ours.split(b"\r\n")) == sorted(head.split(b"\r\n"))
    assert our_body == body


# ---------------------------------------------------------------- who and where to answer


@pytest.mark.parametrize(
    ("number", "display", "address"),
    [
        ("447700900123", "Sam Jones (07700 900123)", "447700900123@sms.example.com"),
        ("00447700900123", "Sam Jones (07700 900123)", "447700900123@sms.example.com"),
        ("+447700900124", "07700 900124", "447700900124@sms.example.com"),
        ("33612345678", "+33 6 12 34 56 78", "33612345678@sms.example.com"),
        ("86688", "86688", "86688@sms.example.com"),
        ("ACME", "ACME", "unknown@sms.example.com"),
        ("", "an unknown sender", "unknown@sms.example.com"),
        ('"><script>', '"><script>', "unknown@sms.example.com"),
        ("evil@bank.com", "evil@bank.com", "unknown@sms.example.com"),
        ("٤٤٧٧٠٠", "٤٤٧٧٠٠", "unknown@sms.example.com"),
        ("4" * 300, "4" * 45 + "...", "unknown@sms.example.com"),
    ],
)
def test_the_sender_is_a_number_at_our_domain_or_unknown(
    number: str, display: str, address: str, policy: Policy
) -> None:
    sender = read(told(replace(SMS, number=number), policy, None))["From"].addresses

    assert [(each.display_name, each.addr_spec) for each in sender] == [(display, address)]


@pytest.mark.parametrize(
    ("given", "own", "shown"),
    [
        ("ORDER-42", "ORDER-42", "ORDER-42"),
        ("7kq2pab3xd", "ORDER-42", "ORDER-42"),
        ("7kq2pab3xd", "", None),
        ("", "", None),
        ("", "ORDER-42", "ORDER-42"),
        ("FROM-THE-PORTAL", "", "FROM-THE-PORTAL"),
        ("2abcdefghi", "", None),  # spelt as a token: perhaps one that was forgotten
        ("2abcdefghi", "2abcdefghi", "2abcdefghi"),  # a person's, who happens to write so
    ],
)
def test_the_user_context_is_a_persons_and_never_our_token(
    given: str, own: str, shown: str | None, policy: Policy, mail: SentMail
) -> None:
    asked = replace(mail, conversation=replace(mail.conversation, user_context=own))
    message = read(told(replace(SMS, user_context=given), policy, asked))

    assert message["UserContext"] == shown
    assert message["Subject"] == ("Re: Friday" if shown is None else f"Re: Friday [{shown}]")


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("sent", "date"),
    [
        ("2026-11-20T13:50:05-00:00", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("2026-11-20T14:45:12+01:00", "Fri, 20 Nov 2026 14:45:12 +0100"),
        ("2026-11-20T14:45:12 01:00", "Fri, 20 Nov 2026 14:45:12 +0100"),  # an unescaped plus
        ("2026-11-20T13:50:05Z", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("2026-11-20T13:50:05", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("2026-11-20T13:50:05.25Z", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("2026-11-20", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("soon\r\nBcc: v@e.org", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("2026-13-45T99:99:99Z", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("0001-01-01T00:00:00+14:00", "Fri, 20 Nov 2026 13:50:05 +0000"),
        ("1980-01-06T00:00:00Z", "Fri, 20 Nov 2026 13:50:05 +0000"),  # a clock never set
        ("2099-01-01T00:00:00Z", "Fri, 20 Nov 2026 13:50:05 +0000"),  # would stay on top for ever
        ("9999-12-31T23:59:59-14:00", "Fri, 20 Nov 2026 13:50:05 +0000"),
    ],
)
def test_the_date_is_the_handsets_if_it_can_be_believed(
    sent: str, date: str, policy: Policy
) -> None:
    assert read(told(replace(SMS, sent=sent), policy, None))["Date"] == date


# ---------------------------------------------------------------- the thread


@pytest.mark.parametrize(
    ("root", "references", "own", "parent", "chain"),
    [
        ("<r@x>", (), "<r@x>", "<r@x>", "<r@x>"),
        ("<r@x>", ("<r@x>", "<a@x>"), "<b@x>", "<b@x>", "<r@x> <a@x> <b@x>"),
        ("", (), "<b@x>", "<b@x>", "<b@x>"),
        ("<r@x>", (), "", "<r@x>", "<r@x>"),
        ("", (), "", None, None),
        ("<r@x>", ("junk", "<a b@x>", "<a@x>\r\nBcc: v@e.org"), "<b@x>", "<b@x>", "<r@x> <b@x>"),
        (
            "<r@x>",
            tuple(f"<{n}@x>" for n in range(50)),
            "<b@x>",
            "<b@x>",
            "<r@x> " + " ".join(f"<{n}@x>" for n in range(42, 50)) + " <b@x>",
        ),
    ],
)
def test_a_mail_joins_the_thread_of_the_mail_that_was_texted(
    root: str,
    references: tuple[str, ...],
    own: str,
    parent: str | None,
    chain: str | None,
    policy: Policy,
    mail: SentMail,
) -> None:
    conversation = replace(mail.conversation, thread_root=root)
    asked = replace(mail, conversation=conversation, references=references, message_id=own)

    message = read(told(SMS, policy, asked))

    assert message["In-Reply-To"] == parent
    assert message["References"] == chain


@pytest.mark.parametrize(
    ("root", "subject", "context", "about", "expected", "parent"),
    [
        # the first text of a conversation that it begins itself, and the next one
        ("<in.own>", "", "", False, "Text from Sam Jones (07700 900123)", None),
        ("<in.first@x>", "", "", False, "Text from Sam Jones (07700 900123)", "<in.first@x>"),
        ("", "", "X9", False, "Text from Sam Jones (07700 900123) [X9]", None),
        # one with a context of its own, in the thread of the mail that it answers
        ("<root@example.com>", "Friday", "X9", True, "Re: Friday [X9]", "<second@example.com>"),
        ("<root@example.com>", "", "X9", True, "Re: Friday [X9]", "<second@example.com>"),
        # and in another thread
        ("<else@x>", "Monday", "X9", True, "Re: Monday [X9]", "<else@x>"),
        ("<else@x>", "", "", True, "Text from Sam Jones (07700 900123)", "<else@x>"),
    ],
)
def test_a_text_is_told_in_the_conversation_in_which_it_is_answered(
    root: str,
    subject: str,
    context: str,
    about: bool,
    expected: str,
    parent: str | None,
    policy: Policy,
    mail: SentMail,
) -> None:
    own = notice_id("in", "k1", policy.domain)
    talk = Conversation("3abcdefghi", "", subject, root.replace("<in.own>", own), context)
    event = replace(SMS, user_context="")

    message = read(told(event, policy, mail if about else None, conversation=talk))

    assert message["From"].addresses[0].username == "447700900123.3abcdefghi"
    assert message["Subject"] == expected
    assert message["In-Reply-To"] == parent
    assert message["UserContext"] == (context or None)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("Friday", "Re: Friday [ORDER-42]"),
        ("Re: Friday", "Re: Friday [ORDER-42]"),
        ("AW: Re: Friday", "Re: Friday [ORDER-42]"),
        ("Friday [ORDER-42]", "Re: Friday [ORDER-42]"),
        ("", "Text from Sam Jones (07700 900123) [ORDER-42]"),
        ("Grüße\nan alle", "Re: Grüße an alle [ORDER-42]"),
        ("x" * 400, "Re: " + "x" * 182 + "... [ORDER-42]"),
    ],
)
def test_the_subject_is_the_threads_root(
    root: str, expected: str, policy: Policy, mail: SentMail
) -> None:
    asked = replace(mail, conversation=replace(mail.conversation, subject=root), subject="")

    assert subject(SMS, policy, asked) == expected


# ---------------------------------------------------------------- the vendor's style


@pytest.mark.parametrize(
    ("event", "title", "lines"),
    [
        (SMS, "Message from 447700900123 [ORDER-42]", ["Yes 4pm works"]),
        (
            replace(REPORT, progress=Progress.DELIVERED, status="4", enhanced="2.1.5"),
            "Status report for message sent to 447700900123 [ORDER-42]",
            ["To number: 447700900123", "Status: Message has been delivered"],
        ),
        (MMS, "Message from 447700900123 [ORDER-42]", ["Look"]),
        (
            REPORT,
            "Status report for message sent to 447700900123 [ORDER-42]",
            ["To number: 447700900123", "Status: Unable to deliver"],
        ),
        (
            undelivered(REFUSED, replace(EXPIRED, destination=ANN)),
            "Status report for message sent to 447700900123, 447700900124 [ORDER-42]",
            ["To number: 447700900123", "Status: The gateway has no route to this number"],
        ),
    ],
)
def test_in_the_vendors_style_programs_find_the_vendors_subjects_and_lines(
    event: Event, title: str, lines: list[str], policy: Policy, mail: SentMail
) -> None:
    message = read(told(event, replace(policy, subject_style="vendor"), mail))
    body = message.get_body()

    assert message["Subject"] == title
    assert message["From"].addresses[0].username.startswith("447700900123")
    assert isinstance(body, EmailMessage)
    assert body.get_content().splitlines()[: len(lines)] == lines


# ---------------------------------------------------------------- reports for programs


def status_fields(notice: Notice) -> list[dict[str, str]]:
    status = next(
        part
        for part in email.message_from_bytes(notice.content).walk()
        if part.get_content_type() == "message/delivery-status"
    )
    groups = status.get_payload()
    assert isinstance(groups, list)
    return [dict(group.items()) for group in groups if not isinstance(group, str)]


@pytest.mark.parametrize(
    ("event", "action", "status", "diagnostic"),
    [
        (REPORT, "failed", "5.1.1", "6 unable to deliver"),
        (
            replace(REPORT, progress=Progress.DELIVERED, status="4", words="", enhanced="2.1.5"),
            "delivered",
            "2.1.5",
            "4 status 4",
        ),
        (
            undelivered(REFUSED),
            "failed",
            "5.1.1",
            "INVALID_NUMBER the gateway has no route to this number",
        ),
        (undelivered(EXPIRED), "failed", "4.4.7", "EXPIRED it was not sent in time"),
        (undelivered(HELD), "delayed", "4.4.1", "TIMEOUT it may have been sent: no answer came"),
        (Delayed("m1", (SAM,), "no host answers", AT), "delayed", "4.4.1", "no host answers"),
        (replace(REPORT, enhanced="5.1.1\r\nX: y"), "failed", "5.0.0", None),
    ],
)
def test_programs_read_what_happened_to_whom(
    event: Event,
    action: str,
    status: str,
    diagnostic: str | None,
    policy: Policy,
    mail: SentMail,
) -> None:
    asked = replace(
        mail,
        envid="QQ+2B314",
        asked={SAM: Asked(orcpt="rfc822;sam+2Bnow@sms.example.com")},
    )

    whole, one = status_fields(told(event, policy, asked))

    assert whole == {
        "Original-Envelope-Id": "QQ+314",
        "Reporting-MTA": "dns; sms.example.com",
        "Arrival-Date": "Fri, 20 Nov 2026 13:41:00 +0000",
    }
    if diagnostic:
        assert one.pop("Diagnostic-Code") == f"x-sms-gateway; {diagnostic}"
    assert {name: one[name] for name in one if name != "Diagnostic-Code"} == {
        "Original-Recipient": "rfc822; sam+now@sms.example.com",
        "Final-Recipient": "rfc822; 447700900123@sms.example.com",
        "Action": action,
        "Status": status,
    }


def test_a_line_break_in_xtext_breaks_no_line(policy: Policy, mail: SentMail) -> None:
    asked = replace(
        mail,
        envid="a+0D+0AAction: delivered",
        asked={SAM: Asked(orcpt="rfc822;b+0D+0A+0D+0Ac@x.org")},
    )

    whole, one = status_fields(told(undelivered(REFUSED), policy, asked))

    assert whole["Original-Envelope-Id"] == "a  Action: delivered"
    assert one["Original-Recipient"] == "rfc822; b    c@x.org"
    assert one["Action"] == "failed"


@pytest.mark.parametrize(
    "given", ["a" * 490 + "@x.org", "a  b", "O=EXAMPLE OU=ADMINISTRATION" * 12]
)
def test_who_was_asked_for_is_named_whole(given: str, policy: Policy, mail: SentMail) -> None:
    coded = given.replace(" ", "+20").replace("=", "+3D")
    asked = replace(mail, envid=coded[:100], asked={SAM: Asked(orcpt=f"rfc822;{coded}")})

    content = told(undelivered(REFUSED), policy, asked).content

    assert f"Original-Recipient: rfc822; {given}\r\n".encode() in content
    assert b"Original-Envelope-Id: " in content
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_each_recipient_of_a_report_is_named_as_its_sender_named_it(
    policy: Policy, mail: SentMail
) -> None:
    asked: dict[Destination, Asked] = {
        SAM: Asked(orcpt="rfc822;sam@x.org"),
        ANN: Asked(orcpt="rfc822;ann@x.org"),
    }
    event = undelivered(REFUSED, replace(EXPIRED, destination=ANN))

    _, *each = status_fields(told(event, policy, replace(mail, asked=asked)))

    assert [one["Original-Recipient"] for one in each] == ["rfc822; sam@x.org", "rfc822; ann@x.org"]


def test_a_recipient_of_whom_nothing_is_to_be_told_is_not_in_the_report(
    policy: Policy, mail: SentMail
) -> None:
    asked: dict[Destination, Asked] = {SAM: Asked(), ANN: Asked(frozenset({Notify.NEVER}))}
    event = undelivered(REFUSED, replace(EXPIRED, destination=ANN))

    notice = told(event, policy, replace(mail, asked=asked))

    _, one = status_fields(notice)
    assert one["Final-Recipient"] == "rfc822; 447700900123@sms.example.com"
    assert b"900124" not in notice.content
    assert "Sam Jones" in str(read(notice)["Subject"])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Subject: a\r\n\tb\r\n", "Subject: a\r\n\tb\r\n"),
        (b"Subject: a\n\nBody: no header\n", "Subject: a\r\nBody: no header\r\n"),
        (b"Subject: \xfc\n--=_x\n", "Subject: \ufffd\r\n--=_x\r\n"),
    ],
)
def test_a_report_shows_the_headers_of_the_mail_and_nothing_of_its_body(
    raw: bytes, expected: str, policy: Policy, mail: SentMail
) -> None:
    notice = told(undelivered(REFUSED), policy, replace(mail, headers=raw))
    parts = list(email.message_from_bytes(notice.content).walk())
    payload = parts[-1].get_payload(decode=True)

    assert parts[-1].get_content_type() == "text/rfc822-headers"
    assert isinstance(payload, bytes)
    assert payload.decode("utf-8", "replace") == expected


def test_a_mail_without_kept_headers_is_reported_without_the_third_part(
    policy: Policy, mail: SentMail
) -> None:
    notice = told(undelivered(REFUSED), policy, replace(mail, headers=b""))

    kinds = [part.get_content_type() for part in email.message_from_bytes(notice.content).walk()]
    assert kinds[:3] == ["multipart/report", "text/plain", "message/delivery-status"]
    assert "text/rfc822-headers" not in kinds


def test_a_text_in_doubt_names_the_command_that_sends_it_again(
    policy: Policy, mail: SentMail
) -> None:
    content = told(undelivered(HELD), policy, mail).content

    assert b"smsbridge spool retry s1" in content


# ---------------------------------------------------------------- the footer


def test_the_footer_says_that_two_people_texted_the_number(policy: Policy, mail: SentMail) -> None:
    content = told(SMS, policy, mail, others=("kim@example.com",)).content

    assert b"kim@example.com texted 07700 900123 within a day, too" in content


def footer(event: Event, policy: Policy, about: About) -> list[str]:
    notice = render(event, policy, about=about, parts=(), key="k", recipients=("jo@example.com",))
    assert notice is not None
    lines = read(notice).get_content().splitlines()
    return list(lines[lines.index("-- ") + 1 :])


def test_a_colleagues_text_is_quoted_as_the_colleagues(policy: Policy, mail: SentMail) -> None:
    kims = replace(mail, sender="kim@example.com")

    assert footer(SMS, policy, About(kims, "token"))[1].startswith(
        'Text of kim@example.com, Fri 13:41: "Hi Sam'
    )
    assert footer(SMS, replace(policy, language="de"), About(kims, "token"))[1].startswith(
        "SMS von kim@example.com, Fr., 13:41 Uhr: „Hi Sam"
    )
    assert footer(SMS, policy, About(replace(mail, sender="Jo@Example.com"), "token"))[
        1
    ].startswith("Your text of Fri 13:41: ")


@pytest.mark.parametrize(
    ("asked", "by", "is_quoted"),
    [
        ((SAM,), "token", True),
        ((ANN, SAM), "token", True),
        ((ANN,), "token", False),
        ((ANN,), "number", True),
        ((ListName("Customers 2026"),), "token", True),
        ((), "token", True),
    ],
)
def test_what_a_number_never_got_is_not_quoted_to_it(
    asked: tuple[Destination, ...], by: str, is_quoted: bool, policy: Policy, mail: SentMail
) -> None:
    known = replace(mail, asked=dict.fromkeys(asked, Asked()))

    last = footer(SMS, policy, About(known, by))[1]

    assert last.startswith("Your text of") == is_quoted
    assert (last == "This number was not texted in this conversation.") != is_quoted


@pytest.mark.parametrize("event", [SMS, MMS], ids=["a text", "a picture"])
def test_nobody_is_invited_to_answer_who_would_be_refused(
    event: SmsReceived | MmsReceived, policy: Policy, mail: SentMail
) -> None:
    first = footer(replace(event, opted_out=True), policy, About(mail, "token"))[0]

    assert "Answer this mail" not in first
    assert first.endswith(
        "It cannot be answered: 07700 900123 has opted out, and mail to it is refused."
    )


def test_an_older_text_is_quoted_with_its_whole_date(policy: Policy, mail: SentMail) -> None:
    content = told(SMS, policy, replace(mail, received_at=AT - 20 * 86400)).content

    assert b'Your text of Sat 31 Oct 2026 13:50: "Hi Sam' in content


def test_a_mailbox_outside_ascii_keeps_the_headers_ascii(policy: Policy) -> None:
    lonely = replace(policy, inbox="jörg@example.com")

    message = read(told(SMS, lonely, None, recipients=("jörg@example.com",)))

    assert message["To"] == '"jörg@example.com":;'


@pytest.mark.parametrize(
    ("receivers", "said"),
    [
        ((SAM,), "To Sam Jones (07700 900123)"),
        ((SAM, Msisdn("447700900124")), "To Sam Jones (07700 900123), 07700 900124"),
        (tuple(Msisdn(f"44770090012{n}") for n in range(6)), "To 6 recipients"),
    ],
)
def test_what_was_cut_names_those_who_got_it(
    policy: Policy, mail: SentMail, receivers: tuple[Msisdn, ...], said: str
) -> None:
    asked: dict[Destination, Asked] = {each: Asked() for each in receivers}
    event = Truncated("m1", "One two...", "three four", (), AT)
    text = read(told(event, policy, replace(mail, asked=asked))).get_content()
    assert text.splitlines()[:3] == [
        said,
        "",
        "Your mail was too long for a text. This was sent:",
    ]
