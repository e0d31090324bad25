"""Whose mail a relay brings: what has to be evident before a text is sent for it (RFC 8601, 7489).

A relay forwards the mail of others, strangers' too.  An address that a mail names proves nothing;
that DMARC passed proves that the domain in its From: let it be sent, so that far an address there
is its own.  It is believed from one server alone, in the topmost field: what stands below may be
the stranger's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from bridge.core.model import Refusal
from bridge.core.policy import Policy

SHOWN = 80  # characters of what a stranger wrote, in an answer
_PLAIN = re.compile(r"[^\s\"();<>\\,:@]+@[A-Za-z0-9.-]+")
_BEGINNING = "this mail came by a relay, and"

ANONYMOUS = Refusal(
    550, "5.7.1", f"{_BEGINNING} has no return path (MAIL FROM:<>): nobody would hear how it went"
)
"""Whatever DMARC says of its From: a bounce has one as well."""


class Dmarc(NamedTuple):
    """A result of DMARC, and the domain that it is about (`header.from`, "" if it does not say)."""

    result: str
    domain: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What the headers of a mail say of it.

    `author` is the address in From:, "" unless there is one From: with one mailbox.  `server` is
    whose the topmost Authentication-Results is, "" where there is none or it is `unreadable`;
    `dmarc` are the results of DMARC in it.
    """

    author: str = ""
    server: str = ""
    dmarc: tuple[Dmarc, ...] = ()
    unreadable: bool = False


def vouched(policy: Policy, said: Claims, reverse_path: str) -> str | Refusal:
    """The address whose mail this evidently is, and that may send; or what is missing.

    The reverse path must be its domain's as well, since reports go there: of mail that was
    forwarded (SRS) or has none, nobody here knows whose it is.
    """
    if not reverse_path:
        return ANONYMOUS
    doubt = (
        _of_the_field(policy, said)
        or _of_the_author(said)
        or _of_the_reverse_path(said, reverse_path)
    )
    if not doubt and not _is_known(policy, said.author):
        doubt = f"{said.author} matches no address pattern of [[senders]]"
    if doubt:
        return Refusal(550, "5.7.1", f"{_BEGINNING} {doubt}")
    return said.author


def patterns(policy: Policy) -> tuple[str, ...]:
    """The `[[senders]]` patterns whose addresses may send by a relay: those that name a domain.

    `*@*` and `*@*.com` name none: they would let everybody in who has a domain.
    """
    return tuple(rule.match for rule in policy.senders if _names_a_domain(rule.match))


def _names_a_domain(pattern: str) -> bool:
    domain = pattern.rpartition("@")[2].removeprefix("*.")
    is_address = "@" in pattern and not pattern.startswith("user:")
    return is_address and "." in domain and not set("*?[]") & set(domain)


def _is_known(policy: Policy, address: str) -> bool:
    return any(fnmatchcase(address.lower(), each.lower()) for each in patterns(policy))


def _of_the_field(policy: Policy, said: Claims) -> str:
    """What is wrong with the topmost Authentication-Results; "" if nothing."""
    server = policy.authserv_id
    if said.unreadable:
        return "its topmost Authentication-Results is not written as RFC 8601 has it"
    if not said.server:
        return f"has no Authentication-Results of {server}"
    if said.server != server.lower():
        return f"its topmost Authentication-Results is of {said.server[:SHOWN]}, not of {server}"
    if len(said.dmarc) != 1:
        return f"{server} says {'more than one result' if said.dmarc else 'nothing'} of DMARC"
    if said.dmarc[0].result != "pass":
        return f"{server} says dmarc={said.dmarc[0].result[:SHOWN]}, not dmarc=pass"
    return ""


def _of_the_author(said: Claims) -> str:
    """What is wrong with From:; "" if nothing."""
    if not said.author:
        return "has not one From: with one plain address"
    (dmarc,) = said.dmarc
    if dmarc.domain != _domain(said.author):
        about = f"header.from={dmarc.domain[:SHOWN]}" if dmarc.domain else "no header.from"
        return f"DMARC passed for {about}, and its From: is {said.author}"
    return ""


def _of_the_reverse_path(said: Claims, reverse_path: str) -> str:
    """What is wrong with the address that would hear how it went; "" if nothing."""
    mine, theirs = _domain(said.author), _domain(reverse_path)
    if not _PLAIN.fullmatch(reverse_path):  # a server may have copied it, unquoted, into the field
        return f"its return path {reverse_path[:SHOWN]} is no plain address"
    if theirs != mine and not theirs.endswith(f".{mine}"):
        return (
            f"its return path {reverse_path[:SHOWN]} is not at {mine}, as its From: is: "
            "it was forwarded, or sent by a service with bounce addresses of its own"
        )
    return ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
