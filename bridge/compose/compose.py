"""From a mail to what is sent: the third step of the road out, before its 250.

Pure and total: any octets give a Mail, or a Refusal whose sentence its sender can act on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from bridge.compose import automatic, mime, reading
from bridge.compose.cleaning import cleaned
from bridge.compose.content import Composed, Draft, composed
from bridge.compose.reading import Letter
from bridge.compose.wishes import Wishes, wishes
from bridge.compose.wording import Words
from bridge.core import policy as rules
from bridge.core.conversation import is_answer, is_forward, thread_subject
from bridge.core.events import Event, Failure, Mail, Truncated, Undelivered
from bridge.core.model import (
    Content,
    Conversation,
    Destination,
    Envelope,
    Facts,
    Ids,
    ListName,
    Msisdn,
    Refusal,
    Submission,
)
from bridge.core.outcomes import State
from bridge.core.policy import Policy, Profile

MAX_REFERENCES = 20

_WORDLESS = Refusal(
    550, "5.6.0", "your answer has no words of its own; write them above the quoted text"
)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


def compose(
    envelope: Envelope, policy: Policy, facts: Facts, now: float, ids: Ids
) -> Mail | Refusal:
    """The mail as understood, with the submissions that carry it; or why it is not texted."""
    read = _read(envelope, policy)
    if isinstance(read, Refusal):
        return read
    draft = read.draft(envelope)
    if _is_wordless(draft, _answered(envelope, facts), policy):
        return _WORDLESS
    found = composed(draft, policy)
    if isinstance(found, Refusal):
        return found
    conversation = _conversation(envelope, facts, ids, read)
    pattern = Submission(
        id="",
        mail=ids.mail,
        destinations=(),
        content=found.contents[0],
        accepted_at=now,
        expires_at=now + (read.asked.expires or read.profile.expires),
        profile=read.profile.name,
        sender=read.sender,
        originator=read.originator,
        user_context=conversation.user_context or conversation.token,
        segments=found.segments,
        parts=len(found.contents),
    )
    batches = _batches(envelope, policy.gateway_max_recipients)
    return Mail(
        id=ids.mail,
        envelope=_as_asked(envelope, read.asked),
        profile=read.profile.name,
        sender=read.sender,
        conversation=conversation,
        submissions=tuple(_submissions(pattern, found.contents, batches)),
        message_id=_message_id(read.letter),
        references=_references(read.letter),
        events=_events(envelope, found, now, ids),
    )


# ---------------------------------------------------------------- how it is read


@dataclass(frozen=True, slots=True)
class _Read:
    """A mail as read, what it asks for, the profile that it came in by, and whose it is."""

    letter: Letter
    asked: Wishes
    profile: Profile
    is_answer: bool
    sender: str
    originator: str

    def draft(self, envelope: Envelope) -> Draft:
        """The words that its author wrote, and all that bears on how they are sent."""
        letter = self.letter
        body = letter.body
        if self.profile.clean:
            body = cleaned(letter.lines, answer=self.is_answer, subject=letter.subject).text
        author = letter.entity.text("from") or envelope.reverse_path
        return Draft(Words(letter.subject, body, author), letter.files, self.asked, self.profile)


def _read(envelope: Envelope, policy: Policy) -> _Read | Refusal:
    entity = mime.parse(envelope.content)
    if isinstance(entity, Refusal):
        return entity
    answer = any(path.token for path in envelope.forward_paths)
    refusal = automatic.refusal(entity, envelope.reverse_path, answer=answer)
    if refusal:
        return refusal
    letter = reading.read(entity)
    if isinstance(letter, Refusal):
        return letter
    asked = wishes(entity)
    if isinstance(asked, Refusal):
        return asked
    sender = rules.sender(policy, envelope.session, envelope.reverse_path)
    if isinstance(sender, Refusal):
        return sender
    originator = _originator(envelope, policy, asked)
    if isinstance(originator, Refusal):
        return originator
    profile = rules.profile(
        policy,
        envelope.session,
        envelope.reverse_path,
        answer=answer,
        auto_generated=automatic.submitted(entity) == "auto-generated",
    )
    return _Read(letter, asked, profile, answer or _is_answer(letter), sender, originator)


def _is_answer(letter: Letter) -> bool:
    """Whether it answers a mail; one that is forwarded is itself the message."""
    if is_forward(letter.subject):
        return False
    return is_answer(letter.subject) or automatic.is_answer(letter.entity)


def _message_id(letter: Letter) -> str:
    match = _MESSAGE_ID.search(letter.entity.raw("message-id")[:1000])
    return match[0] if match and match[0].isascii() else ""


def _references(letter: Letter) -> tuple[str, ...]:
    """The thread's Message-IDs: its root, and the latest (RFC 5322, 3.6.4)."""
    raw = letter.entity.raw("references") or letter.entity.raw("in-reply-to")
    found = [each for each in _MESSAGE_ID.findall(raw) if each.isascii()]
    return (*found[:1], *found[1:][-MAX_REFERENCES + 1 :])


# ---------------------------------------------------------------- whose it is


def _originator(envelope: Envelope, policy: Policy, asked: Wishes) -> str | Refusal:
    """What the handset shows: as asked, if the sender's rule has it; else the rule's first."""
    rule = rules.rule_for(policy, envelope.session, envelope.reverse_path)
    allowed = rule.originators if rule else ()
    if not asked.originator:
        return allowed[0] if allowed else policy.originator
    if asked.originator in allowed:
        return asked.originator
    theirs = f"only {', '.join(allowed)}" if allowed else "none"
    return Refusal(
        550,
        "5.7.1",
        f"X-SMS-From: {asked.originator[:40]!a} is no originator of this sender, who has {theirs}",
    )


def _conversation(envelope: Envelope, facts: Facts, ids: Ids, read: _Read) -> Conversation:
    """The conversation that the mail answers in; else the one that it begins.

    A user context of its own replaces the conversation's.
    """
    context = read.asked.user_context
    known = _answered(envelope, facts)
    if known:
        return replace(known, user_context=context or known.user_context)
    subject = thread_subject(read.letter.subject)
    return Conversation(ids.token, read.sender, subject, _message_id(read.letter), context)


def _answered(envelope: Envelope, facts: Facts) -> Conversation | None:
    """The conversation that the mail answers in, if any."""
    tokens = [path.token for path in envelope.forward_paths if path.token]
    return next(filter(None, map(facts.conversations.get, tokens)), None)


def _is_wordless(draft: Draft, answered: Conversation | None, policy: Policy) -> bool:
    """Whether an answer says nothing but the subject that the bridge itself wrote."""
    subject, body, _ = draft.words
    if answered is None or not subject or body.strip() or draft.files:
        return False
    if draft.wishes.kind == "binary":  # its octets are in the headers
        return False
    if policy.subject_style == "vendor" or not answered.subject:
        return is_answer(subject)  # to "Message from ...", "Text from ..."
    ours = re.escape(answered.subject) + r"(?: ?\[[^\[\]]*\])?"  # with the user context
    return re.fullmatch(ours, thread_subject(subject)) is not None


def _as_asked(envelope: Envelope, asked: Wishes) -> Envelope:
    """The envelope with X-SMS-Report's NOTIFY where the client gave none."""
    if not asked.notify:
        return envelope
    paths = (
        path if path.notify else replace(path, notify=asked.notify)
        for path in envelope.forward_paths
    )
    return replace(envelope, forward_paths=tuple(paths))


# ---------------------------------------------------------------- what goes out


def _batches(envelope: Envelope, most: int) -> Iterator[tuple[Destination, ...]]:
    """The destinations, each once: a list by itself, numbers as many as one request takes."""
    found = dict.fromkeys(each for path in envelope.forward_paths for each in path.destinations)
    for each in found:
        if isinstance(each, ListName):
            yield (each,)
    numbers = iter([each for each in found if isinstance(each, Msisdn)])
    while batch := tuple(islice(numbers, most)):
        yield batch


def _submissions(
    pattern: Submission, contents: tuple[Content, ...], batches: Iterable[tuple[Destination, ...]]
) -> Iterator[Submission]:
    """One submission for each content and batch; a part follows the part before it."""
    number = 0
    for batch in batches:
        before = ""
        for part, content in enumerate(contents, 1):
            number += 1
            each = replace(
                pattern,
                id=f"{pattern.mail}.{number}",
                destinations=batch,
                content=content,
                after=before,
                part=part,
            )
            yield each
            before = each.id


def _events(envelope: Envelope, found: Composed, now: float, ids: Ids) -> tuple[Event, ...]:
    """What was cut off, which files do not go, and which members of a group get nothing.

    Who hears of it is `core.audience`'s to say.
    """
    events: list[Event] = []
    if found.left_out or found.left:
        events.append(Truncated(ids.mail, found.sent, found.left, found.left_out, now))
    missed = tuple(
        Failure(each, State.REJECTED, no.enhanced, no.text, no.enhanced)
        for path in envelope.forward_paths
        for each, no in path.left_out
    )
    if missed:
        events.append(Undelivered(ids.mail, ids.mail, missed, now))
    return tuple(events)
