"""Notices and stubs that nobody wrote: a part that is one and nothing else is not the message."""

from __future__ import annotations

import time

import pytest

from bridge.compose.reading.bystanders import is_notice, is_stub

NOTICES = [
    "This email has been scanned by the Symantec Email Security.cloud service.\n"
    "For more information please visit http://www.symanteccloud.com",
    "-- \nThis message has been scanned for viruses and\ndangerous content by MailScanner, and is\n"
    "believed to be clean.",
    "Virus-free. www.avast.com",
    "Virus-free.www.avast.com <https://www.avast.com/sig-email?utm_medium=email>",
    "No virus found in this message.\nChecked by AVG - www.avg.com\n"
    "Version: 2013.0.3349 / Virus Database: 3199/6458 - Release Date: 07/03/13",
    "Diese E-Mail wurde von Avast-Antivirussoftware auf Viren geprüft.\nwww.avast.com",
    "L'absence de virus dans ce courrier électronique a été vérifiée par le logiciel Avast.",
    "CAUTION: This email originated from outside of the organization. Do not click links or open "
    "attachments unless you recognize the sender and know the content is safe.",
    "[EXTERNAL] This message came from an external sender.",
    "_______________________________________________\nOps mailing list\nops@lists.example.com\n"
    "https://lists.example.com/mailman/listinfo/ops",
    "_______________________________________________\nOps mailing list -- ops@example.com\n"
    "To unsubscribe send an email to ops-leave@example.com",
    'You received this message because you are subscribed to the Google Groups "ops" group.\n'
    "To unsubscribe from this group and stop receiving emails from it, send an email to "
    "ops+unsubscribe@example.com.\nTo view this discussion visit https://example.com/d/msgid/ops.",
]
MESSAGES = [
    "",
    "Call me",
    "https://example.com",
    "jo@example.com",
    "----------",
    "External",
    "Warning",
    "Caution: wet floor",
    "Please do not reply",
    "Unsubscribe me from the mailing list please",
    "To unsubscribe send STOP",
    "Scanned for you: the plans. Are they OK?",
    "Do not open the door. This email has been scanned.\nCall me",
    "This email was sent from outside Rome, call me",
    "Diese E-Mail wurde von Jo geschrieben",
    "The message was checked by Sam. All is well at the site, he says.",
    "Virus-free? www.avast.com says no",
]


@pytest.mark.parametrize("text", NOTICES)
def test_a_notice_is_known(text: str) -> None:
    assert is_notice(text)


@pytest.mark.parametrize("text", MESSAGES)
def test_a_message_is_no_notice(text: str) -> None:
    assert not is_notice(text)


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_with_words_of_somebody_is_a_message(notice: str) -> None:
    assert not is_notice(f"{notice}\n\nCan you call me today?")


@pytest.mark.parametrize(
    "text", ["caution " * 370, "-" * 2990, "x@" * 1400, "this message is " * 180]
)
def test_a_notice_is_known_soon(text: str) -> None:
    began = time.process_time()
    is_notice(text)
    assert time.process_time() - began < 0.1


STUBS = [
    "Your email client does not support HTML messages",
    "Sorry, your mail reader can't display this message.\nhttps://example.com/v/1",
    "This message contains HTML. Please use an HTML capable client.",
    "This is an HTML email. Please enable HTML to read it.",
    "This is a multi-part message in MIME format.",
    "To view this email, open it in your browser: https://example.com/v/1",
    "View this email in your browser (https://example.com/v/1)",
    "If you cannot see this message, click here: https://example.com/v/1",
    "Having trouble viewing this email? Click here to open it in a browser. <https://e.example>",
    "Can't read this e-mail? View it online: www.e.example/v",
    "Ihr E-Mail-Programm unterstützt leider kein HTML. Bitte klicken Sie hier: https://e.example",
    "Falls diese E-Mail nicht richtig dargestellt wird, klicken Sie bitte hier.",
    "Votre logiciel de messagerie ne prend pas en charge le HTML.",
    "Si vous ne visualisez pas ce message, cliquez ici.",
    "Si no puede ver este correo, haga clic aquí.",
    "Se non riesci a visualizzare questo messaggio, clicca qui.",
    "Kunt u deze e-mail niet goed lezen? Klik dan hier.",
]
NO_STUBS = [
    "",
    "https://example.com/v/1",
    "Click here: https://example.com/v/1",
    "Disk full on web1",
    "Your code is 8821",
    "Your email client called.",
    "Can you read this message?",
    "To view this house, ring Jo.",
    "Your email client does not support HTML messages. Disk full on web1.",
    "View this email in your browser.\n\nYour code is 8821.",
    "Please use the back door, the HTML course is in room 3.\n\nJo",
]


@pytest.mark.parametrize("text", STUBS)
def test_a_stub_is_known(text: str) -> None:
    assert is_stub(text)


@pytest.mark.parametrize("text", NO_STUBS)
def test_what_says_something_is_no_stub(text: str) -> None:
    assert not is_stub(text)


@pytest.mark.parametrize(
    "text", ["to view this email " * 150, "your email client may not " * 110, "if you " * 420]
)
def test_a_stub_is_known_soon(text: str) -> None:
    began = time.process_time()
    is_stub(text)
    assert time.process_time() - began < 0.1
