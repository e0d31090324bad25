"""How Apple's programs quote, and those of Android phones."""

from __future__ import annotations

import html

from tests.flows.styles.quoted import READER, Quoted, Words


def apple_mail(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%-d %b %Y, at %H:%M')}, {{}} wrote:"
    return (
        f"{words}\n\n> {said.format(mail.mailbox)}\n> \n{mail.marked()}\n\n",
        '<html><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">'
        f'{words}<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite">'
        f'<div>{said.format(mail.link)}</div><br class="Apple-interchange-newline">'
        f"<div>{mail.markup}</div></blockquote></div><br></body></html>",
    )


def iphone(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%-d %b %Y, at %H:%M')}, {{}} wrote:"
    return (
        f"{words}\n\nSent from my iPhone\n\n"
        f"> {said.format(mail.mailbox)}\n> \n> \ufeff{mail.marked().removeprefix('> ')}\n",
        f'<html><body dir="auto"><div dir="ltr"></div><div dir="ltr">{words}</div>'
        '<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div>'
        f'<div dir="ltr"><br><blockquote type="cite">{said.format(mail.link)}<br><br></blockquote>'
        f'</div><blockquote type="cite"><div dir="ltr">\ufeff{mail.markup}</div></blockquote>'
        "</body></html>",
    )


def k9(words: str, mail: Quoted) -> Words:
    said = f'On {mail.on("%-d %B %Y %H:%M:%S GMT")}, "{mail.name}" <{mail.address}> wrote:'
    return (
        f"{words}\n-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.\n\n"
        f"{said}\n{mail.marked('>')}\n"
    ), ""


def samsung(words: str, mail: Quoted) -> Words:
    block = {
        "From": html.escape(mail.mailbox),
        "Date": mail.on("%d/%m/%Y  %H:%M  (GMT+00:00)"),
        "To": READER,
        "Subject": mail.subject,
    }
    text = "".join(f"{name}: {html.unescape(value)} \n" for name, value in block.items())
    markup = "".join(f"<div>{name}: {value} </div>" for name, value in block.items())
    said = "-------- Original message --------"
    return f"{words}\n\n\nSent from my Galaxy\n\n\n{said}\n{text}\n{mail.text}\n", (
        f'<html><body><div dir="auto">{words}</div><div dir="auto"><br></div>'
        '<div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757">'
        "Sent from my Galaxy</div></div><div><br></div>"
        f'<div style="font-size:100%;color:#000000"><!-- originalMessage --><div>{said}</div>'
        f"{markup}<div><br></div></div>{mail.markup}</body></html>"
    )
