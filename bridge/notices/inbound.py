"""A text or a picture message from a phone, as the mail that can be answered."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.about import About
from bridge.core.events import MmsReceived, SmsReceived
from bridge.core.model import Part
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.letter import Letter
from bridge.notices.media import SMIL, sniffed, text_of
from bridge.notices.neutral import block, file_name, line, snippet
from bridge.notices.words import (
    caller,
    context_of,
    phone_address,
    plus,
    root_subject,
    said,
    said_before,
    stated,
    titled,
    who,
    written,
)

QUOTED = 40  # characters of the text that is answered


def text_letter(event: SmsReceived, policy: Policy, about: About) -> Letter:
    """The mail of an inbound text."""
    return _letter(event, policy, about, event.text)


def picture_letter(
    event: MmsReceived, policy: Policy, about: About, parts: Sequence[Part]
) -> Letter:
    """The mail of a multimedia message: its words as the body, its files beside it.

    The presentation (SMIL) is dropped; a line says what could not be fetched.
    """
    in_subject = policy.subject_style == "thread" and not _threaded(policy, about)
    words = [] if in_subject else [event.subject]
    files: list[bytes] = []
    taken: set[str] = set()
    for part in parts:
        found = sniffed(part)
        if found.media_type == SMIL:
            continue
        if found.media_type == "text/plain":
            words.append((text_of(part.body) or "").strip("\r\n"))
            continue
        name = file_name(part.name, found.extensions, taken)
        taken.add(name)
        files.append(mime.file(name, found.media_type, part.body))
    missing = _missing(event, parts)
    body = "\n\n".join(filter(None, (*words, missing)))
    return _letter(event, policy, about, body, files=files)


def _letter(
    event: SmsReceived | MmsReceived,
    policy: Policy,
    about: About,
    body: str,
    *,
    files: Sequence[bytes] = (),
) -> Letter:
    token = about.mail.conversation.token if about.mail else ""
    context = context_of(about, event.user_context)
    at = stated(event.sent, event.received_at)
    text = block(body).rstrip("\n")
    if policy.subject_style == "thread":
        text += "\n\n-- \n" + _footer(event, policy, about)
    return Letter(
        kind="in",
        author=phone_address(policy, event.number, token),
        name=who(policy, event.number),
        subject=_subject(event, policy, about, context),
        at=at,
        parts=(mime.text(text), *files),
        answers=about.mail,
        headers=(
            ("UserContext", context),
            ("X-SMS-Sender", plus(event.number)),
            ("X-SMS-Network", line(event.network)),
            ("X-SMS-Message-Id", line(event.message_id)),
        ),
    )


def _subject(event: SmsReceived | MmsReceived, policy: Policy, about: About, context: str) -> str:
    if policy.subject_style == "vendor":
        number = caller(event.number) or line(event.number)
        return titled(f"Message from {number}", "", context)
    if _threaded(policy, about):
        return titled("Re: ", root_subject(about.mail), context)
    name = who(policy, event.number)
    if isinstance(event, MmsReceived):
        return titled(f"Picture message from {name}: ", event.subject, context)
    return titled(f"Text from {name}", "", context)


def _threaded(policy: Policy, about: About) -> bool:
    return policy.subject_style == "thread" and bool(root_subject(about.mail))


def _missing(event: MmsReceived, parts: Sequence[Part]) -> str:
    """What the gateway announced and did not hand over, "" if all is there."""
    fetched = {part.name for part in parts}
    names = [line(name, 64) or "(no name)" for name in event.files if name not in fetched]
    if not names:
        return ""
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return (
        f"[{len(names)} of {len(event.files)} files missing: the gateway did not hand over {shown}]"
    )


def _footer(event: SmsReceived | MmsReceived, policy: Policy, about: About) -> str:
    what = "Text" if isinstance(event, SmsReceived) else "Picture message"
    at = stated(event.sent, event.received_at)
    from_whom = who(policy, event.number, "{name}, {number}")
    how = (
        "Answer this mail to text back; only what you write is sent."
        if caller(event.number)
        else "It cannot be answered: the phone network gave no number."
    )
    lines = [f"{what} from {from_whom}, {said(at)}. {how}"]
    if about.mail and about.mail.texts:
        sent = snippet(about.mail.texts[0], QUOTED)
        lines.append(f'Your text of {said_before(about.mail.received_at, at)}: "{sent}"')
    if about.others and about.by == "number":
        others = ", ".join(line(address) for address in about.others)
        number = written(policy, event.number)
        lines.append(
            f"{others} texted {number} within a day, too: it may be meant for them. "
            "The inbox has a copy."
        )
    return "\n".join(lines)
