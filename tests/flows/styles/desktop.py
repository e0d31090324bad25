"""How Thunderbird and Mutt quote, and people who answer between the lines."""

from __future__ import annotations

import html

from tests.flows.styles.quoted import Quoted, Words


def thunderbird(words: str, mail: Quoted) -> Words:
    return _thunderbird(words, mail, f"On {mail.on('%d/%m/%Y %H:%M')}, {mail.name} wrote:")


def thunderbird_in_german(words: str, mail: Quoted) -> Words:
    return _thunderbird(words, mail, f"Am {mail.on('%d.%m.%y um %H:%M')} schrieb {mail.name}:")


def thunderbird_in_french(words: str, mail: Quoted) -> Words:
    return _thunderbird(words, mail, f"Le {mail.on('%d/%m/%Y à %H:%M')}, {mail.name} a écrit\xa0:")


def _thunderbird(words: str, mail: Quoted, said: str) -> Words:
    return f"{words}\n\n{said}\n{mail.marked()}\n", (
        f"<!DOCTYPE html><html><head></head><body><p>{words}</p>"
        f'<div class="moz-cite-prefix">{said}<br></div>'
        f'<blockquote type="cite" cite="mid:in.4f2a@sms.example.com">'
        f'<pre class="moz-quote-pre" wrap="">{html.escape(mail.text)}</pre></blockquote>'
        "<br></body></html>"
    )


def mutt(words: str, mail: Quoted) -> Words:
    said = f"On {mail.on('%a, %b %d, %Y at %I:%M:%S%p +0000')}, {mail.name} wrote:"
    return f"{said}\n{mail.marked()}\n\n{words}\n\n-- \nJo Smith\nExample Ltd\n", ""


def interleaved(words: str, mail: Quoted) -> Words:
    """Each question has its answer below it, and the rest of the mail is cut."""
    first, second = words.split(". ")
    said = f"On {mail.on('%a, %b %d, %Y at %I:%M:%S%p +0000')}, {mail.name} wrote:"
    asked, then = mail.lines[:2]
    return f"{said}\n> {asked}\n\n{first}.\n\n> {then}\n\n{second}\n", ""


def interleaved_whole(words: str, mail: Quoted) -> Words:
    """The same with HTML, below which the footer is left standing."""
    first, second = words.split(". ")
    said = f"On {mail.on('%d/%m/%Y %H:%M')}, {mail.name} wrote:"
    asked, then, *rest = mail.lines
    cite = '<blockquote type="cite" cite="mid:in.4f2a@sms.example.com">{}</blockquote>'.format
    quoted = "\n".join(f"> {each}" for each in rest)
    return (
        f"{said}\n> {asked}\n{first}.\n> {then}\n{second}\n{quoted}\n",
        f'<html><body><div class="moz-cite-prefix">{said}<br></div>'
        f"{cite(html.escape(asked))}<p>{first}.</p>{cite(html.escape(then))}<p>{second}</p>"
        f"{cite('<br>'.join(html.escape(each) for each in rest))}</body></html>",
    )
