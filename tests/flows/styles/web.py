"""How web mail quotes: Gmail, Yahoo, Proton, Roundcube."""

from __future__ import annotations

from tests.flows.styles.quoted import Quoted, Words


def gmail(words: str, mail: Quoted) -> Words:
    return _gmail(words, mail, f"On {mail.on('%a, %-d %b %Y at %H:%M')}, {{}} wrote:")


def gmail_in_german(words: str, mail: Quoted) -> Words:
    return _gmail(words, mail, f"Am Fr., {mail.on('%-d. Nov. %Y um %H:%M')} Uhr schrieb {{}}:")


def gmail_in_french(words: str, mail: Quoted) -> Words:
    return _gmail(words, mail, f"Le ven. {mail.on('%-d nov. %Y à %H:%M')}, {{}} a écrit :")


def _gmail(words: str, mail: Quoted, said: str) -> Words:
    folded = f"{mail.name} <\n{mail.address}>"  # it folds long lines inside the address
    return f"{words}\n\n{said.format(folded)}\n\n{mail.marked()}\n", (
        f'<div dir="ltr">{words}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{said.format(mail.link)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
        f'rgb(204,204,204);padding-left:1ex">{mail.markup}</blockquote></div>\n'
    )


def yahoo(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%A %-d %B %Y at %H:%M:%S GMT')}, {{}} wrote:"
    return f" {words}\n    {said.format(mail.mailbox)}  \n \n {mail.text}\n  ", (
        '<html><head></head><body><div class="ydp1yahoo-style-wrap" style="font-family:Helvetica">'
        f'<div dir="ltr" data-setdir="false">{words}</div><div><br></div></div>'
        '<div id="yahoo_quoted_4711" class="yahoo_quoted"><div style="font-size:13px;">'
        f"<div>{said.format(mail.link)}</div><div><br></div><div>{mail.markup}</div></div></div>"
        "</body></html>"
    )


def proton(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%A, %B %-dth, %Y at %-I:%M %p')}, {{}} wrote:"
    return (
        f"{words}\n\nSent with [Proton Mail](https://proton.me/mail/home) secure email.\n\n"
        f"{said.format(mail.mailbox)}\n\n{mail.marked()}\n"
    ), (
        f'<div style="font-family: Arial; font-size: 14px;">{words}</div><div><br></div>'
        '<div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">'
        'Sent with <a href="https://proton.me/mail/home">Proton Mail</a> secure email.</div></div>'
        f'<div class="protonmail_quote">{said.format(mail.link)}<br>'
        f'<blockquote class="protonmail_quote" type="cite">{mail.markup}</blockquote><br></div>'
    )


def roundcube(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%Y-%m-%d %H:%M')}, {mail.name} wrote:"
    return f"{words}\n\n{said}\n{mail.marked()}\n", (
        f'<html><body style="font-size: 10pt"><p>{words}</p><p id="reply-intro">{said}</p>'
        '<blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; '
        f'margin: 0"><div class="pre">{mail.markup}</div></blockquote></body></html>'
    )


def roundcube_below(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%Y-%m-%d %H:%M')}, {mail.name} wrote:"
    return f"{said}\n{mail.marked()}\n\n{words}\n", ""
