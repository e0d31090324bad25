"""An answer to one of our mails goes out as its own words alone, in whatever way it is quoted."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from html import escape

import pytest

from bridge.compose.compose import compose
from bridge.core.about import SentMail
from bridge.core.model import Envelope, Facts, ForwardPath, Ids, Refusal, Session, Text
from bridge.core.policy import Policy
from tests.mails.table import FRIDAY, POLICY, SAM, TOKEN
from tests.notices.cases import AT, CASES, read

OWN = "On my way"
QUOTED = (
    *("text-that-answers", "text-unasked", "text-nearly-stop", "text-spared", "text-back"),
    *("picture-that-answers", "picture-incomplete"),
)


def marked(body: str, columns: int = 0) -> str:
    """A body with the mark of a quotation on each line, wrapped where the client does that."""
    lines = body.splitlines()
    if columns:
        lines = [piece for line in lines for piece in textwrap.wrap(line, columns) or [line]]
    return "\n".join(f"> {line}".rstrip() if line != "-- " else "> -- " for line in lines)


def html(own: str, quoted: str) -> str:
    """A quoted body as HTML has it."""
    lines = escape(quoted).replace("\n", "<br>\n")
    return f"<html><body>{own.replace('*', lines)}</body></html>"


STYLES: dict[str, Callable[[str], tuple[str, str]]] = {
    "gmail": lambda body: (
        "plain",
        f"{OWN}\n\nOn Fri, 20 Nov 2026 at 13:50, Sam Jones (07700 900123) <\n"
        f"447700900123.{TOKEN}@sms.example.com> wrote:\n\n{marked(body, 76)}\n",
    ),
    "gmail-german": lambda body: (
        "plain",
        f"{OWN}\n\nAm Fr., 20. Nov. 2026 um 13:50 Uhr schrieb Sam Jones (07700 900123) <\n"
        f"447700900123.{TOKEN}@sms.example.com>:\n\n{marked(body, 76)}\n",
    ),
    "gmail-html": lambda body: (
        "html",
        html(
            f'<div dir="ltr">{OWN}</div><br><div class="gmail_quote"><div dir="ltr" '
            'class="gmail_attr">On Fri, 20 Nov 2026 at 13:50, Sam Jones wrote:<br></div>'
            '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">*</blockquote></div>',
            body,
        ),
    ),
    "outlook": lambda body: (
        "plain",
        f"{OWN}\n\nFrom: Sam Jones (07700 900123) <447700900123.{TOKEN}@sms.example.com>\n"
        f"Sent: 20 November 2026 13:50\nTo: Jo Smith <jo@example.com>\n"
        f"Subject: Re: Friday\n\n{body}",
    ),
    "outlook-german": lambda body: (
        "plain",
        f"{OWN}\n\nVon: Sam Jones (07700 900123) <447700900123.{TOKEN}@sms.example.com>\n"
        f"Gesendet: Freitag, 20. November 2026 13:50\nAn: Jo Smith <jo@example.com>\n"
        f"Betreff: Re: Friday\n\n{body}",
    ),
    "outlook-original-message": lambda body: (
        "plain",
        f"{OWN}\n\n-----Original Message-----\nFrom: Sam Jones\nSent: 20 November 2026 13:50\n"
        f"To: Jo Smith\nSubject: Re: Friday\n\n{body}",
    ),
    "outlook-html": lambda body: (
        "html",
        html(
            f'<p class="MsoNormal">{OWN}</p><div><div style="border:none;border-top:solid #E1E1E1 '
            '1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Von:</b> Sam Jones '
            "<br><b>Gesendet:</b> Freitag, 20. November 2026 13:50<br><b>An:</b> Jo Smith<br>"
            "<b>Betreff:</b> Re: Friday</p></div></div><p>*</p>",
            body,
        ),
    ),
    "apple": lambda body: (
        "plain",
        f"{OWN}\n\n> On 20 Nov 2026, at 13:50, Sam Jones (07700 900123) "
        f"<447700900123.{TOKEN}@sms.example.com> wrote:\n> \n{marked(body)}\n",
    ),
    "apple-german": lambda body: (
        "plain",
        f"{OWN}\n\nAm 20.11.2026 um 13:50 schrieb Sam Jones (07700 900123) "
        f"<447700900123.{TOKEN}@sms.example.com>:\n\n{marked(body)}\n",
    ),
    "thunderbird-below": lambda body: (
        "plain",
        f"On 20/11/2026 13:50, Sam Jones (07700 900123) wrote:\n{marked(body, 72)}\n\n{OWN}\n",
    ),
    "thunderbird-german-below": lambda body: (
        "plain",
        f"Am 20.11.26 um 13:50 schrieb Sam Jones (07700 900123):\n{marked(body, 72)}\n\n{OWN}\n",
    ),
    "k9": lambda body: (
        "plain",
        f'{OWN}\n\nAm 20. November 2026 13:50:05 MEZ schrieb "Sam Jones (07700 900123)" '
        f"<447700900123.{TOKEN}@sms.example.com>:\n{marked(body)}\n",
    ),
    "mutt": lambda body: (
        "plain",
        f"On Fri, Nov 20, 2026 at 01:50:05PM +0000, Sam Jones (07700 900123) wrote:\n"
        f"{marked(body, 72)}\n\n{OWN}\n",
    ),
    "yahoo": lambda body: (
        "plain",
        f"{OWN}\n\n    On Friday, 20 November 2026 at 13:50:05 GMT, Sam Jones (07700 900123) "
        f"<447700900123.{TOKEN}@sms.example.com> wrote:  \n \n {body}",
    ),
    "gmx": lambda body: (
        "plain",
        f'{OWN}\n \n\nGesendet: Freitag, 20. November 2026 um 13:50 Uhr\nVon: "Sam Jones (07700 '
        f'900123)" <447700900123.{TOKEN}@sms.example.com>\nAn: jo@example.com\n'
        f"Betreff: Re: Friday\n{body}",
    ),
    "no-attribution": lambda body: ("plain", f"{OWN}\n\n{marked(body)}\n"),
}


def texted(kind: str, body: str, subject: str) -> str | Refusal:
    """What an answer becomes."""
    content = (
        f"From: jo@example.com\r\nTo: 447700900123.{TOKEN}@sms.example.com\r\n"
        f"Subject: Re: {subject}\r\nIn-Reply-To: <in.1@sms.example.com>\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: 8bit\r\n\r\n" + body.replace("\n", "\r\n")
    )
    path = ForwardPath(f"447700900123.{TOKEN}@sms.example.com", (SAM,), TOKEN)
    session = Session("192.0.2.1", "jo", tls=True)
    envelope = Envelope("jo@example.com", (path,), content.encode(), AT, session)
    facts = Facts(conversations={TOKEN: FRIDAY}, partners={TOKEN: frozenset({SAM.digits})})
    found = compose(envelope, POLICY, facts, AT, Ids("m1", "3abcdefghi"))
    if isinstance(found, Refusal):
        return found
    content_of = found.submissions[0].content
    assert isinstance(content_of, Text)
    return content_of.text


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("case", QUOTED)
def test_an_answer_to_one_of_our_mails_is_its_own_words(
    case: str, language: str, style: str, policy: Policy, mail: SentMail
) -> None:
    ours = read(CASES[case].told(replace(policy, language=language), mail))
    body = ours.get_body(("plain",))
    assert body is not None
    quoted = body.get_content().replace("\r\n", "\n")

    assert texted(*STYLES[style](quoted), subject="Friday") == OWN
