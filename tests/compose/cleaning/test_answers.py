"""Which mails may quote another: those that answer, never those that are passed on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.core.model import Refusal, Text
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]

OUTLOOK = "From: Sam <s@x.example>\nSent: 3 May 2026 10:00\nTo: Jo\nSubject: Lunch\n\nAt one?"
APPLE = "> Begin forwarded message:\n>\n> From: Sam <s@x.example>\n>\n> At one?"
GMAIL = "On Sun, 3 May 2026 at 10:00, Sam <s@x.example> wrote:\n\n> At one?"


def texted(send: Compose, body: str, *, subject: str = "", token: str = "") -> str:
    head = f"Subject: {subject}\n" if subject else "To: sam\n"
    mail = send(f"{head}\n{body}\n".encode(), token=token)
    assert isinstance(mail, Mail)
    content = mail.submissions[0].content
    assert isinstance(content, Text)
    return content.text


FORWARDS = (
    "Fwd: Lunch",
    "FW: Lunch",
    "WG: Lunch",
    "TR: Lunch",
    "RV: Lunch",
    "Fwd: Re: Lunch",
    "VS: Lunch",
)


@pytest.mark.parametrize("subject", FORWARDS)
@pytest.mark.parametrize("token", ["", "7kq2pab3xd"], ids=["new", "in a conversation"])
@pytest.mark.parametrize("passed_on", [OUTLOOK, APPLE, GMAIL], ids=["Outlook", "Apple", "Gmail"])
def test_what_a_subject_says_is_passed_on_is_the_message(
    send: Compose, subject: str, token: str, passed_on: str
) -> None:
    text = texted(send, f"See below\n\n{passed_on}", subject=subject, token=token)
    assert (text[:9], text[-7:]) == ("See below", "At one?")


@pytest.mark.parametrize(
    ("answered", "left"),
    [("<in.4f2a@sms.example.com>", "Yes"), ("<4f2a@x.example>", f"Yes\n{OUTLOOK}")],
    ids=["a Finn's answer to us", "a Dane's forward"],
)
def test_a_mark_that_is_both_is_an_answers_where_the_headers_name_a_mail_of_ours(
    send: Compose, answered: str, left: str
) -> None:
    head = f"Subject: VS: Lunch\nIn-Reply-To: {answered}\nReferences: {answered}\n"
    mail = send(f"{head}\nYes\n\n{OUTLOOK}\n".encode(), token="7kq2pab3xd")
    assert isinstance(mail, Mail)
    content = mail.submissions[0].content
    assert isinstance(content, Text)
    assert content.text == left.replace("\n\n", "\n")


@pytest.mark.parametrize("subject", ["Re: Lunch", "Re: Fwd: Lunch", "AW: Lunch"])
@pytest.mark.parametrize("history", [OUTLOOK, GMAIL], ids=["Outlook", "Gmail"])
def test_the_history_of_an_answer_goes(send: Compose, subject: str, history: str) -> None:
    assert texted(send, f"Yes\n\n{history}", subject=subject) == "Yes"


def test_what_quotes_another_mail_answers_it_whatever_its_headers_say(send: Compose) -> None:
    assert texted(send, f"Yes\n\n{GMAIL}") == "Yes"


@pytest.mark.parametrize("shown", [OUTLOOK, APPLE], ids=["Outlook", "Apple"])
def test_what_shows_another_mail_in_another_way_does_not_answer_it(
    send: Compose, shown: str
) -> None:
    assert texted(send, f"Look\n\n{shown}").endswith("At one?")


def test_of_a_machine_nothing_goes(send: Compose) -> None:
    mail = send(f"Subject: Lunch\n\nYes\n\n{GMAIL}\n".encode(), user="")
    assert isinstance(mail, Mail)
    content = mail.submissions[0].content
    assert isinstance(content, Text)
    assert content.text.endswith("> At one?")
