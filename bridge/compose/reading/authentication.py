"""What a mail server found out about a mail, as it says on top of it: Authentication-Results.

Read by RFC 8601, 2.2, and nothing is guessed: who writes the field decides who may send.  Only
properties may be more than the RFC's, as servers have them: `smtp.remote-ip=2001:db8::1` without
quotes, `x-bits=2048` without a type.  Nothing in them can end a result and begin another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.compose.reading import mime
from bridge.compose.reading.structured import Reader, Unreadable
from bridge.core.model import Refusal
from bridge.core.policy import Policy
from bridge.core.vouching import Claims, Dmarc, vouched

_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")  # RFC 5321, 4.1.2
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_DIGITS = re.compile(r"[0-9]+")
_SERVER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")  # a token of RFC 2045
_VALUE = re.compile(r'[^\s;"()\\]+')
_AT_DOMAIN = re.compile(r"@[A-Za-z0-9.-]+")
_WORD = re.compile(r'[^\s"()<>@,:;\\]+')
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
)
_HEADERS_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result, all in lower case but for the properties' values.

    `reason` is kept as a property.
    """

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """Who checked a mail, in lower case, and what came of it."""

    server: str
    results: tuple[Result, ...] = ()


def author(content: bytes, policy: Policy, reverse_path: str) -> str | Refusal:
    """Whose mail a relay brings, by what stands in it; or what is missing (`core.vouching`)."""
    said = claims(content)
    return said if isinstance(said, Refusal) else vouched(policy, said, reverse_path)


def claims(content: bytes) -> Claims | Refusal:
    """What a mail's headers say of its author; or why they cannot be read."""
    block = _HEADERS_END.split(content[: mime.MAX_HEADER_BLOCK + 1], 1)[0]
    entity = mime.parse(block + b"\r\n\r\n")
    if isinstance(entity, Refusal):
        return entity
    topmost = entity.raw("authentication-results").encode("ascii", "replace").decode()
    found = results(topmost)
    sole = mailbox(entity.raw("from")) if entity.count("from") == 1 else ""
    if found is None:
        return Claims(sole, unreadable=bool(topmost))
    dmarc = tuple(_dmarc(each) for each in found.results if each.method == "dmarc")
    return Claims(sole, server=found.server, dmarc=dmarc)


def results(value: str) -> Results | None:
    """A field's value as it is meant; None for what is no Authentication-Results."""
    try:
        return _results(Reader(value))
    except Unreadable:
        return None


def mailbox(value: str) -> str:
    """The address of the one mailbox in a From; "" where there are several, or another thing.

    What could be read in two ways is not read: a comma or an @ outside of quotes, a quoted local
    part, a group.
    """
    try:
        return _mailbox(Reader(value))
    except Unreadable:
        return ""


def _results(reader: Reader) -> Results:
    server = reader.quoted()
    server = reader.taken(_SERVER) if server is None else server
    reader.found(_DIGITS)  # the version: there is one only
    found: list[Result] = []
    while reader.sees(";"):
        method = reader.taken(_KEYWORD).lower()
        if method == "none" and not found and reader.is_at_end:
            return Results(server.lower())
        found.append(_result(reader, method))
    reader.must_end()
    if not found:
        raise Unreadable
    return Results(server.lower(), tuple(found))


def _result(reader: Reader, method: str) -> Result:
    if reader.sees("/"):
        reader.taken(_DIGITS)
    reader.must_see("=")
    result = reader.taken(_KEYWORD).lower()
    properties: list[tuple[str, str]] = []
    while name := reader.found(_NAME).lower():
        if reader.sees("."):
            name += "." + reader.taken(_NAME).lower()
        reader.must_see("=")
        properties.append((name, _value(reader)))
    return Result(method, result, tuple(properties))


def _value(reader: Reader) -> str:
    """A value; a local part in quotes may stand before a domain."""
    quoted = reader.quoted()
    return reader.taken(_VALUE) if quoted is None else quoted + reader.found(_AT_DOMAIN)


def _dmarc(result: Result) -> Dmarc:
    """A result of DMARC with the domain that it is about; "" where that is not said once."""
    named = [value for name, value in result.properties if name == "header.from"]
    domain = named[0].rpartition("@")[2].lower() if len(named) == 1 else ""
    return Dmarc(result.result, domain)


def _mailbox(reader: Reader) -> str:
    address = reader.found(_ADDRESS)
    if not address:
        while reader.quoted() is not None or reader.found(_WORD):
            pass
        reader.must_see("<")
        address = reader.taken(_ADDRESS)
        reader.must_see(">")
    reader.must_end()
    return address
