"""A MIME tree as a person reads it: the words, and the files that come with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.compose.lines import Line, Within, text_of
from bridge.compose.reading import invitations, likeness, plaintext, signed, texts, tnef
from bridge.compose.reading.mime import Entity
from bridge.core.conversation import is_forward
from bridge.core.model import Refusal

DECORATION = 20_000  # octets; a picture that the HTML shows and that is no larger adorns

_FILES = frozenset(
    f"text/{each}" for each in ("calendar", "vcard", "x-vcard", "directory", "rtf", "csv", "css")
)
_NOT_SAID = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pkcs7-mime",  # what is left of them: certificates
        "application/x-pkcs7-mime",
        "text/x-amp-html",
        "message/delivery-status",
        "message/disposition-notification",
    )
)
_CALENDARS = frozenset(("text/calendar", "application/ics"))
_WINMAIL = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail, as it came: the sender's name for it is not to be trusted."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as read: its outermost entity for the headers, its subject, words and files.

    `notes` say in a sentence each how it was read, where that is not plain (`smsbridge explain`);
    `is_html`: the lines are those that HTML shows, and no mail program broke them.
    """

    entity: Entity
    subject: str = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()
    is_html: bool = False

    @property
    def body(self) -> str:
        """The words, in lines."""
        return text_of(self.lines)


@dataclass(slots=True)
class _Found:
    """What one entity holds.

    `texts` are in their order; `spare` is said only where nothing else is.  Each of the `files`
    comes with the Content-ID by which the HTML may show it; `pictures` are those that it does show,
    with where they stand.  `why_not` says why nobody but the addressee can read it.
    """

    texts: list[tuple[Line, ...]] = field(default_factory=list)
    spare: list[tuple[Line, ...]] = field(default_factory=list)
    invitations: list[str] = field(default_factory=list)
    files: list[tuple[File, str]] = field(default_factory=list)
    pictures: dict[str, Within] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    why_not: str = ""
    is_html: bool = False


def read(entity: Entity) -> Letter | Refusal:
    """What the mail says; a refusal where only its addressee could read it."""
    opened = signed.unwrapped(entity)
    if isinstance(opened, Refusal):
        return opened
    secret = signed.secret(opened)
    found = _Found() if secret else _read(opened, root=True)
    secret = secret or found.why_not
    if secret:
        return Refusal(554, "5.7.0", f"this mail cannot be texted: {secret}")
    if opened is not entity:
        found.notes.insert(0, "the text was wrapped in its signature (S/MIME): unwrapped")
    subject = entity.text("subject")
    lines = _lines(found)
    files = _meant(found, says_something=bool(lines), forwards=is_forward(subject))
    notes = tuple(dict.fromkeys(found.notes))
    return Letter(entity, subject, lines, tuple(files), notes, found.is_html)


def _lines(found: _Found) -> tuple[Line, ...]:
    """All that is said: the words, and below them the invitations that they do not tell of."""
    said = found.texts or found.spare
    lines = [line for text in said for line in text]
    if not lines and not found.invitations:
        calendars = (invitations.line(file.body) for file, _ in found.files if _is_calendar(file))
        found.invitations += [line for line in calendars if line][:1]
    words = text_of(lines)
    lines += [Line(each) for each in found.invitations if not invitations.is_told(words, each)]
    return tuple(lines)


def _is_calendar(file: File) -> bool:
    return file.media_type in _CALENDARS or file.name.lower().endswith(".ics")


def _meant(found: _Found, *, says_something: bool, forwards: bool) -> Iterator[File]:
    """The files that are the message's: not what adorns it, stands in the signature, or was in
    the mail that it answers; nor the calendar of an invitation that is told in words.
    """
    for file, shown in found.files:
        within = found.pictures.get(shown) if shown else None
        if found.invitations and _is_calendar(file):
            continue
        if within == "signature" or (within == "history" and not forwards):
            found.notes.append(f"a picture in the {within} was passed over")
        elif within is not None and says_something and len(file.body) <= DECORATION:
            found.notes.append("a small picture that the HTML shows was passed over")
        else:
            yield file


# ---------------------------------------------------------------- the tree


def _read(entity: Entity, *, root: bool = False) -> _Found:
    match entity.media_type:
        case "multipart/alternative":
            return _alternative(entity)
        case "multipart/signed":
            return _joined([_read(each) for each in entity.children[:1]])
        case _ if entity.children:
            return _joined([_read(each) for each in entity.children])
        case _:
            return _leaf(entity, root=root)


def _joined(found: list[_Found]) -> _Found:
    whole = _Found(is_html=any(each.is_html for each in found))
    for each in found:
        whole.texts += each.texts
        whole.spare += each.spare
        whole.invitations += each.invitations
        whole.files += each.files
        whole.pictures |= each.pictures
        whole.notes += each.notes
        whole.why_not = whole.why_not or each.why_not
    return whole


def _alternative(entity: Entity) -> _Found:
    """The plain text if it says something, else the HTML; the files of both.

    A plain part that says less than a tenth of what the HTML says is a stub ("your client
    cannot show this mail").  Other forms of the same words are no files.
    """
    read = [_read(each) for each in entity.children if each.children or _is_shown(each)]
    plain = next((each.texts for each in read if each.texts and not each.is_html), [])
    rich = next((each.texts for each in reversed(read) if each.texts and each.is_html), [])
    whole = _joined(read)
    whole.is_html = not plain
    if not plain or not rich:
        whole.texts = plain or rich
        return whole
    if 10 * sum(map(likeness.said, plain)) < sum(map(likeness.said, rich)):
        whole.notes.append("the plain text says less than a tenth of the HTML: the HTML is read")
        whole.texts, whole.is_html = rich, True
        return whole
    marks = [line for text in rich for line in text]
    whole.texts = [likeness.marked(_without_markup(text), marks) for text in plain]
    return whole


def _without_markup(lines: tuple[Line, ...]) -> list[Line]:
    return [Line(plaintext.without_markup(text), within) for text, within in lines]


def _is_shown(leaf: Entity) -> bool:
    kind = leaf.media_type
    if kind in _CALENDARS:
        return True
    return kind.startswith(("text/", "image/", "audio/", "video/")) and kind not in _FILES


def _leaf(entity: Entity, *, root: bool) -> _Found:
    kind = entity.media_type
    name = entity.filename
    attached = entity.disposition == "attachment"
    if kind in _NOT_SAID:
        return _Found()
    if kind in _WINMAIL or name.lower() == "winmail.dat":
        return _winmail(entity)
    if kind == "text/calendar" and not attached:
        line = invitations.line(entity.octets(), entity.parameters.get("charset", ""))
        if line:
            return _Found(invitations=[line])
        return _Found(notes=["a calendar without an event was passed over"])
    if kind.startswith("text/") and kind not in _FILES and not attached and (root or not name):
        return _words(entity)
    octets = entity.octets()
    if not octets:
        return _Found()
    shown = kind.startswith("image/") and not attached
    identity = entity.raw("content-id").strip(" \t<>") if shown else ""
    return _Found(files=[(File(name, kind, octets), identity)])


def _words(entity: Entity) -> _Found:
    part = texts.read(entity)
    files = [
        (File(n, "application/octet-stream", octets), "") for n, octets in part.files if octets
    ]
    return _Found(
        texts=[part.lines] if part.lines else [],
        files=files,
        pictures=part.pictures,
        notes=part.notes,
        why_not=part.why_not,
        is_html=part.is_html,
    )


def _winmail(entity: Entity) -> _Found:
    """What Outlook packed into a winmail.dat; its words mostly stand beside it already."""
    octets = entity.octets()
    opened = tnef.opened(octets)
    if opened is None:
        file = File(entity.filename, entity.media_type, octets)
        return _Found(files=[(file, "")], notes=["winmail.dat could not be opened"])
    return _Found(
        spare=[texts.lines(opened.text)] if opened.text.strip() else [],
        files=[(File(each.name, each.media_type, each.body), "") for each in opened.files],
        notes=["winmail.dat was opened"],
    )
