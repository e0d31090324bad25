"""The header above a quoted mail: of an answered one it goes, of one passed on it stays."""

from __future__ import annotations

import pytest

from bridge.compose.cleaning.rules import cleaned
from bridge.compose.lines import lines_of
from bridge.compose.wording import tidy

BLOCKS = {
    "Outlook": "From: Sam Jones <sam@x.example>\nSent: 20 November 2026 13:50\nTo: Jo\nSubject: F",
    "Outlook, in brackets": "From: Sam [mailto:sam@x.example]\nSent: Friday\nTo: Jo\nSubject: F",
    "Outlook, with a line above": "_" * 32 + "\nFrom: Sam\nSent: Friday\nTo: Jo\nSubject: F",
    "Outlook, bold": " ------------------------------\n\n*From:* Sam\n*Sent:* Friday\n*To:* Jo\n"
    "*Subject:* Friday",
    "Outlook, bold in another way": "**From:** Sam\n**Sent:** 20/11/2026\n**To:** Jo\n"
    "**Subject:** F",
    "Outlook, blank lines between": "From: Sam\n\nSent: 20/11/2026\n\nTo: Jo\n\nSubject: F",
    "Outlook, a time alone": "From: Sam\nSent: 13:50\nTo: Jo\nSubject: F",
    "Outlook, an address wrapped": "From: Human Resources\n<a-long-address@x.example>\nSent: F\n"
    "To: Jo\nSubject: F",
    "Outlook, many to": "From: Sam\nSent: Friday\nTo: a@x.example; b@x.example;\n c@x.example;\n"
    " d@x.example\nCc: e@x.example\nSubject: F",
    "Outlook, no subject": "From: Sam <sam@x.example>\nSent: Friday\nTo: Jo",
    "Outlook, an invitation": "-----Original Appointment-----\nFrom: Sam\nSent: Friday",
    "de": "Von: Sam Jones <sam@x.example>\nGesendet: Freitag, 20. November 2026 13:50\nAn: Jo\n"
    "Betreff: Freitag",
    "fr": "De : Sam Jones <sam@x.example>\nEnvoyé : vendredi 20 novembre 2026 13:50\nÀ : Jo\n"
    "Objet : Vendredi",
    "es": "De: Sam\nEnviado el: viernes, 20 de noviembre de 2026 13:50\nPara: Jo\nAsunto: V",
    "it": "Da: Sam\nInviato: venerdì 20 novembre 2026 13:50\nA: Jo\nOggetto: V",
    "nl": "Van: Sam\nVerzonden: vrijdag 20 november 2026 13:50\nAan: Jo\nOnderwerp: V",
    "pt": "De: Sam\nEnviado: 20 de novembro de 2026 13:50\nPara: Jo\nAssunto: S",
    "pt, Brazil": "De: Sam\nEnviada em: sexta-feira, 20 de novembro de 2026\nPara: Jo\nAssunto: S",
    "pl": "Od: Sam\nWysłano: piątek, 20 listopada 2026 13:50\nDo: Jo\nTemat: P",
    "sv": "Från: Sam\nSkickat: den 20 november 2026 13:50\nTill: Jo\nÄmne: F",
    "da": "Fra: Sam\nSendt: 20. november 2026 13:50\nTil: Jo\nEmne: F",
    "fi": "Lähettäjä: Sam\nLähetetty: perjantai 20. marraskuuta 2026 13.50\nVastaanottaja: Jo\n"
    "Aihe: P",
    "cs": "Od: Sam\nOdesláno: pátek 20. listopadu 2026 13:50\nKomu: Jo\nPředmět: P",
    "hu": "Feladó: Sam\nElküldve: 2026. november 20., péntek 13:50\nCímzett: Jo\nTárgy: P",
    "ro": "De la: Sam\nTrimis: vineri, 20 noiembrie 2026 13:50\nCătre: Jo\nSubiect: V",
    "ru": "От: Sam\nОтправлено: 20 ноября 2026 г. 13:50\nКому: Jo\nТема: П",
    "tr": "Kimden: Sam\nGönderme Tarihi: 20 Kasım 2026 Cuma 13:50\nKime: Jo\nKonu: C",
    "ja": "差出人: Sam\n送信日時: 2026年11月20日 13:50\n宛先: Jo\n件名: 金曜日",
    "zh": "发件人: Sam\n发送时间: 2026年11月20日 13:50\n收件人: Jo\n主题: 星期五",
    "zh, wide colons": "寄件者：Sam\n寄件日期：2026年11月20日\n收件者：Jo\n主旨：F",
    "Web.de and GMX": "Gesendet: Freitag, 20. November 2026 um 13:50 Uhr\n"
    'Von: "Sam Jones" <sam@x.example>\nAn: jo@x.example\nBetreff: Freitag',
    "Windows Live": "Date: Fri, 20 Nov 2026 13:50:00 +0000\nSubject: Friday\n"
    "From: sam@x.example\nTo: jo@x.example",
    "Lotus Notes": "From:   Sam Jones/ACME\nTo:     Jo@ACME\nDate:   20-11-2026 13:50\n"
    "Subject:        Friday",
    "AOL": "-----Original Message-----\nFrom: Sam <sam@x.example>\nTo: Jo <jo@x.example>\n"
    "Sent: Fri, Nov 20, 2026 1:50 pm\nSubject: Friday",
    "Yahoo": "----- Original Message -----\nFrom: Sam\nTo: Jo\nCc: \nSent: Friday\nSubject: F",
    "BlackBerry": "-----Original Message-----\nFrom: Sam\nDate: Fri, 20 Nov 2026 13:50:00\nTo: Jo\n"
    "Subject: Friday",
    "Samsung": "-------- Original message --------\nFrom: Sam <sam@x.example>\n"
    "Date: 20/11/2026 13:50 (GMT+00:00)\nTo: jo@x.example\nSubject: Friday",
    "Samsung, all on one line": "-------- Original message --------From: Sam Date: 20/11/2026 "
    "13:50 (GMT+00:00) To: jo@x.example Subject: Friday",
    "Samsung, de": "-------- Ursprüngliche Nachricht --------\nVon: Sam\nDatum: 20.11.26 13:50",
    "Samsung, fr": "-------- Message d’origine --------\nDe : Sam",
    "Proton, of old": "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
    "a heading that is not between dashes": "Original Message\nFrom: Sam\nTo: Jo\nSubject: F",
    "QQ, in English": "------------------ Original ------------------\nFrom: Sam\nTo: Jo",
    "GroupWise": ">>> Sam Jones <sam@x.example> 11/20/26 1:50 PM >>>",
    "Tobit David": "Original Message processed by david®\nFW: F 20. November 2026, 12:44 Uhr\n"
    "Von Sam\nAn Jo",
    "QQ": "------------------ 原始邮件 ------------------\n发件人: Sam",
    **{
        f"a heading in {language}": f"----- {heading} -----"
        for language, heading in {
            "de": "Originalnachricht",
            "fr": "Message original",
            "es": "Mensaje original",
            "it": "Messaggio originale",
            "nl": "Oorspronkelijk bericht",
            "pt": "Mensagem original",
            "pl": "Wiadomość oryginalna",
            "sv": "Ursprungligt meddelande",
            "da": "Oprindelig meddelelse",
            "nb": "Opprinnelig melding",
            "fi": "Alkuperäinen viesti",
            "cs": "Původní zpráva",
            "cs, Seznam": "Původní e-mail",
            "sk": "Originálna správa",
            "nl, of old": "Originele bericht",
            "de, an answer": "Antwort Nachricht",
            "hr": "Izvorna poruka",
            "sr": "Originalna poruka",
            "sl": "Izvirno sporočilo",
            "et": "Algne sõnum",
            "vi": "Tin nhắn gốc",
            "ru": "Исходное сообщение",
            "uk": "Оригінальне повідомлення",
            "bg": "Оригинално съобщение",
            "el": "Αρχικό μήνυμα",
            "he": "הודעה מקורית",
            "ar": "الرسالة الأصلية",
            "ko": "원본 메시지",
            "ko, another": "원본 이메일",
            "zh, Taiwan": "原始訊息",
        }.items()
    },
}


def answer(text: str) -> str:
    return tidy(cleaned(lines_of(text), answer=True, subject="", without=("unwrap",)).text)


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_the_header_of_the_mail_that_is_answered_begins_its_history(block: str) -> None:
    assert answer(f"Yes 4pm\n\n{block}\n\nIs it on?\n\nSam") == "Yes 4pm"


FORWARDS = {
    "Gmail": "---------- Forwarded message ---------\nFrom: Sam <sam@x.example>\nDate: Fri, 20 Nov "
    "2026 at 13:50\nSubject: F\nTo: Jo <jo@x.example>\n\n4pm?\n-- \nSam\nSent from my iPhone",
    "Apple Mail": "Begin forwarded message:\n\n> From: Sam <sam@x.example>\n> Subject: F\n> Date: "
    "20 November 2026 at 13:50:00 GMT\n> To: Jo\n>\n> 4pm?",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: F\nDate: Fri\nFrom: Sam\nTo: Jo",
    "Yahoo": "----- Forwarded Message -----\nFrom: Sam\nTo: Jo\nSent: Friday\nSubject: F",
    "Lotus Notes": "----- Forwarded by Jo Smith/ACME on 20/11/2026 13:50 -----\nFrom: Sam",
    "Thunderbird, de": "-------- Weitergeleitete Nachricht --------\nBetreff: F\nVon: Sam\nAn: Jo",
    "Apple Mail, de": "Anfang der weitergeleiteten Nachricht:\n\n> Von: Sam\n> Betreff: F\n> An: J",
    "Thunderbird, fr": "-------- Message transféré --------\nSujet : F\nDe : Sam\nPour : Jo",
    "Apple Mail, fr": "Début du message réexpédié :\n\n> De: Sam\n> Objet: F\n> À: Jo",
    "es": "-------- Mensaje reenviado --------\nAsunto: F\nDe: Sam\nPara: Jo",
    "it": "-------- Messaggio Inoltrato --------\nOggetto: F\nMittente: Sam\nA: Jo",
    "nl": "-------- Doorgestuurd bericht --------\nOnderwerp: F\nVan: Sam\nAan: Jo",
    "pt": "-------- Mensagem encaminhada --------\nAssunto: F\nDe: Sam\nPara: Jo",
    "pl": "-------- Przekazana wiadomość --------\nTemat: F\nOd: Sam\nDo: Jo",
    "sv": "-------- Vidarebefordrat meddelande --------\nÄmne: F\nFrån: Sam\nTill: Jo",
    "Lotus Notes, de": "----- Weitergeleitet von Jo/ACME am 20.11.2026 -----\nVon: Sam\nAn: Jo",
    "Lotus Notes, fr": "----- Réacheminé par Jo le 20/11/2026 -----\nDe : Sam\nPour : Jo",
    "Tobit David": "<-----Forwarded Message----->\nFrom: Sam\nTo: Jo\nSubject: F",
    "Apple Mail, marked as quoted": "> Begin forwarded message:\n>\n> From: Sam <sam@x.example>\n"
    "> Subject: F\n>\n> 4pm?",
    "Apple Mail, marked as quoted, fi": "> Välitetty viesti alkaa:\n>\n> Lähettäjä: Sam\n> Aihe: F",
    **{
        language: f"{heading}\nFrom: Sam <sam@x.example>\nTo: Jo\nSubject: F\n\n4pm?"
        for language, heading in {
            "hr, Apple Mail": "Započni proslijeđenu poruku:",
            "hr": "---------- Proslijeđena poruka ---------",
            "sk, Apple Mail": "Začiatok preposielanej správy:",
            "fi, Gmail": "---------- Viesti välitetty ---------",
            "et": "---------- Edastatud kiri ---------",
            "lv": "---------- Pārsūtīts ziņojums ---------",
            "vi": "---------- Thư đã chuyển tiếp ---------",
            "ru": "---------- Пересланное сообщение ---------",
            "uk": "-------- Переадресоване повідомлення --------",
            "bg": "---------- Препратено съобщение ---------",
            "el": "---------- Προωθημένο μήνυμα ---------",
            "he": "---------- הודעה שהועברה ---------",
            "ar": "---------- رسالة مُعاد توجيهها ---------",
            "ko": "---------- 전달된 메일 ---------",
            "zh": "-------- 转发的消息 --------",
        }.items()
    },
}


@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS.keys())
def test_a_mail_that_is_passed_on_is_the_message_even_in_an_answer(forward: str) -> None:
    assert answer(f"See below\n\n{forward}") == tidy(f"See below\n{forward}")


@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS.keys())
def test_what_closes_the_words_above_a_mail_that_is_passed_on_goes(forward: str) -> None:
    above = "See below\n\nSent from my iPhone\n\n-- \nJo Smith, ACME Ltd\n\n"
    assert answer(above + forward) == tidy(f"See below\n{forward}")


def test_the_heading_is_the_first_that_is_said_of_what_is_quoted() -> None:
    assert answer("See\n\n>\n> Begin forwarded message:\n> 4pm?").endswith("> 4pm?")


QUOTED = "> Begin forwarded message:\n>\n> From: Al\n>\n> 4pm?"


def test_a_mail_that_was_passed_on_in_the_mail_that_is_answered_is_history() -> None:
    assert answer(f"Yes\n\nOn 20 Nov 2026, at 13:50, Sam <s@x.example> wrote:\n\n{QUOTED}") == "Yes"
    assert answer(f"Yes\n\n> See below\n>\n{QUOTED}") == "Yes"


TYPED = {
    "a ticket": "Please book\nFrom: London\nTo: Paris\nDate: 3 May\nSubject: one ticket",
    "a ticket, de": "Hallo\nVon: Berlin\nAn: Köln\nDatum: 3.5.\nBetreff: Fahrkarte\nBuchst du?",
    "a ticket, fr": "Bonjour\nDe: Paris\nA: Lyon\nDate: 3 mai\nObjet: billet\nMerci de le prendre",
    "a trip": "Booked:\nFrom: London 10:00\nTo: Paris 12:20\nDate: 4 May 2026\nSubject: trip\n"
    "Bring passport",
    "a trip, de": "Gebucht:\nVon: Berlin\nAn: Köln\nDatum: 4.5.2026 10:00\nBetreff: Fahrt\nBis"
    " dann",
    "a trip, ja": "予約\n差出人: 東京\n宛先: 京都\n日付: 2026年5月4日 10:00\n件名: 旅行",
    "hours": "From: 10:00\nTo: 12:00\nSubject: the kitchen\nBring cake",
}


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED.keys())
def test_a_list_that_a_person_typed_is_no_header(text: str) -> None:
    assert answer(text) == text


def test_an_address_makes_such_a_list_a_header() -> None:
    assert answer("Yes\nFrom: Sam <sam@x.example>\nTo: Jo\nDate: 4 May\nSubject: F\n4pm?") == "Yes"


def test_a_row_drawn_above_a_list_makes_it_a_header() -> None:
    assert answer("Yes\n________\nFrom: Sam\nTo: Jo\nSubject: the kitchen\n\n4pm?") == "Yes"


def test_history_is_the_message_where_nothing_is_answered() -> None:
    text = "See below\n\n-----Original Message-----\nFrom: Sam\n\n4pm?\n> yes"
    assert cleaned(lines_of(text), answer=False, subject="Fwd: Friday").text == text


def test_in_a_mail_that_outlook_passes_on_the_signature_above_its_header_goes_alone() -> None:
    passed_on = "From: Sam\nSent: 20/11/2026\nTo: Jo\nSubject: F\n\n4pm?"
    text = f"See below\n-- \nJo Smith\n\n{passed_on}"
    found = cleaned(lines_of(text), answer=False, subject="FW: F")
    assert tidy(found.text) == tidy(f"See below\n{passed_on}")
