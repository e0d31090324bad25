"""An explanation as a value: plain enough for JSON, in the order of the steps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address: the numbers and lists it stands for, or why it cannot be texted.

    `options` are those behind the address, in the words of its headers; `left_out` are members of
    a group who get nothing, and why.
    """

    address: str
    destinations: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line of the mail's words, and the step that took it; "" if it stays."""

    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Character:
    """A character by its name in Unicode; `sent` is what goes in its place, None for itself."""

    character: str
    name: str
    sent: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """What would go to some of the recipients.

    `kind` is text, unicode, mms, binary, wap-push or voice; `texts` are the exact texts, numbered
    parts each by itself; `segments` are billed for each number, `most` is how many it may have.
    `unicode_why` says why a text goes as Unicode, `forcing` are the characters that make it so,
    `replaced` those that are sent as others.  `credits` is None where only the gateway knows: for
    lists, calls and multimedia.
    """

    destinations: tuple[str, ...]
    kind: str
    subject: str
    texts: tuple[str, ...]
    files: tuple[str, ...]
    segments: int
    most: int
    credits: int | None
    unicode_why: str
    forcing: tuple[Character, ...]
    replaced: tuple[Character, ...]
    left: str
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, from the recipients to the cost.

    `asked` is what headers and the vendor's lines ask for; `form` what becomes the text by the
    profile, `form_why` says where that was not so.  `refusal` is what its client would be told in
    the place of 250.
    """

    recipients: tuple[Recipient, ...]
    sender: str = ""
    subject: str = ""
    profile: str = ""
    why: str = ""
    asked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[ToldLine, ...] = ()
    form: str = ""
    form_why: str = ""
    sendings: tuple[Sending, ...] = ()
    refusal: str = ""
