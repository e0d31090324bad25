"""The line that mail programs write above a quoted mail, in the languages of their users."""

from __future__ import annotations

import pytest

from bridge.compose.cleaning.rules import cleaned
from bridge.compose.lines import lines_of
from bridge.compose.wording import tidy

ADDRESS = "447700900123.7kq2pab3xd@sms.example.com"
SAM = f"Sam Jones (07700 900123) <{ADDRESS}>"

GMAIL = {
    "en": f"On Fri, 20 Nov 2026 at 13:50, {SAM} wrote:",
    "en, US": f"On Fri, Nov 20, 2026 at 1:50 PM {SAM} wrote:",
    "en, wrapped": f"On Fri, 20 Nov 2026 at 13:50, Sam Jones (07700 900123) <\n{ADDRESS}> wrote:",
    "en, wrapped before its verb": f"On Fri, 20 Nov 2026 at 13:50, Sam <{ADDRESS}>\nwrote:",
    "en, over three lines": f"On Fri, 20 Nov 2026\nat 13:50, Sam Jones\n<{ADDRESS}> wrote:",
    "de": f"Am Fr., 20. Nov. 2026 um 13:50 Uhr schrieb {SAM}:",
    "de, wrapped": f"Am Fr., 20. Nov. 2026 um 13:50 Uhr schrieb Sam Jones (07700 900123) <\n"
    f"{ADDRESS}>:",
    "de, on a phone": f"Sam Jones <{ADDRESS}> schrieb am Fr., 20. Nov. 2026, 13:50:",
    "fr": f"Le ven. 20 nov. 2026 à 13:50, {SAM} a écrit :",
    "fr, no-break spaces": f"Le\u202fven. 20 nov. 2026 à 13:50, {SAM} a écrit\xa0:",
    "es": f"El vie, 20 nov 2026 a las 13:50, {SAM} escribió:",
    "it": f"Il giorno ven 20 nov 2026 alle ore 13:50 {SAM} ha scritto:",
    "nl": f"Op vr 20 nov 2026 om 13:50 schreef {SAM}:",
    "pt": f"Em sex., 20 de nov. de 2026 às 13:50, {SAM} escreveu:",
    "pl": f"pt., 20 lis 2026 o 13:50 {SAM} napisał(a):",
    "sv": f"Den fre 20 nov. 2026 kl 13:50 skrev {SAM}:",
    "da": f"Den fre. 20. nov. 2026 kl. 13.50 skrev {SAM}:",
    "nb": f"fre. 20. nov. 2026 kl. 13:50 skrev {SAM}:",
    "fi": f"pe 20. marrask. 2026 klo 13.50 {SAM} kirjoitti:",
    "cs": f"pá 20. 11. 2026 v 13:50 odesílatel {SAM} napsal:",
    "hu": f"Sam Jones <{ADDRESS}> ezt írta (időpont: 2026. nov. 20., P, 13:50):",
    "ro": f"Pe vin., 20 nov. 2026 la 13:50, {SAM} a scris:",
    "ru": f"пт, 20 нояб. 2026 г. в 13:50, {SAM}:",
    "ru, wrapped": f"пт, 20 нояб. 2026 г. в 13:50,\nSam Jones <{ADDRESS}>:",
    "uk": f"пт, 20 лист. 2026 р. о 13:50 {SAM} пише:",
    "tr": f"{SAM}, 20 Kas 2026 Cum, 13:50 tarihinde şunu yazdı:",
    "ja": f"2026年11月20日(金) 13:50 {SAM}:",
    "zh": f"Sam Jones <{ADDRESS}> 于2026年11月20日周五 13:50写道：",
    "zh, Taiwan": f"Sam Jones <{ADDRESS}> 於 2026年11月20日 週五 下午1:50寫道：",
    "he": "\u202bבתאריך יום ו׳, 20 בנוב׳ 2026 ב-13:50 מאת \u202aSam <s@x.example>\u202c:\u202c",
    "ko": "2026년 11월 20일 (금) 오후 1:50, Sam <s@x.example>님이 작성:",
    "ca": f"Missatge de {SAM} del dia dv., 20 de nov. 2026 a les 13:50:",
    "eu": f"{SAM} erabiltzaileak hau idatzi du (2026 aza. 20, or. (13:50)):",
    "hr": f"pet, 20. stu 2026. u 13:50 {SAM} napisao je:",
    "sl": f"V pet., 20. nov. 2026 ob 13:50 je oseba {SAM} napisala:",
    "bg": f"На пт, 20.11.2026 г. в 13:50 {SAM} написа:",
    "el": f"Στις Παρ 20 Νοε 2026 στις 13:50, ο χρήστης {SAM} έγραψε:",
    "vi": "Vào Th 6, 20 thg 11, 2026 vào lúc 13:50 Sam <s@x.example> đã viết:",
    "in no language of the table": f"20 nóv. 2026 kl. 13:50, {SAM} skrifaði:",
}
APPLE = {
    "en": "On 20 Nov 2026, at 13:50, Sam Jones <sam@x.example> wrote:",
    "en, US": "On Nov 20, 2026, at 1:50 PM, Sam Jones <sam@x.example> wrote:",
    "de": "Am 20.11.2026 um 13:50 schrieb Sam Jones <sam@x.example>:",
    "fr": "Le 20 nov. 2026 à 13:50, Sam Jones <sam@x.example> a écrit :",
    "es": "El 20 nov 2026, a las 13:50, Sam Jones <sam@x.example> escribió:",
    "it": "Il giorno 20 nov 2026, alle ore 13:50, Sam Jones <sam@x.example> ha scritto:",
    "nl": "Op 20 nov. 2026 om 13:50 heeft Sam Jones <sam@x.example> het volgende geschreven:",
    "pt": "No dia 20/11/2026, às 13:50, Sam Jones <sam@x.example> escreveu:",
    "pl": "Wiadomość napisana przez Sam Jones <sam@x.example> w dniu 20.11.2026, o godz. 13:50:",
    "sv": "20 nov. 2026 kl. 13:50 skrev Sam Jones <sam@x.example>:",
    "da": "Den 20. nov. 2026 kl. 13.50 skrev Sam Jones <sam@x.example>:",
    "fi": "Sam Jones <sam@x.example> kirjoitti 20.11.2026 kello 13.50:",
    "cs": "20. 11. 2026 v 13:50, Sam Jones <sam@x.example>:",
    "ru": "20 нояб. 2026 г., в 13:50, Sam Jones <sam@x.example> написал(а):",
    "ja": "2026/11/20 13:50、Sam Jones <sam@x.example>のメール:",
    "zh": "在 2026年11月20日，下午1:50，Sam Jones <sam@x.example> 写道：",
}
OTHERS = {
    "Yahoo": "On Friday, 20 November 2026, 13:50:00 GMT, Sam Jones <sam@x.example> wrote:",
    "Yahoo, of old": "--- On Fri, 20/11/26, Sam Jones <sam@x.example> wrote:",
    "Yahoo, de": "Am Freitag, 20. November 2026 um 13:50:00 MEZ hat Sam <s@x.example> geschrieben:",
    "Yahoo, it": "Il venerdì 20 novembre 2026 alle ore 13:50:00 CET, Sam <s@x.example> ha scritto:",
    "Thunderbird": "On 20/11/2026 13:50, Sam Jones wrote:",
    "Thunderbird, de": "Am 20.11.26 um 13:50 schrieb Sam Jones:",
    "Thunderbird, fr": "Le 20/11/2026 à 13:50, Sam Jones a écrit :",
    "Thunderbird, es": "El 20/11/26 a las 13:50, Sam Jones escribió:",
    "Thunderbird, pl": "W dniu 20.11.2026 o 13:50, Sam Jones pisze:",
    "Thunderbird, nl": "Op 20-11-2026 om 13:50 schreef Sam Jones:",
    "Thunderbird, sv": "Den 2026-11-20 kl. 13:50, skrev Sam Jones:",
    "Thunderbird, pt": "Em 20/11/2026 13:50, Sam Jones escreveu:",
    "Outlook for Mac": 'On 20/11/2026, 13:50, "Sam Jones" <sam@x.example> wrote:',
    "Outlook for Mac, de": 'Am 20.11.26, 13:50 schrieb "Sam Jones" <sam@x.example>:',
    "Sparrow": "On Friday, November 20, 2026 at 1:50 PM, Sam Jones wrote:",
    "Proton": "On Friday, November 20th, 2026 at 13:50, Sam Jones <sam@x.example> wrote:",
    "Zoho": "---- On Fri, 20 Nov 2026 13:50:00 +0000 sam@x.example wrote ----",
    "AOL": "In a message dated 11/20/2026 1:50:00 PM Eastern Standard Time, sam@x.example writes:",
    "Lotus Notes": "Sam Jones <sam@x.example> wrote on 20/11/2026 13:50:51:",
    "Mail.ru": "Friday, 20 November 2026, 1:50 PM +0300 from Sam Jones <sam@x.example>:",
    "Yandex": '20.11.2026, 13:50, "Sam Jones" <sam@x.example>:',
    "Gmail of old, no English": "2026-11-20 13:50 GMT+01:00 Sam Jones <sam@x.example>:",
}
ATTRIBUTIONS = {
    f"{program}, {name}": said
    for program, table in {"Gmail": GMAIL, "Apple Mail": APPLE, "other": OTHERS}.items()
    for name, said in table.items()
}


def answer(text: str) -> str:
    return tidy(cleaned(lines_of(text), answer=True, subject="", without=("unwrap",)).text)


@pytest.mark.parametrize("said", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_an_attribution_and_the_lines_below_it_are_history(said: str) -> None:
    assert answer(f"Yes 4pm\n\n{said}\n\nIs it on?\nSam") == "Yes 4pm"


@pytest.mark.parametrize("said", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_an_attribution_goes_with_the_marked_lines_below_it(said: str) -> None:
    assert (
        answer(f"Yes 4pm\n{said}\n\n\n\n\n> Is it on?\n>\n> Sam\n\nAt Jo's") == "Yes 4pm\nAt Jo's"
    )


@pytest.mark.parametrize("said", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_a_line_directly_above_an_attribution_is_kept(said: str) -> None:
    assert answer(f"See you at 14:00\n{said}\n\nIs it on?") == "See you at 14:00"


VERBLESS = (
    *("Gmail, ru", "Gmail, ru, wrapped", "Gmail, ja", "Gmail, he", "Apple Mail, cs"),
    *("Gmail, in no language of the table", "other, Mail.ru", "other, Yandex"),
    "other, Gmail of old, no English",
)


@pytest.mark.parametrize("name", [name for name in ATTRIBUTIONS if name not in VERBLESS])
def test_words_may_follow_an_attribution_directly(name: str) -> None:
    assert answer(f"See you at 14:00\n{ATTRIBUTIONS[name]}\nIs it on?") == "See you at 14:00"


@pytest.mark.parametrize("name", VERBLESS)
def test_without_a_verb_that_is_known_a_blank_line_says_that_it_is_one(name: str) -> None:
    text = f"See you at 14:00\n{ATTRIBUTIONS[name]}\nIs it on?"
    assert answer(text) == text
