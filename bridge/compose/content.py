"""From words and files to what is sent: the six kinds, counted, cut or refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.compose import media, special
from bridge.compose.media import Heavy, Pictures
from bridge.compose.reading.files import File
from bridge.compose.wishes import Wishes
from bridge.compose.wording import Words, first_line, tidy, worded
from bridge.core import gsm
from bridge.core.model import Content, Mms, Part, Refusal, Text, Unicode, Voice
from bridge.core.policy import Policy, Profile

MAX_MMS_TEXT = 5_000  # characters
MAX_MMS_SUBJECT = 80  # characters
MAX_COUNTED = 20_000  # characters of a text that is refused
_HEADROOM = 4  # a character may be composed of so many before look-alikes are replaced


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail on its way to being a text: its words (cleaned), its files, and what it asks for."""

    words: Words
    files: tuple[File, ...]
    wishes: Wishes
    profile: Profile

    @property
    def max_segments(self) -> int:
        """The profile's limit, or the mail's own where that is lower."""
        return min(self.profile.max_segments, self.wishes.max_segments or 10)


@dataclass(frozen=True, slots=True)
class Composed:
    """What goes out: one content, or numbered ones in their order, `segments` billed for each.

    `sent` and `left` are the text as it goes and what was cut off ("" where nothing was);
    `left_out` has a line for each file that does not go: its name, and why; `notes` one for each
    that was changed; `media_off` names those that only the profile keeps from going.  `written` is
    a text before look-alikes were replaced.
    """

    contents: tuple[Content, ...]
    segments: int = 1
    sent: str = field(default="", repr=False)
    left: str = field(default="", repr=False)
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    media_off: tuple[str, ...] = ()
    written: str = field(default="", repr=False)


def composed(
    draft: Draft, policy: Policy, *, pictures: Pictures = "opened"
) -> Composed | Refusal | Heavy:
    """What the mail becomes, of the kind that it asks for or is fit for."""
    match draft.wishes.kind:
        case "binary":
            found = special.binary(draft.wishes)
            return found if isinstance(found, Refusal) else Composed((found,))
        case "wap-push":
            words = _worded(draft)
            push = special.wap_push(draft.wishes, words)
            return push if isinstance(push, Refusal) else Composed((push,), written=words)
        case "mms" if not draft.profile.media:
            return Refusal(550, "5.7.1", f"profile {draft.profile.name} sends no media")
        case "mms":
            return _mms(draft, policy, pictures=pictures)
        case "" if draft.profile.media and draft.files:
            return _mms(draft, policy, pictures=pictures)
        case _:
            text = _text(draft, policy, note=media.counted(draft.files))
            if isinstance(text, Refusal) or draft.profile.media or not draft.files:
                return text
            names = tuple(media.shown(each) for each in draft.files)
            return replace(text, sent=text.sent or said(text), media_off=names)


def _worded(draft: Draft) -> str:
    return worded(draft.profile.text, draft.words)


# ---------------------------------------------------------------- texts


def _text(draft: Draft, policy: Policy, *, note: str = "") -> Composed | Refusal:
    """The words as a text that ends in the note on its files; cut or refused above the limit."""
    text = _worded(draft)
    if not text and not note:
        return Refusal(
            550, "5.6.0", "there is nothing to text: the mail has no words, no subject and no files"
        )
    carrier = _Carrier(draft.wishes.kind, policy)
    tail = f" {note}" if text and note else note
    most = draft.max_segments
    head = text[: most * gsm.ALONE * _HEADROOM]
    whole = carrier.spelt(head + tail)
    if len(head) == len(text) and len(whole) <= most * gsm.ALONE:
        count = carrier.count(whole)
        if count <= most:
            return carrier.carried(whole, count, written=text)
    if draft.profile.over_limit == "refuse":
        return _too_long(text + tail, carrier, most)
    mark = gsm.MARK + tail
    cut = gsm.shortened(
        head[: most * gsm.ALONE], lambda t: carrier.count(carrier.spelt(t)) <= most, mark
    )
    sent = carrier.spelt(cut)
    left = text[len(cut) - len(mark) :].lstrip()
    return carrier.carried(sent, carrier.count(sent), sent=sent, left=left, written=cut)


def _too_long(text: str, carrier: _Carrier, most: int) -> Refusal:
    """The refusal with the counts; those of a text that is far too long are a floor."""
    counted = text[:MAX_COUNTED]
    needed = carrier.count(carrier.spelt(counted))
    at_least = "at least " if len(counted) < len(text) else ""
    return Refusal(
        550,
        "5.3.4",
        f"the text has {len(text)} characters and takes {at_least}{needed} segments, "
        f"{most} at most",
    )


@dataclass(frozen=True, slots=True)
class _Carrier:
    """How a text goes out: spelt, counted and carried in the cheapest alphabet that it may have."""

    kind: str
    policy: Policy

    def spelt(self, text: str) -> str:
        """The text in the characters in which it goes."""
        if self.kind == "unicode":
            return gsm.normalised(text)
        return gsm.with_lookalikes_replaced(text)

    def is_unicode(self, text: str) -> bool:
        """Whether it goes as Unicode though the GSM alphabet may have it.

        Where that was asked for, and where the gateway's form cannot hold it: the euro sign is
        GSM, and no Latin-1.
        """
        return self.kind == "unicode" or (self.policy.latin1 and max(text, default="") > "\xff")

    def count(self, text: str) -> int:
        """How many segments, or numbered parts, `carried` makes of a text."""
        count = gsm.segments if self.policy.concatenate_unicode else gsm.numbered
        return count(text, unicode=self.is_unicode(text))

    def carried(
        self, text: str, count: int, *, written: str, sent: str = "", left: str = ""
    ) -> Composed:
        """The contents that carry a text, of which `count` is known."""
        contents: tuple[Content, ...]
        if self.kind == "voice":
            contents, count = (Voice(text),), 1
        elif gsm.is_gsm(text) and not self.is_unicode(text):
            contents = (Text(text),)
        elif self.policy.concatenate_unicode:
            contents = (Unicode(text),)
        else:
            contents, count = tuple(map(Unicode, gsm.parts(text))), 1
        return Composed(contents, count, sent, left, written=written)


# ---------------------------------------------------------------- multimedia


def _mms(draft: Draft, policy: Policy, *, pictures: Pictures) -> Composed | Refusal | Heavy:
    """The files with the words as first part; only the words where no file can go."""
    body = tidy(draft.words.body)
    shown = _within(body, MAX_MMS_TEXT)
    first = (Part(media.TEXT_NAME, "text/plain", shown.encode()),) if shown else ()
    taken = sum(len(part.body) for part in first)
    chosen = media.selected(
        draft.files, policy.mms_types, policy.mms_max_size, taken=taken, pictures=pictures
    )
    if isinstance(chosen, Heavy):
        return chosen
    if not chosen.parts and not (draft.wishes.kind == "mms" and first):
        return _without_files(draft, policy, chosen.left_out)
    parts = (*first, *chosen.parts)
    # the gateway takes no empty subject; what wrote none and says nothing has a file with a name
    said = draft.words.subject or first_line(body) or parts[0].name
    subject = _within(said, MAX_MMS_SUBJECT)
    whole = shown == body
    return Composed(
        (Mms(subject, parts),),
        sent=shown if chosen.left_out or not whole else "",
        left="" if whole else body[len(shown) - len(gsm.MARK) :],
        left_out=chosen.left_out,
        notes=chosen.notes,
    )


def _without_files(draft: Draft, policy: Policy, left_out: tuple[str, ...]) -> Composed | Refusal:
    if left_out and not _worded(draft):
        return Refusal(
            550,
            "5.3.4",
            f"none of its files can be sent: {'; '.join(left_out)[:250]!a}; allowed are "
            f"{', '.join(policy.mms_types)} of {media.octets(policy.mms_max_size)} together",
        )
    text = _text(draft, policy)
    if isinstance(text, Refusal):
        return text
    return replace(text, sent=text.sent or said(text), left_out=left_out)


def said(composed: Composed) -> str:
    """The text of contents that carry one; "" for others."""
    return "\n".join(
        each.text for each in composed.contents if isinstance(each, Text | Unicode | Voice)
    )


def _within(text: str, most: int) -> str:
    """A text of `most` characters at most."""
    if len(text) <= most:
        return text
    return gsm.shortened(text[: most + 1], lambda each: len(each) <= most)
