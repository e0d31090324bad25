"""A text or a picture message from a phone, as the mail that can be answered."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core import optouts
from bridge.core.about import About
from bridge.core.consent import OptoutEffect
from bridge.core.events import MmsReceived, SmsReceived
from bridge.core.files import told_apart
from bridge.core.instants import stated
from bridge.core.model import ListName, Part
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.language import Said
from bridge.notices.letter import Letter, thread_of
from bridge.notices.media import SMIL, sniffed, text_of
from bridge.notices.neutral import block, file_name, line, snippet
from bridge.notices.words import (
    caller,
    context_of,
    conversation_of,
    phone_address,
    plus,
    root_subject,
    said,
    said_before,
    titled,
    who,
    words,
    written,
)

QUOTED = 40  # characters of the text that is answered
NAMED = 10  # missing files that a mail names


def text_letter(event: SmsReceived, policy: Policy, about: About) -> Letter:
    """The mail of an inbound text, with a note where it says STOP, or nearly."""
    text = block(event.text).rstrip("\n")
    near = not event.effect and optouts.near(event.text)
    own = _said(event, policy, about, near=near)
    return _letter(event, policy, about, _noted(text, own, policy), head=own.head)


def picture_letter(
    event: MmsReceived, policy: Policy, about: About, parts: Sequence[Part]
) -> Letter:
    """The mail of a multimedia message: its words as the body, its files beside it.

    The presentation (SMIL) is dropped; a line says what could not be fetched.  Pictures are parts
    of their own with the disposition `inline`: Thunderbird, Apple Mail and Gmail show them below
    the text, Outlook as attachments.  An HTML body that shows them everywhere would come back in
    each answer, its pictures with it, as if they were meant to be texted.
    """
    in_subject = policy.subject_style == "thread" and not _threaded(policy, about)
    texts = [] if in_subject else [event.subject]
    files: list[bytes] = []
    taken: set[str] = set()
    for part in parts:
        found = sniffed(part)
        if found.media_type == SMIL:
            continue
        if found.media_type == "text/plain":
            texts.append((text_of(part.body) or "").strip("\r\n"))
            continue
        name = file_name(part.name, found.extensions, taken)
        taken.add(name)
        files.append(mime.file(name, found.media_type, part.body))
    missing = _missing(event, policy, parts)
    body = block("\n\n".join(filter(None, (*texts, missing)))).rstrip("\n")
    near = any(optouts.near(each, picture=True) for each in (event.subject, *texts))
    own = _said(event, policy, about, near=near)
    return _letter(event, policy, about, _noted(body, own, policy), head=own.head, files=files)


def _noted(text: str, own: Said, policy: Policy) -> str:
    """A mail's text, with the note on a wish below it."""
    if policy.subject_style == "vendor":
        return text
    return "\n\n".join(filter(None, (text, own.body)))


def _letter(
    event: SmsReceived | MmsReceived,
    policy: Policy,
    about: About,
    body: str,
    *,
    head: str,
    files: Sequence[bytes] = (),
) -> Letter:
    vendor = policy.subject_style == "vendor"
    talk = conversation_of(about)
    answered_at = phone_address(policy, event.number, talk.token if talk else "")
    author = phone_address(policy, event.number) if vendor else answered_at
    context = context_of(about, event.user_context)
    at = stated(event.sent, event.received_at)
    text = block(body).rstrip("\n")
    if not vendor:
        text += "\n\n-- \n" + _footer(event, policy, about)
    return Letter(
        kind="in",
        author=author,
        name="" if vendor else who(policy, event.number),
        reply_to="" if answered_at == author else answered_at,
        subject=titled(*_subject(event, policy, about, head), context),
        at=at,
        parts=(mime.text(text), *files),
        thread=thread_of(about),
        headers=(
            ("UserContext", context),
            ("X-SMS-Sender", plus(event.number)),
            ("X-SMS-Network", line(event.network)),
            ("X-SMS-Message-Id", line(event.message_id)),
        ),
    )


def _said(event: SmsReceived | MmsReceived, policy: Policy, about: About, *, near: bool) -> Said:
    """The subject of a mail that begins a thread, and what a text that says STOP came to."""
    effect = event.effect if isinstance(event, SmsReceived) else OptoutEffect.NONE
    return words(policy).letter(
        "text",
        who=who(policy, event.number),
        number=written(policy, event.number),
        digits=caller(event.number),
        picture=isinstance(event, MmsReceived),
        effect="near" if near and not event.opted_out else effect,
        lists=_lists(about),
    )


def _lists(about: About) -> Sequence[str]:
    """The gateway's lists to which the mail went that is answered: it expands them itself."""
    asked = about.mail.asked if about.mail else {}
    return [line(str(each), 60) for each in asked if isinstance(each, ListName)]


def _subject(
    event: SmsReceived | MmsReceived, policy: Policy, about: About, head: str
) -> tuple[str, str]:
    """The subject's own words and the thread's; `head` begins a thread, or tells of a wish."""
    if policy.subject_style == "vendor":
        return f"Message from {caller(event.number) or line(event.number)}", ""
    if isinstance(event, SmsReceived) and event.effect in (OptoutEffect.STOPPED, OptoutEffect.BACK):
        return head, ""
    if _threaded(policy, about):
        return "Re", root_subject(about)
    return head, event.subject if isinstance(event, MmsReceived) else ""


def _threaded(policy: Policy, about: About) -> bool:
    return policy.subject_style == "thread" and bool(root_subject(about))


def _missing(event: MmsReceived, policy: Policy, parts: Sequence[Part]) -> str:
    """What the gateway announced and did not hand over, "" if all is there."""
    speech = words(policy)
    fetched = {part.name for part in parts}
    files = zip(event.files, told_apart(event.files), strict=True)
    names = [
        line(name, 64) or speech.phrase("no_name") for name, own in files if own not in fetched
    ]
    if not names:
        return ""
    shown, more = ", ".join(names[:NAMED]), max(len(names) - NAMED, 0)
    return speech.phrase("files_missing", len(names), len(event.files), shown, more)


def _answer(event: SmsReceived | MmsReceived) -> str:
    """Whether the mail can be answered, by its name in the templates."""
    if not caller(event.number):
        return "no-number"
    stopped = (OptoutEffect.STOPPED, OptoutEffect.STILL)
    if isinstance(event, SmsReceived) and event.effect in stopped:
        return "opted-out"  # which a note above the footer says
    return "refused" if event.opted_out else "yes"


def _is_strange(event: SmsReceived | MmsReceived, about: About) -> bool:
    """Whether a number texts in a conversation in which it never was texted.

    Somebody passed the token on, or a member of a gateway's list answers: those nobody knows.
    """
    asked = about.mail.asked if about.mail and about.by == "token" else {}
    if not asked or any(isinstance(each, ListName) for each in asked):
        return False
    return caller(event.number) not in {str(each) for each in asked}


def _colleague(about: About) -> str:
    """Who wrote the text that is answered, "" where that is its reader."""
    mail = about.mail
    owner = mail.conversation.owner if mail else ""
    if mail is None or not owner or mail.sender.lower() == owner.lower():
        return ""
    return line(mail.sender)


def _footer(event: SmsReceived | MmsReceived, policy: Policy, about: About) -> str:
    at = stated(event.sent, event.received_at)
    mail = about.mail if about.mail and about.mail.texts else None
    strange = _is_strange(event, about)
    others = about.others if about.by == "number" else ()
    footer = words(policy).letter(
        "footer",
        picture=isinstance(event, MmsReceived),
        who=who(policy, event.number, "{name}, {number}"),
        number=written(policy, event.number),
        network=line(event.network, 60),
        when=said(policy, at),
        answer=_answer(event),
        strange=strange,
        sent=snippet(mail.texts[0], QUOTED) if mail and not strange else "",
        sent_by=_colleague(about),
        sent_at=said_before(policy, mail.received_at, at) if mail else "",
        others=", ".join(line(address) for address in others),
    )
    return "\n".join(filter(None, (footer.head, footer.body)))
