"""What is decided of a mail, step by step, before anything of it is promised.

`compose` sends what is understood here, and `explaining` tells it: there is no second reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, overload

from bridge.compose import automatic, vendor
from bridge.compose.cleaning.history import answers
from bridge.compose.cleaning.rules import Cleaned, cleaned
from bridge.compose.content import Composed, Draft, composed
from bridge.compose.media import Heavy, Pictures
from bridge.compose.reading import letters, mime
from bridge.compose.reading.letters import Letter
from bridge.compose.reading.mime import Entity
from bridge.compose.wishes import NO_OPTIONS, Wishes, for_options, wishes
from bridge.compose.wording import Words
from bridge.core import policy as rules
from bridge.core.choices import CLEANING
from bridge.core.choosing import Choice, chosen
from bridge.core.conversation import is_answer, is_forward, is_repeated, thread_subject
from bridge.core.model import Conversation, Envelope, Facts, ForwardPath, Options, Refusal
from bridge.core.policy import Policy, Profile

_WORDLESS = Refusal(
    550, "5.6.0", "your answer has no words of its own; write them above the quoted text"
)
_ALL_BUT_MARKERS = tuple(step for step in CLEANING if step != "markers")


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail as read: what it says, what it asks for, and the profile that it came in by.

    `is_answer`: it is a person's and answers a mail, so that it may quote one; `answered` is the
    conversation in whose address it was sent; `answers_us`: it answers a mail of ours, by that or
    by its headers.
    """

    letter: Letter
    asked: Wishes
    choice: Choice
    is_answer: bool
    answered: Conversation | None
    sender: str
    originator: str
    answers_us: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What goes to those recipients who are to get the same."""

    paths: tuple[ForwardPath, ...]
    draft: Draft
    composed: Composed


@dataclass(frozen=True, slots=True)
class Understanding:
    """A mail as it will be sent: how it was read and cleaned, and each way in which it goes."""

    reading: Reading
    cleaned: Cleaned
    ways: tuple[Way, ...]


@overload
def understood(
    envelope: Envelope,
    entity: Entity,
    policy: Policy,
    facts: Facts,
    *,
    pictures: Literal["opened", "left out"],
) -> Understanding | Refusal: ...


@overload
def understood(
    envelope: Envelope,
    entity: Entity,
    policy: Policy,
    facts: Facts,
    *,
    pictures: Literal["put off"],
) -> Understanding | Refusal | Heavy: ...


def understood(
    envelope: Envelope, entity: Entity, policy: Policy, facts: Facts, *, pictures: Pictures
) -> Understanding | Refusal | Heavy:
    """All that is decided of a mail; why it is not texted; or that its pictures are heavy.

    `entity` is what is read of it.
    """
    read = _read(envelope, entity, policy, facts)
    if isinstance(read, Refusal):
        return read
    text = clean(read, facts)
    ways = sent_ways(envelope, policy, read, text, pictures=pictures)
    return Understanding(read, text, ways) if isinstance(ways, tuple) else ways


# ---------------------------------------------------------------- reading


def read_mail(envelope: Envelope, policy: Policy, facts: Facts) -> Reading | Refusal:
    """What a mail says and asks for, and by which profile; or why it is not texted."""
    entity = mime.salvaged(envelope.content)
    return entity if isinstance(entity, Refusal) else _read(envelope, entity, policy, facts)


def _read(envelope: Envelope, entity: Entity, policy: Policy, facts: Facts) -> Reading | Refusal:
    answer = any(path.token for path in envelope.forward_paths)
    named_ours = automatic.answers_us(entity, policy.domains)
    answers_us = answer or named_ours
    answered = _answered(envelope, facts)
    thread = answered.subject if answered else ""
    refusal = automatic.refusal(entity, envelope.reverse_path, answer=answers_us, thread=thread)
    if refusal:
        return refusal
    found = _letter(envelope, entity)
    if isinstance(found, Refusal):
        return found
    letter, asked = found
    sender = rules.sender(policy, envelope.session, envelope.reverse_path)
    if isinstance(sender, Refusal):
        return sender
    originator = _originator(envelope, policy, asked)
    if isinstance(originator, Refusal):
        return originator
    choice = chosen(
        policy,
        envelope.session,
        envelope.reverse_path,
        answer=answer,
        auto_generated=automatic.submitted(entity) == "auto-generated",
    )
    if entity.cut and _is_missing(letter, choice.profile):
        return mime.unreadable(entity.cut)
    # of a machine's mail nothing is cut, so it is not asked
    cleans = choice.profile.clean
    quotes = cleans and _is_answer(letter, in_conversation=answer, named_ours=named_ours)
    if quotes and "history" not in choice.profile.clean_except:
        letter = _without_old_files(letter)
    return Reading(letter, asked, choice, quotes, answered, sender, originator, answers_us)


def _is_missing(letter: Letter, profile: Profile) -> bool:
    """Whether what the profile texts is not among what is left of a mail."""
    return not (letter.lines or letter.files or (profile.text != "body" and letter.subject))


def _letter(envelope: Envelope, entity: Entity) -> tuple[Letter, Wishes] | Refusal:
    """The words, and what the headers ask for; in the vendor's form, what its lines ask for."""
    letter = letters.read(entity)
    if isinstance(letter, Refusal):
        return letter
    asked = wishes(entity)
    if isinstance(asked, Refusal) or not envelope.vendor_form:
        return asked if isinstance(asked, Refusal) else (letter, asked)
    ordered = vendor.read(letter)
    if isinstance(ordered, Refusal):
        return ordered
    return ordered.letter, asked.over(ordered.wishes)


def _without_old_files(letter: Letter) -> Letter:
    """The letter without the files of the mail that it answers, which falls too."""
    old = tuple(each for each in letter.files if each.of_history)
    if not old:
        return letter
    notes = (f"{each.told}: a picture in the history was passed over" for each in old)
    kept = tuple(each for each in letter.files if not each.of_history)
    return replace(letter, files=kept, notes=(*letter.notes, *notes))


def _is_answer(letter: Letter, *, in_conversation: bool, named_ours: bool) -> bool:
    """Whether it answers a mail, by its address, its headers or what it quotes.

    One that is forwarded is itself the message, wherever it is sent.  Outlook's forwards name the
    mail that is passed on as answers do: only one of ours (`named_ours`) tells `VS:` apart.
    """
    if is_forward(letter.subject, answer=named_ours):
        return False
    named = in_conversation or is_answer(letter.subject) or automatic.is_answer(letter.entity)
    return named or answers(letter.lines)


def _originator(envelope: Envelope, policy: Policy, asked: Wishes) -> str | Refusal:
    """What the handset shows: as asked, if the sender's rule has it; else the rule's first."""
    rule = rules.rule_for(policy, envelope.session, envelope.reverse_path)
    allowed = rule.originators if rule else ()
    if not asked.originator:
        return allowed[0] if allowed else policy.originator
    if asked.originator in allowed:
        return asked.originator
    theirs = f"only {', '.join(allowed)}" if allowed else "none"
    name = "From" if envelope.vendor_form else "X-SMS-From"
    no = f"{name}: {asked.originator[:40]!a} is no originator of this sender, who has {theirs}"
    return Refusal(550, "5.7.1", no)


def _answered(envelope: Envelope, facts: Facts) -> Conversation | None:
    """The conversation that the mail answers in, if any."""
    tokens = [path.token for path in envelope.forward_paths if path.token]
    return next(filter(None, map(facts.conversations.get, tokens)), None)


# ---------------------------------------------------------------- cleaning


def clean(read: Reading, facts: Facts) -> Cleaned:
    """The words that its author wrote; of a machine's mail only what it marked itself is cut."""
    profile = read.choice.profile
    without = {*profile.clean_except, *(() if profile.clean else _ALL_BUT_MARKERS)}
    if read.letter.is_html:
        without.add("unwrap")
    return cleaned(
        read.letter.lines,
        answer=read.is_answer,
        subject=read.letter.subject,
        without=without,
        tails=facts.tails if profile.learn_tails else (),
        learn=profile.learn_tails,
    )


# ---------------------------------------------------------------- composing


def sent_ways(
    envelope: Envelope,
    policy: Policy,
    read: Reading,
    text: Cleaned,
    *,
    pictures: Pictures = "opened",
) -> tuple[Way, ...] | Refusal | Heavy:
    """In which ways the words go out, or why they do not: in one of them, for all."""
    ways: list[Way] = []
    is_ours = _is_our_subject(read.letter.subject, read.answered, policy)
    for options, paths in _alike(envelope):
        draft = _draft(envelope, read, text, options)
        if is_ours:
            if _is_wordless(draft):
                return _WORDLESS
            # a phone is not to read what the bridge wrote: nor as the title of a picture
            draft = replace(draft, words=draft.words._replace(subject=""))
        found = composed(draft, policy, pictures=pictures)
        if isinstance(found, Refusal) and options.kind:
            return replace(found, text=f"{paths[0].address}: {found.text}")
        if not isinstance(found, Composed):
            return found
        ways.append(Way(paths, draft, found))
    return tuple(ways)


def _alike(envelope: Envelope) -> Iterator[tuple[Options, tuple[ForwardPath, ...]]]:
    """The recipients whose addresses ask for the same; nobody is one such, for `explain`."""
    paths = envelope.forward_paths
    if len(paths) == 1:  # as there mostly is
        yield paths[0].options, paths
        return
    for options in dict.fromkeys(path.options for path in paths) or (NO_OPTIONS,):
        yield options, tuple(path for path in paths if path.options == options)


def _draft(envelope: Envelope, read: Reading, text: Cleaned, options: Options) -> Draft:
    """The words that its author wrote, and all that bears on how they are sent."""
    letter, profile = read.letter, read.choice.profile
    is_template = "{" in profile.text  # that alone may name the author
    author = (letter.entity.text("from") or envelope.reverse_path) if is_template else ""
    words = Words(letter.subject, text.text, author)
    return Draft(words, letter.files, for_options(options, read.asked), profile)


def _is_wordless(draft: Draft) -> bool:
    """Whether nothing but its subject says anything; a binary text's octets are in the headers."""
    return not (draft.words.body.strip() or draft.files or draft.wishes.kind == "binary")


def _is_our_subject(subject: str, answered: Conversation | None, policy: Policy) -> bool:
    """Whether an answer's subject is the thread's, or one that the bridge itself wrote."""
    if answered is None or not subject:
        return False
    said = thread_subject(subject, answer=True)
    # to "Message from ...", "Text from ...", "... has opted in again": none is the thread's own
    began = answered.subject if policy.subject_style == "thread" else ""
    if is_answer(subject) and not (began and said.startswith(began)):
        return True
    return is_repeated(answered.subject, said)
