"""Secrets that are looked for where they should not be, in every form that code may give them."""

from __future__ import annotations

import base64
import json
import quopri
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

SECRETS: Mapping[str, str] = {
    "gateway": "canaryGateway1",  # a word, which may pass for one of the gateway's
    "token": "canary-token-0123456789abcdef",
    "former token": "canary-former-0123456789abcdef",
    "user": "canary:user/2+ä way",
    "smarthost": "canary@smart/host=3é",
    "database": "canary#data%base?4",
    "vendor": "canary-vendor-5",
    "mistyped": "canary:user/2+a way",
    "mistyped token": "canary-token-0123456789abcdeg",
}
"""What a bridge is told in confidence; two are nearly right, as people's slips are."""


def forms(secret: str) -> frozenset[bytes]:
    """A secret as it may stand in a log, a mail, a form, a dump."""
    octets = secret.encode()
    percent = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    escaped = {ascii(secret)[1:-1], json.dumps(secret)[1:-1]}
    words = {secret, secret.upper(), *escaped, *percent, *(each.lower() for each in percent)}
    found = {each.encode() for each in words}
    found |= {secret.encode("latin-1"), secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    found |= {quopri.encodestring(octets), quopri.encodestring(octets, quotetabs=True, header=True)}
    found |= {octets.hex().encode(), octets.hex().upper().encode()}
    return frozenset(found | set(_base64(octets)))


def _base64(octets: bytes) -> Iterator[bytes]:
    """What is constant of it in base64, wherever in a longer text it stands."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + octets)
        sure = whole[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]
        yield from (sure, sure.translate(bytes.maketrans(b"+/", b"-_")))


def found(octets: bytes, names: Iterable[str] = SECRETS) -> list[str]:
    """The secrets that stand in some octets, by name."""
    return [name for name in names if any(form in octets for form in forms(SECRETS[name]))]


def found_below(folder: Path, *, but: Iterable[Path] = ()) -> dict[str, list[str]]:
    """The secrets in all files below a folder, by file; `but` names those that are to hold some."""
    files = {each for each in folder.rglob("*") if each.is_file()} - set(but)
    hits = {each.name: found(each.read_bytes()) for each in sorted(files)}
    return {name: secrets for name, secrets in hits.items() if secrets}
