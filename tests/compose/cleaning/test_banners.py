"""The cautions that gateways put above a mail go; words that only sound alike stay."""

from __future__ import annotations

import pytest

from bridge.compose.cleaning.rules import cleaned
from bridge.compose.lines import lines_of
from bridge.compose.wording import tidy

HI = "Hi Sam,\nCan you call me about Friday?"


def without_banner(text: str) -> str:
    return tidy(cleaned(lines_of(text), answer=False, subject="").text)


BANNERS = {
    "a caution": "CAUTION: This email originated from outside of the organization. Do not click "
    "links or open attachments unless you recognize the sender and know the content is safe.",
    "British": "CAUTION: This email originated from outside of the organisation. Do not click on "
    "any links unless you recognise the sender.",
    "without a full stop": "CAUTION: This email originated from outside",
    "of one's own house": "CAUTION: This message was sent from outside your company. Be careful.",
    "of a house and more": "This email originated from outside of the organization's network.",
    "by somebody": "CAUTION: This email was sent by someone outside the organisation.",
    "from a stranger outside": "CAUTION: This email is from an external sender outside of ACME.",
    "of a named house": "CAUTION: This e-mail originated outside the University of X.",
    "wrapped": "CAUTION: This email originated from outside of the organization. Do not\n"
    "click links or open attachments unless you recognize the sender and know\n"
    "the content is safe.",
    "a line for each sentence": "This Message Is From an External Sender\n"
    "This message came from outside your organization.",
    "with its frame": "=====================\n*** EXTERNAL EMAIL ***\n=====================",
    "in brackets": "[EXTERNAL]",
    "in brackets, longer": "[External Email]",
    "in curly brackets": "{External}",
    "in capitals": "EXTERNAL",
    "a sign of warning": "⚠️ External sender",
    "a label and advice": "EXTERNAL EMAIL: Do not click links or open attachments if in doubt.",
    "with dashes": "WARNING - EXTERNAL EMAIL - Be careful with links.",
    "Exchange's tip": "You don't often get email from jo@x.example. Learn why this is important "
    "<https://aka.example/LearnAboutSenderIdentification>",
    "Exchange's tip in plain text": "[You don’t often get email from jo@x.example. Learn why this "
    "is important at https://aka.example/LearnAboutSenderIdentification ]",
    "Exchange's tip to many": "Some people who received this message don't often get email from "
    "jo@x.example. Learn why this is important (https://aka.example/x)",
    "Proofpoint": "ZjQcmQRYFpfptBannerStart\nThis Message Is From an Untrusted Sender\n"
    "You have not previously corresponded with this sender.\nZjQcmQRYFpfptBannerEnd",
    "two of them": "You don't often get email from jo@x.example. Learn why this is important\n\n"
    "CAUTION: This email is from an external sender. Please exercise caution.",
    "de": "ACHTUNG: Diese E-Mail stammt von außerhalb der Organisation. Klicken Sie nicht auf L.",
    "de, a tag": "[EXTERN]",
    "de, Exchange": "Sie erhalten nicht oft eine E-Mail von jo@x.example. Erfahren Sie, warum dies "
    "wichtig ist (https://aka.example/x)",
    "fr": "ATTENTION : Ce courriel provient de l’extérieur de l'organisation. Ne cliquez sur aucun "
    "lien.",
    "fr, Exchange": "Vous n’obtenez pas souvent d’e-mail à partir de jo@x.example. Pourquoi c’est "
    "important",
    "es": "PRECAUCIÓN: Este correo electrónico se originó fuera de la organización. No haga clic "
    "en enlaces.",
    "it": "ATTENZIONE: Questa e-mail proviene dall'esterno dell'organizzazione. Non fare clic sui "
    "link.",
    "nl": "LET OP: Deze e-mail is afkomstig van buiten de organisatie. Klik niet op links.",
    "pt": "ATENÇÃO: Este e-mail foi enviado de fora da organização. Não clique em links.",
    "pl": "UWAGA: Ta wiadomość pochodzi spoza organizacji. Nie klikaj linków.",
    "sv": "VARNING: Detta mejl kommer från en avsändare utanför organisationen. Klicka inte på "
    "länkar.",
    "da": "ADVARSEL: Denne mail kommer fra en afsender uden for organisationen. Klik ikke på den.",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS.keys())
def test_a_banner_at_the_top_goes(banner: str) -> None:
    assert without_banner(f"{banner}\n\n{HI}") == HI


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS.keys())
def test_a_banner_directly_above_the_words_goes_alone(banner: str) -> None:
    assert without_banner(f"\n{banner}\n{HI}") == HI


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS.keys())
def test_a_banner_below_words_is_no_banner(banner: str) -> None:
    text = tidy(f"{HI}\n{banner}")
    assert tidy(cleaned(lines_of(text), answer=False, subject="", without=("unwrap",)).text) == text


KEPT = {
    "a caution of one's own": "Caution: the floor is wet.\nJo",
    "advice of one's own": "Do not click the link that I sent you.\nJo",
    "a banner and words on one line": "CAUTION: External email. Hi Sam, can you call me?",
    "outside": "The gulls are outside the office.\nJo",
    "a heading": "External\ntemperature: 31 C",
    "an external thing": "External drive is full\nJo",
    "words that begin like a banner": "This message is important. Call me.\nJo",
    "outside a house": "This email was sent from outside the house, the door is shut!\nCall me",
    "an outside sensor": "Warning: this message was sent by the outside sensor\n-12 C",
    "an external sensor": "Caution: This message is from an external sensor.\nTemperature 40 C",
    "what is said of a banner": "Caution: This email is from an external sender is what I see.\nJo",
    "a warning": "Warning: gulls\nJo",
    "a row of stars": "*****\nJo",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_words_are_kept(text: str) -> None:
    assert without_banner(text) == text


def test_a_mail_that_is_a_banner_alone_is_told_by_its_subject() -> None:
    assert cleaned(lines_of("[EXTERNAL]\n"), answer=False, subject="Call me").text == ""
