"""Signatures, footers and "Sent from my ..." go; words at a mail's end stay."""

from __future__ import annotations

import pytest

from bridge.compose.cleaning.rules import cleaned
from bridge.compose.lines import Line, lines_of
from bridge.compose.wording import tidy


def closed(text: str) -> str:
    return tidy(cleaned(lines_of(text), answer=False, subject="").text)


SENT_FROM = """
Sent from my iPhone
Sent from my iPhone.
Sent from my iPhone 15 Pro
Sent from my iPhone using Tapatalk
Sent from my iPad
*Sent from my iPhone*
Sent from my Verizon Wireless 4G LTE smartphone
Sent from my T-Mobile 4G LTE Device
Sent from my BlackBerry 10 smartphone on the Bell network.
Sent from my Samsung Galaxy smartphone.
Sent from my Huawei phone
Sent from my Windows Phone
Sent from my phone
Sent from my mobile device
Sent from my phone, please excuse typos
Sent from my Android device with K-9 Mail. Please excuse my brevity.
Sent from Samsung Mobile
Sent from Outlook for iOS<https://aka.example/o0ukef>
Sent from Outlook for Android (https://aka.example/x)
Sent from Mail<https://go.example/?LinkId=550986> for Windows
Sent from Mail for Windows 10
Sent from Yahoo Mail on Android<https://go.example/x>
Sent from Yahoo Mail for iPhone
Sent from AOL Mobile Mail
Sent from the all new AOL app for Android
Sent from Proton Mail Android
Sent with Proton Mail secure email.
Sent with Sparrow (http://www.sparrow.example/?sig)
Sent via the Samsung Galaxy S23 5G
Sent via BlackBerry from T-Mobile
Sent from my Verizon, Samsung Galaxy smartphone
Sent from my cell, please excuse any typos.
Sent from my HTC M8 Android phone.  Please excuse typoze
Sent from my Samsung Galaxy s5 Octacore device
Sent from my Alcatel Flash2
Sent from my TI-85
Sent from mobile
Sent via mobile device
(sent from a phone)
(Sent from mobile device)
<<sent by galaxy>>
-------- Sent from my phone --------
-------- Mensaje enviado desde mi móvil --------
Sent from Spark
Sent with Airmail
Sent from Acompli
Sent by Mailtrack
Get BlueMail for Android
Get Outlook for iOShttps://aka.example/o0ukef
Obtenir BlueMail pour Android
Téléchargez Outlook pour Android
Gesendet aus der GMX Mail App
Envoyé depuis l'application Mail Orange
Отправлено из Яндекс.Почты для мобильных
Get Outlook for iOS
Get Outlook for Android<https://aka.example/AAb9ysg>
Von meinem iPhone gesendet
Von meinem Samsung Galaxy Smartphone gesendet.
Von meinem iPad gesendet
Gesendet von Outlook für Android<https://aka.example/x>
Gesendet von Mail<https://go.example/x> für Windows
Gesendet mit der WEB.DE Mail App
Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Holen Sie sich Outlook für iOS
Envoyé de mon iPhone
Envoyé depuis mon téléphone Samsung Galaxy
Envoyé à partir d’Outlook pour iOS
Envoyé à partir de Outlook pour Android
Envoyé depuis mon appareil Galaxy
Télécharger Outlook pour Android
Enviado desde mi iPhone
Enviado desde mi móvil
Enviado desde Outlook para iOS
Obtener Outlook para Android
Inviato da iPhone
Inviato dal mio iPhone
Inviato da Outlook per Android
Ottieni Outlook per iOS
Verstuurd vanaf mijn iPhone
Verzonden vanaf mijn Galaxy
Verzonden vanuit Outlook voor iOS
Outlook voor Android downloaden
Enviado do meu iPhone
Enviado a partir do Outlook para Android
Obter o Outlook para iOS
Wysłane z iPhone'a
Wysłane z mojego iPhone’a
Pobierz aplikację Outlook dla systemu iOS
Skickat från min iPhone
Hämta Outlook för iOS
Sendt fra min iPhone
Hent Outlook til Android
Få Outlook for iOS
Lähetetty iPhonesta
Lähetetty puhelimestani
Odesláno z iPhonu
Odesláno z mého iPhonu
Отправлено с iPhone
Отправлено с моего iPhone
Отправлено из мобильной Яндекс Почты
Надіслано з iPhone
iPhone'umdan gönderildi
Az iPhone-omról küldve
Trimis de pe iPhone
iPhoneから送信
发自我的iPhone
从我的 iPhone 发送
나의 iPhone에서 보냄
""".strip().split("\n")


@pytest.mark.parametrize("line", SENT_FROM)
def test_what_a_phone_says_of_itself_goes(line: str) -> None:
    assert closed(f"Yes 4pm\n\n{line}\n") == "Yes 4pm"


CLOSED = {
    "two of them": "Yes\n\nSent from my iPhone\n\nGet Outlook for iOS",
    "with a dash above it": "Yes\n\n—\nSent from Mailbox",
    "above a signature": "Yes\nSent from my iPhone\n-- \nJo",
    "below a signature": "Yes\n-- \nJo\nSent from my iPhone",
    "a signature": "Yes\n-- \nJo Smith\nACME Ltd",
    "a signature without its space": "Yes\n--\nJo Smith",
    "a signature with a no-break space": "Yes\n--\xa0\nJo Smith",
    "a long signature without its space": "Yes\n--\n"
    + "\n\n".join(f"of ACME {n}" for n in range(10)),
    "a longer one with its space": "Yes\n-- \n" + "a line\n" * 20,
    "a signature and a footer with their spaces": "Yes\n-- \nJo\n-- \nThe list of gulls",
    "a signature and a footer, one without": "Yes\n--\nJo\n-- \nThe list of gulls",
    "a signature with blank lines and dashes": "Yes\n-- \nJo\n\n-----\n-- \nACME",
    "a list's footer": "Yes\n_______________________________________________\ngulls mailing list\n"
    "gulls@lists.x.example\nhttps://lists.x.example/listinfo/gulls",
    "a list's footer, newer": "Yes\n_______________________________________________\n"
    "gulls mailing list -- gulls@x.example\nTo unsubscribe send an email to gulls-leave@x.example",
    "a list's footer with a sentence": "Yes\n_______________________________________________\n"
    "gulls mailing list\nTo unsubscribe or change options: https://lists.x.example/gulls",
    "a list's footer below a phone": "Yes\nSent from my iPhone\n"
    "_______________________________________________\ngulls mailing list\ngulls@x.example",
}


@pytest.mark.parametrize("text", CLOSED.values(), ids=CLOSED.keys())
def test_what_closes_a_mail_goes(text: str) -> None:
    assert closed(text) == "Yes"


KEPT = {
    "sent from in the middle": "Sent from my iPhone\nor was it?",
    "sent from a desk": "Hi\nSent from my desk, which is green",
    "sent from a desk and a phone": "Hi\nSent from my desk, is easier than my mobile phone.",
    "sent from a phone, and more": "Hi\nSent from my phone, call me back",
    "sent from a place": "The parcel?\nSent from London yesterday",
    "sent from a street": "Where did you send the parcel from?\nSent from Outlook Street",
    "sent from a factory": "The parcel?\nSent from iPad factory",
    "sent from a phone's shop": "The parcel?\nSent from my, Samsung Galaxy shop",
    "sent by post, fr": "Le contrat ?\nEnvoyé par Mail",
    "sent by post, it": "Il contratto?\nInviato con Posta",
    "sent by hand, de": "Und?\nGesendet von Handy",
    "sent by mail": "And?\nSent by Mail",
    "something to get": "What now?\nGet bread for Android",
    "all of it is a program": "Sent with Outlook",
    "all of it is a program, fr": "Envoyé par Outlook",
    "a list's footer that was typed": "One\n______________________________\nGulls mailing list\n"
    "info@x.example is where to write",
    "a list that is told of": "______________________________\nalerts mailing list\n"
    "queue 5 https://x.example",
    "a mark above all words": "--\nHello Sam, on my way",
    "sent by post": "The contract?\nSent via mail",
    "sent to a phone": "Sent to my iPhone",
    "a question": "Hi\nWas it sent from my iPhone?",
    "marks between what is said": "Two options:\n--\nA: pizza\n--\nB: curry",
    "a mark above a long list": "The stops:\n--\n" + "\n".join(f"stop {n}" for n in range(11)),
    "dashes inside a line": "a fix -- this is no signature\nbye",
    "dashes before words": "Done\n-- FOUR apples\n-- EIGHT pears",
    "three dashes": "One\n---\nTwo",
    "an indented mark": "One\n  --\nTwo",
    "a row of underscores": "One\n__________________________________________\nTwo",
    "a row of underscores and a list": "One\n__________________________________________\n"
    "the mailing list\nis full",
    "a name below the words": "Yes\n\nThank you,\nJo",
    "a name after a dash": "Yes\n-Jo Smith",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_words_are_kept(text: str) -> None:
    assert cleaned(lines_of(text), answer=True, subject="").text == text


def test_a_signature_may_stand_below_marks_that_were_typed() -> None:
    said = "Two options:\n--\nA: pizza\n--\nB: curry"
    assert closed(f"{said}\n-- \nJo Smith") == said


ALONE = ("Sent from my iPhone", "Inviato da iPhone", "-- \nJo Smith", "Sent from Mail for Windows")


@pytest.mark.parametrize("text", ALONE)
def test_where_a_program_wrote_all_of_it_the_subject_is_the_text(text: str) -> None:
    assert cleaned(lines_of(text), answer=False, subject="Running late").text == ""


@pytest.mark.parametrize("text", ["Sent with Outlook", "--\nOn my way"])
def test_where_a_person_may_have_written_all_of_it_it_stays(text: str) -> None:
    assert cleaned(lines_of(text), answer=False, subject="Re: x").text == text


def test_what_the_html_marks_as_a_signature_goes_wherever_it_stands() -> None:
    lines = [Line("Jo Smith", "signature"), Line("Yes"), Line("ACME Ltd", "signature")]
    found = cleaned(lines, answer=False, subject="")
    assert (found.text, found.by) == ("Yes", ("signature-block",))


TAILS = {
    "one line": (("Jo",), "Yes\nJo", "Yes"),
    "the longest": (("Jo", "Kind regards\nJo", "regards\nJo"), "Yes\nKind regards\nJo", "Yes"),
    "with blank lines and spaces": (("Kind regards\nJo",), "Yes\n\n Kind  regards\n\nJo\n", "Yes"),
    "not all of the text": (("Kind regards\nJo", "Jo"), "Kind regards\nJo", "Kind regards"),
    "nothing but the whole text": (("Kind regards\nJo",), "Kind regards\nJo", "Kind regards\nJo"),
    "not in the middle": (("Kind regards",), "Yes\nKind regards\nJo", "Yes\nKind regards\nJo"),
    "not a part of a line": (("Jo",), "Yes, Jo", "Yes, Jo"),
    "above a mail that is passed on": (
        ("Jo",),
        "See\nJo\n---------- Forwarded message ---------\nJo",
        "See\n---------- Forwarded message ---------\nJo",
    ),
    "none": ((), "Yes\nJo", "Yes\nJo"),
}


@pytest.mark.parametrize(("tails", "text", "left"), TAILS.values(), ids=TAILS.keys())
def test_a_tail_that_is_known_goes(tails: tuple[str, ...], text: str, left: str) -> None:
    assert tidy(cleaned(lines_of(text), answer=False, subject="Re: x", tails=tails).text) == left
