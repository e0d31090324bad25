"""What each part of a MIME tree holds: words, files, invitations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bridge.compose.lines import Line, Within, text_of
from bridge.compose.reading import bystanders, invitations, likeness, plaintext, texts, tnef
from bridge.compose.reading.files import File
from bridge.compose.reading.mime import Entity

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
_WORDS = frozenset(("text/plain", "text/html"))
CALENDARS = frozenset(("text/calendar", "application/ics"))
_NOTICE = "a notice of a scanner, a gateway or a mailing list was passed over"
_WINMAIL = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file, and what may make it none of the message's own.

    `known_as` are its Content-ID and its Content-Location, by which HTML may show it; `with_page`:
    it came as a part of the HTML page (RFC 2387), shown or not.
    """

    file: File
    known_as: tuple[str, ...] = ()
    with_page: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one text part, and whether HTML shows them."""

    lines: tuple[Line, ...]
    is_html: bool = False


@dataclass(slots=True)
class Found:
    """What one entity holds.

    `texts` are in their order; `spare` is said only where nothing else is, and so are the `named`
    parts: words that have a file's name, each with the file that it is otherwise.  `places` are
    where the HTML shows its pictures.  `why_not` says why nobody but the addressee can read it.
    """

    texts: list[Said] = field(default_factory=list)
    spare: list[Said] = field(default_factory=list)
    named: list[tuple[Entity, Enclosed]] = field(default_factory=list)
    invitations: list[str] = field(default_factory=list)
    files: list[Enclosed] = field(default_factory=list)
    places: dict[str, Within] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    why_not: str = ""


def read(root: Entity) -> Found:
    """What a mail holds; where nothing is said, the first part with a file's name is the words."""
    found = _without_notices(_held(root, body=True))
    if found.spare or not found.named or not all(map(_is_notice, found.texts)):
        return found
    entity, enclosed = found.named[0]
    words = _words(entity)
    if not words.texts and not words.why_not:
        return found
    found.files.remove(enclosed)
    found.notes.append(f"{enclosed.file.told}: there are no other words, read as those")
    return _without_notices(_joined((words, found)))


def _without_notices(found: Found) -> Found:
    """What is found without the notices of programs; alone, such a text is the message."""
    words = [text for text in found.texts if not _is_notice(text)]
    if len(words) < len(found.texts) and (words or found.spare or found.invitations):
        found.texts = words
        found.notes.append(_NOTICE)
    return found


def _is_notice(text: Said) -> bool:
    return bystanders.is_notice(text_of(text.lines))


def _held(entity: Entity, *, body: bool = False) -> Found:
    """What an entity holds; `body`: it stands where a mail's words do, whatever it calls itself."""
    children = entity.children
    match entity.media_type:
        case "multipart/alternative":
            return _alternative(entity)
        case "multipart/signed":
            return _joined([_held(each, body=body) for each in children[:1]])
        case "multipart/related":
            return _related(entity, body=body)
        case _ if children:
            return _joined([_held(each) for each in children])
        case _:
            return _leaf(entity, body=body)


def _joined(found: Iterable[Found]) -> Found:
    whole = Found()
    for each in found:
        whole.texts += each.texts
        whole.spare += each.spare
        whole.named += each.named
        whole.invitations += each.invitations
        whole.files += each.files
        whole.places |= each.places
        whole.notes += each.notes
        whole.why_not = whole.why_not or each.why_not
    return whole


def _related(entity: Entity, *, body: bool) -> Found:
    """A page, and what it is made of (RFC 2387)."""
    parts = [_held(each, body=body and at == 0) for at, each in enumerate(entity.children)]
    whole = _joined(parts)
    if any(text.is_html for text in whole.texts):
        whole.files = [replace(e, with_page=bool(e.known_as)) for e in whole.files]
    return whole


def _alternative(entity: Entity) -> Found:
    """The plain text if it says something, else the HTML; the files of both.

    A plain part is a stub ("your client cannot show this mail") by its words, or if it says less
    than a tenth of what the HTML says.  Other forms of the same words are no files.
    """
    children = [each for each in entity.children if each.children or _is_shown(each)]
    read = [_held(each, body=_is_body(each, children)) for each in children]
    forms = [(each, found.texts) for each, found in zip(children, read, strict=True) if found.texts]
    if speaking := [form for form in forms if not all(map(_is_notice, form[1]))]:
        forms = speaking
    rich = next((texts for _, texts in reversed(forms) if _is_rich(texts)), [])
    plain = next((texts for each, texts in forms if _is_plain(each, texts)), [])
    whole = _joined(read)
    whole.texts = plain or rich or (forms[0][1] if forms else [])
    if plain and rich:
        marks = [line for text in rich for line in text.lines]
        if stub := _stub(plain, marks):
            whole.notes.append(stub)
            whole.texts = rich
        else:
            whole.texts = [replace(text, lines=as_marked(text.lines, marks)) for text in plain]
    return whole


def _is_body(form: Entity, forms: Iterable[Entity]) -> bool:
    """Whether one form of a text is words even if it has a file's name: no other of its kind has
    none.
    """
    alike = (each for each in forms if each.media_type == form.media_type)
    return not _is_named(form) or all(map(_is_named, alike))


def _is_named(part: Entity) -> bool:
    return bool(part.filename) or part.disposition == "attachment"


def _is_rich(texts: Iterable[Said]) -> bool:
    return any(text.is_html for text in texts)


def _is_plain(form: Entity, texts: Iterable[Said]) -> bool:
    return (bool(form.children) or form.media_type == "text/plain") and not _is_rich(texts)


def _stub(plain: Sequence[Said], rich: Sequence[Line]) -> str:
    """The note on a plain part that is a stub; "" if it is none."""
    if bystanders.is_stub("\n".join(text_of(text.lines) for text in plain)):
        return "the plain text only stands for the HTML: the HTML is read"
    if 10 * sum(likeness.said(text.lines) for text in plain) < likeness.said(rich):
        return "the plain text says less than a tenth of the HTML: the HTML is read"
    return ""


def as_marked(lines: Iterable[Line], rich: Sequence[Line]) -> tuple[Line, ...]:
    """Lines of plain text, without what HTML left in them, marked as those of the HTML are."""
    bare = [Line(plaintext.without_markup(text), within) for text, within in lines]
    return likeness.marked(bare, rich)


def _is_shown(leaf: Entity) -> bool:
    kind = leaf.media_type
    if kind in CALENDARS:
        return True
    return kind.startswith(("text/", "image/", "audio/", "video/")) and kind not in _FILES


def _leaf(entity: Entity, *, body: bool) -> Found:
    kind = entity.media_type
    name = entity.filename
    attached = entity.disposition == "attachment"
    if kind in _NOT_SAID:
        return Found()
    if kind in _WINMAIL or name.lower() == "winmail.dat":
        return _winmail(entity)
    if kind == "text/calendar" and not attached:
        line = invitations.line(entity.octets(), entity.parameters.get("charset", ""))
        if line:
            return Found(invitations=[line])
        return Found(notes=["a calendar without an event was passed over"])
    if kind.startswith("text/") and kind not in _FILES and (body or not _is_named(entity)):
        return _words(entity)
    file = File(name, kind, entity.body, encoding=entity.encoding)
    if not file.beginning:
        return Found(notes=[f"{file.told}: an empty file was passed over"])
    enclosed = Enclosed(file, () if attached else tuple(_known_as(entity)))
    named = [(entity, enclosed)] if kind in _WORDS and not attached else []
    return Found(files=[enclosed], named=named)


def _known_as(entity: Entity) -> Iterator[str]:
    """The names by which HTML may show a picture (RFC 2392, RFC 2557)."""
    if entity.media_type.startswith("image/"):
        given = (entity.raw("content-id").strip(" \t<>"), entity.raw("content-location").strip())
        yield from filter(None, given)


def _words(entity: Entity) -> Found:
    part = texts.read(entity)
    files = [File(n, "application/octet-stream", octets) for n, octets in part.files if octets]
    return Found(
        texts=[Said(part.lines, part.is_html)] if part.lines else [],
        files=list(map(Enclosed, files)),
        places=part.pictures,
        notes=part.notes,
        why_not=part.why_not,
    )


def _winmail(entity: Entity) -> Found:
    """What Outlook packed into a winmail.dat; its words mostly stand beside it already."""
    octets = entity.octets()
    opened = tnef.opened(octets)
    if opened is None:
        file = File(entity.filename, entity.media_type, octets)
        return Found(files=[Enclosed(file)], notes=["winmail.dat could not be opened"])
    files = [File(each.name, each.media_type, each.body) for each in opened.files]
    return Found(
        spare=[Said(texts.lines(opened.text))] if opened.text.strip() else [],
        files=list(map(Enclosed, files)),
        notes=["winmail.dat was opened"],
    )
