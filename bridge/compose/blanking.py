"""A user's name and password in the vendor's form, blanked in the mail's own octets.

Headers are written anew; a text part is blanked under its transfer encoding and encoded again.
Whether one is left anywhere is `leftovers`' to say.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from email.header import Header

from bridge.compose.reading import charsets, letters
from bridge.compose.reading.letters import Letter
from bridge.compose.reading.mime import Entity

NAMES = ("to", "from", "usercontext", "maxconcat", "username", "password")
"""The parameters of the vendor's form."""

SECRET = ("username", "password")
BLANK = "***"

_ANY = "|".join(NAMES).encode()
_SECRETS = "|".join(SECRET).encode()
_SPACE = rb"(?:[ \t\xa0]|\xc2\xa0)"
# Not where a value ends before its line does: at the next parameter's name, and at the mark.
_BREAKS = rb"(?![\s,;]{1,8}(?:" + _ANY + rb")\s{0,8}:|\s{0,8}\[StartOfMessage\])"
# Not where another name follows at once: `Username: Password: x` gives no user's name.
_NOT_NEXT = rb"(?!(?:" + _ANY + rb")\s{0,8}:)"
# A value up to its last octet that is no space, which stay: they part it from the next name.
_VALUE = rb"(?:" + _BREAKS + rb"[^\n])*" + _BREAKS + rb"\S"
# A name and its value in plain text or a header; a password may begin as another name does.
_PLAIN = re.compile(
    rb"(?<![^\s,;])((?:username" + _SPACE + rb"{0,80}:" + _SPACE + rb"{0,80}" + _NOT_NEXT
    + rb"|password" + _SPACE + rb"{0,80}:" + _SPACE + rb"{0,80}))(?=\S)" + _VALUE,
    re.IGNORECASE,
)  # fmt: skip
# What may stand around the colon in HTML: spaces, and tags that do not end the line.
_INLINE = (
    rb"(?:\s|\xa0|\xc2\xa0|&nbsp;|&#160;|</?(?:span|b|i|u|strong|em|font|a|td|th)\b[^<>]{0,500}>)"
)
# A name and its value in HTML, up to the next tag; what is left behind it `leftovers` finds.
_HTML = re.compile(
    rb"(?<![^\s,;>])((?:" + _SECRETS + rb")" + _INLINE + rb"{0,40}:" + _INLINE + rb"{0,40})"
    + _NOT_NEXT + rb"(?=\S)(?:" + _BREAKS + rb"[^<\n])+",
    re.IGNORECASE,
)  # fmt: skip
# A tag with its attributes: mail programs repeat the value there (`<a href="mailto:jo@x">jo@x`).
_TAG = re.compile(rb"<(/?[a-z0-9]+)[^<>]*>", re.IGNORECASE)
_NAMED = re.compile(_SECRETS, re.IGNORECASE)
_FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)


def secrets(said: Iterable[tuple[str, str]]) -> int:
    """How many parameters give what is to be blanked."""
    return sum(name in SECRET and value not in ("", BLANK) for name, value in said)


def blanked(content: bytes, entity: Entity, count: Callable[[Letter], int]) -> bytes:
    """A mail with its secrets blanked; as it came if it has none.

    `count` says of a text part, read by itself, how many values in it are secret: its first ones.
    """
    octets = content.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    head = octets.find(b"\n\n") if b"\n\n" in octets else len(octets)
    made = _FIELD.sub(_field, octets[:head]) + octets[head:]
    for leaf in _leaves(entity):
        named = leaf.media_type in ("text/plain", "text/html") and _NAMED.search(leaf.octets())
        read = letters.read(leaf) if named else None
        many = count(read) if isinstance(read, Letter) else 0
        if many:
            made = made.replace(leaf.body, _body(leaf, many))
    return content if made == octets else made.replace(b"\n", b"\r\n")


def _leaves(entity: Entity) -> Iterator[Entity]:
    if not entity.children:
        yield entity
    for child in entity.children:
        yield from _leaves(child)


def _field(field: re.Match[bytes]) -> bytes:
    """A header line; mail programs repeat the subject in others (Thread-Topic)."""
    name = field[1].decode()
    text = charsets.header(field[2].decode("ascii", "surrogateescape").replace("\n", ""))
    said = f"{name}: {text}" if name.lower() in SECRET else text
    blank = _PLAIN.sub(rb"\1" + BLANK.encode(), said.encode()).decode()
    if blank == said:
        return field[0]
    value = blank.removeprefix(f"{name}: ") if said != text else blank
    charset = "us-ascii" if value.isascii() else "utf-8"
    return f"{name}: {Header(value, charset, header_name=name).encode()}".encode()


def _value(found: re.Match[bytes]) -> bytes:
    """A name with its value blanked, and its tags (there are some in HTML only) bare."""
    return _TAG.sub(rb"<\1>", found[1]) + BLANK.encode()


def _body(leaf: Entity, many: int) -> bytes:
    """The body of a text part, its first secrets blanked, in the transfer encoding it came in."""
    pattern = _HTML if leaf.media_type == "text/html" else _PLAIN
    octets = pattern.sub(_value, leaf.octets(), count=many)
    match leaf.encoding:
        case "base64":
            return base64.encodebytes(octets)
        case "quoted-printable":
            return binascii.b2a_qp(octets)
        case _:
            return octets
