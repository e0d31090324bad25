"""From a mail to what is sent: the third step of the road out, before its 250.

Pure and total: any octets give a Mail, or a Refusal whose sentence its sender can act on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Literal

from bridge.compose.automatic import is_answer
from bridge.compose.content import said
from bridge.compose.media import Heavy
from bridge.compose.reading import mime
from bridge.compose.reading.rough import roughened
from bridge.compose.reading.weight import is_light
from bridge.compose.threads import message_id, references
from bridge.compose.understanding import Reading, Understanding, Way, understood
from bridge.compose.wishes import Wishes
from bridge.core import storms
from bridge.core.conversation import thread_subject, without_context
from bridge.core.events import Ending, Event, Truncated, Undelivered
from bridge.core.limits import limits_of
from bridge.core.model import (
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
from bridge.core.policy import Policy
from bridge.core.promises import Mail


def compose(
    envelope: Envelope,
    policy: Policy,
    facts: Facts,
    now: float,
    ids: Ids,
    *,
    pictures: Literal["opened", "left out"] = "opened",
    rough: bool = False,
) -> Mail | Refusal:
    """The mail as understood, with the submissions that carry it; or why it is not texted.

    `rough`: of its words only the beginning is read, and none of its files.
    """
    entity = mime.salvaged(envelope.content)
    if isinstance(entity, Refusal):
        return entity
    entity = roughened(entity) if rough else entity
    found = understood(envelope, entity, policy, facts, pictures=pictures)
    return found if isinstance(found, Refusal) else _mail(envelope, policy, found, now, ids)


def composed_lightly(
    envelope: Envelope, policy: Policy, facts: Facts, now: float, ids: Ids
) -> Mail | Refusal | Heavy:
    """As `compose`, for the loop: a mail that is not light, or has pictures to open, is only named
    heavy.
    """
    entity = mime.salvaged(envelope.content)
    if isinstance(entity, Refusal):
        return entity
    if not is_light(envelope.content, entity):
        return Heavy()
    found = understood(envelope, entity, policy, facts, pictures="put off")
    if isinstance(found, Refusal | Heavy):
        return found
    return _mail(envelope, policy, found, now, ids)


def _mail(envelope: Envelope, policy: Policy, found: Understanding, now: float, ids: Ids) -> Mail:
    read = found.reading
    own_id = message_id(read.letter.entity)
    thread = references(read.letter.entity)
    conversation = _conversation(ids, read, root=thread[0] if thread else own_id)
    return Mail(
        id=ids.mail,
        envelope=_as_asked(envelope, read.asked),
        profile=read.choice.profile.name,
        sender=read.sender,
        conversation=conversation,
        submissions=tuple(_submissions(policy, found, conversation, now, ids)),
        message_id=own_id,
        references=thread,
        events=_events(envelope, found, now, ids),
        closings=found.cleaned.closings,
        folding=storms.folding(policy, read.choice.profile, read.sender, envelope.session),
        reports=read.choice.profile.reports,
        answers_us=read.answers_us,
        limits=limits_of(policy, envelope.session, envelope.reverse_path),
    )


# ---------------------------------------------------------------- whose it is


def _conversation(ids: Ids, read: Reading, *, root: str) -> Conversation:
    """The conversation that the mail answers in; else the one that it begins, and its thread.

    Another user context begins one as well, in the same thread: what was texted before keeps its
    own, and so does whoever answers that.
    """
    context = read.asked.user_context
    subject = thread_subject(read.letter.subject, answer=is_answer(read.letter.entity))
    known = read.answered
    if known is None:
        return Conversation(ids.token, read.sender, subject, root, context)
    if not known.owner:  # a phone began it, and whoever answers first has it
        known = replace(
            known,
            owner=read.sender,
            subject=known.subject or without_context(subject, known.user_context),
            thread_root=known.thread_root or root,
        )
    if context in ("", known.user_context):
        return known
    return replace(known, token=ids.token, user_context=context)


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


def _submissions(
    policy: Policy, found: Understanding, conversation: Conversation, now: float, ids: Ids
) -> Iterator[Submission]:
    """One submission for each way, batch and content; a part follows the part before it."""
    read, profile = found.reading, found.reading.choice.profile
    number = 0
    for way in found.ways:
        contents = way.composed.contents
        for batch in _batches(way, policy.gateway_max_recipients):
            before = ""
            for part, content in enumerate(contents, 1):
                number += 1
                yield Submission(
                    id=f"{ids.mail}.{number}",
                    mail=ids.mail,
                    destinations=batch,
                    content=content,
                    accepted_at=now,
                    expires_at=now + (read.asked.expires or profile.expires),
                    profile=profile.name,
                    sender=read.sender,
                    originator=read.originator,
                    user_context=conversation.user_context or conversation.token,
                    segments=way.composed.segments,
                    after=before,
                    part=part,
                    parts=len(contents),
                    urgent=bool(way.draft.wishes.urgent),
                )
                before = f"{ids.mail}.{number}"


def _batches(way: Way, most: int) -> Iterator[tuple[Destination, ...]]:
    """The destinations, each once: a list by itself, numbers as many as one request takes."""
    found = dict.fromkeys([each for path in way.paths for each in path.destinations])
    for each in found:
        if isinstance(each, ListName):
            yield (each,)
    numbers = iter([each for each in found if isinstance(each, Msisdn)])
    while batch := tuple(islice(numbers, most)):
        yield batch


def _events(envelope: Envelope, found: Understanding, now: float, ids: Ids) -> tuple[Event, ...]:
    """What was cut off, which files do not go, and which members of a group get nothing.

    Who hears of it is `core.audience`'s to say.  Where the recipients get it in several ways, the
    one that leaves off most is told.
    """
    events: list[Event] = []
    composed = [way.composed for way in found.ways]
    cut = max(composed, key=lambda each: len(each.left))
    left_out = tuple(dict.fromkeys([f for each in composed for f in each.left_out]))
    off = tuple(dict.fromkeys([f for each in composed for f in each.media_off]))
    unread = found.reading.letter.entity.cut
    if unread:
        left_out += (f"some of the mail: {unread}",)
    if left_out or off or cut.left:
        sent = cut.sent or next((each.sent for each in composed if each.sent), "")
        sent = sent or said(cut)
        files = left_out + off
        events.append(Truncated(ids.mail, sent, cut.left, files, now, media_off=bool(off)))
    missed = tuple(
        [
            Ending(each, State.REJECTED, no.enhanced, no.text, no.enhanced)
            for path in envelope.forward_paths
            for each, no in path.left_out
        ]
    )
    if missed:
        events.append(Undelivered(ids.mail, ids.mail, missed, now))
    return tuple(events)
