"""Answers as mail programs write them go out as the new text alone, with the same user context."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest

from bridge.cli.playground import OWNER
from bridge.sandbox.inbox import Mailed
from tests.flows.conftest import PATIENCE, House, OpenHouse
from tests.flows.styles import desktop, office, phones, web
from tests.flows.styles.quoted import Quoted, Style

PHONE, CONTEXT = "447700900011", "ORDER-42"
FRIDAY = "<friday@example.com>"
QUESTIONS = "When do you come?\nAnd who brings the keys?"
WORDS = "4pm it is. Bring the keys!"
MAILS = {
    "our mails": {},
    "our mails in German": {"language": "de"},
    "mails in the vendor's style": {"subject_style": "vendor"},
}


STYLES: dict[str, Style] = {
    "Gmail": web.gmail,
    "Gmail in German": web.gmail_in_german,
    "Gmail in French": web.gmail_in_french,
    "Yahoo": web.yahoo,
    "Proton": web.proton,
    "Outlook": office.outlook,
    "Outlook in German": office.outlook_in_german,
    "Outlook, plain text": office.outlook_text,
    "Outlook, plain text in German": office.outlook_text_in_german,
    "Outlook, plain text in French": office.outlook_text_in_french,
    "Outlook for iOS": office.outlook_mobile,
    "Lotus Notes": office.lotus_notes,
    "Apple Mail": phones.apple_mail,
    "iPhone": phones.iphone,
    "Thunderbird": desktop.thunderbird,
    "Thunderbird in German": desktop.thunderbird_in_german,
    "Thunderbird in French": desktop.thunderbird_in_french,
    "Roundcube": web.roundcube,
    "Roundcube, answer below": web.roundcube_below,
    "Mutt, answer below": desktop.mutt,
    "answers between the lines": desktop.interleaved,
    "answers between the lines, with HTML": desktop.interleaved_whole,
    "K-9": phones.k9,
    "Samsung": phones.samsung,
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("mail", MAILS.values(), ids=MAILS)
async def test_an_answer_goes_out_as_the_new_text_alone(
    open_house: OpenHouse, mail: dict[str, str], style: Style
) -> None:
    house = await open_house(mail=mail)
    asked = await _asked(house)
    await house.post(_answer(asked.message, *style(WORDS, Quoted.of(asked.message))), *_to(asked))
    text = await house.sandbox.wait_for(lambda taken: taken.text != "Friday?", PATIENCE)
    assert (text.to, text.usercontext, text.text.split()) == (PHONE, CONTEXT, WORDS.split())


async def _asked(house: House) -> Mailed:
    """The mail of a phone that answers a text."""
    await house.mail("Friday?", PHONE, subject="Friday", Message_ID=FRIDAY, UserContext=CONTEXT)
    await house.texted("Friday?")
    house.sandbox.text_in(PHONE, QUESTIONS)
    return await house.told(OWNER, CONTEXT)


def _to(mail: Mailed) -> list[str]:
    return [each.username for each in _answered_at(mail.message).addresses]


def _answered_at(mail: EmailMessage) -> Any:
    """Where Reply goes (RFC 5322, 3.6.2)."""
    return mail["Reply-To"] or mail["From"]


def _answer(mail: EmailMessage, text: str, markup: str) -> EmailMessage:
    """An answer with the headers that all programs write."""
    answer = EmailMessage()
    subject = str(mail["Subject"])
    answer["From"], answer["To"] = OWNER, str(_answered_at(mail))
    answer["Subject"] = subject if subject.startswith("Re:") else f"Re: {subject}"
    answer["In-Reply-To"] = mail["Message-ID"]
    answer["References"] = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
    answer.set_content(text)
    if markup:
        answer.add_alternative(markup, subtype="html")
    return answer
