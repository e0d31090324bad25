"""How Outlook and Notes quote: not at all; a block of headers stands above the other mail."""

from __future__ import annotations

from collections.abc import Sequence

from tests.flows.styles.quoted import READER, Quoted, Words

ENGLISH = ("From", "Sent", "To", "Subject")
GERMAN = ("Von", "Gesendet", "An", "Betreff")
FRENCH = ("De", "Envoyé", "À", "Objet")


def _block(
    mail: Quoted, names: Sequence[str], form: str = "{}: {}\n", *, link: bool = False
) -> str:
    author = mail.link if link else mail.mailbox
    values = (author, mail.on("%d %B %Y %H:%M"), READER, mail.subject)
    return "".join(form.format(*each) for each in zip(names, values, strict=True))


def outlook(words: str, mail: Quoted) -> Words:
    return _outlook(words, mail, ENGLISH)


def outlook_in_german(words: str, mail: Quoted) -> Words:
    return _outlook(words, mail, GERMAN)


def _outlook(words: str, mail: Quoted, names: Sequence[str]) -> Words:
    block = _block(mail, names, '<b><span lang="EN-US">{}:</span></b> {}<br>', link=True)
    return f"{words}\n\n{_block(mail, names)}\n{mail.text}\n", (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        "<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} --></style></head>"
        f'<body lang="EN-GB"><div class="WordSection1"><p class="MsoNormal">{words}<o:p></o:p></p>'
        '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{block}</p></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        f'<p class="MsoNormal">{mail.markup}</p></div></body></html>'
    )


def outlook_text(words: str, mail: Quoted) -> Words:
    said = "-----Original Message-----"
    return f"{words}\n\n{said}\n{_block(mail, ENGLISH)}\n{mail.text}\n", ""


def outlook_text_in_german(words: str, mail: Quoted) -> Words:
    said = "-----Ursprüngliche Nachricht-----"
    return f"{words}\n\n{said}\n{_block(mail, GERMAN)}\n{mail.text}\n", ""


def outlook_text_in_french(words: str, mail: Quoted) -> Words:
    said = "-----Message d'origine-----"
    block = _block(mail, FRENCH, "{} : {}\n")
    return f"{words}\n\n{said}\n{block}\n{mail.text}\n", ""


def outlook_mobile(words: str, mail: Quoted) -> Words:
    block = _block(mail, ENGLISH, "<b>{}:</b> {}<br>", link=True)
    return (
        f"{words}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n"
        f"________________________________\n{_block(mail, ENGLISH)}\n{mail.text}\n"
    ), (
        f'<html><body><div dir="ltr" style="font-family: Aptos;">{words}</div>'
        '<div id="ms-outlook-mobile-body-separator-line" dir="ltr"><br></div>'
        '<div id="ms-outlook-mobile-signature" dir="ltr">Get '
        '<a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>'
        '<hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{block}</font></div>'
        f"<div>{mail.markup}</div></body></html>"
    )


def lotus_notes(words: str, mail: Quoted) -> Words:
    block = (
        f"From:   {mail.mailbox}\nTo:     {READER}\n"
        f"Date:   {mail.on('%d/%m/%Y %H:%M')}\nSubject:        {mail.subject}\n"
    )
    return f"{words}\n\n\n\n{block}\n\n\n{mail.text}\n\n", ""
