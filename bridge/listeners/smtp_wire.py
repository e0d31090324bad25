"""What a client writes on its lines: paths and parameters of MAIL and RCPT, without I/O.

The grammar is RFC 5321's, widened by what people and devices really send: no angle brackets, a
space after the colon, `(0)`, `sms:` and spaces in a number.  Whether an address means anything is
the policy's question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from bridge.core.model import Notify, Refusal

LOCAL_MAX = 128  # RFC 5321 says 64; bounce addresses of large senders are longer
DOMAIN_MAX = 255

_PATH = re.compile(
    r"""[ ]*(?:
        <(?: @[^<>:"\\]*: )?                       # a source route is ignored: RFC 5321, 4.1.1.3
         (?P<bracketed> (?: "(?:[^"\\]|\\.)*" | [^<>@"\\]+ ) (?: @[^<>@"\\ ]+ )? )? >
      | (?P<bare> [^<>@"\\ ]+ (?: @[^<>@"\\ ]+ )? )
    )(?:[ ]+(?P<parameters>.*))?""",
    re.VERBOSE | re.DOTALL,
)
_UNFIT = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f]")  # but for the space: people write it in numbers
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^= ]+))?")
_SIZE = re.compile(r"[0-9]{1,20}")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")  # RFC 3461, 4
_ORCPT = re.compile(r"[A-Za-z0-9-]+;(?P<xtext>.+)")
_OF_MAIL = frozenset({"SIZE", "BODY", "SMTPUTF8", "AUTH", "RET", "ENVID"})
_OF_RCPT = frozenset({"NOTIFY", "ORCPT"})
ENVID_MAX = 100
ORCPT_MAX = 500


@dataclass(frozen=True, slots=True)
class MailFrom:
    """What MAIL says: the reverse path ("" for the null sender), the size promised, DSN wishes."""

    reverse_path: str
    size: int = 0
    ret: str = ""
    envid: str = ""
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class RcptTo:
    """What RCPT says: the forward path, and what its sender wants to hear (RFC 3461)."""

    address: str
    notify: frozenset[Notify] = frozenset()
    orcpt: str = ""


def mail_from(argument: str) -> MailFrom | Refusal:
    """The argument of MAIL; a refusal says what is wrong with it."""
    said = _path(argument, "FROM:", null=True)
    if isinstance(said, Refusal):
        return said
    path, words = said
    given = _parameters(words, _OF_MAIL)
    if isinstance(given, Refusal):
        return given
    if not path.isascii() and "SMTPUTF8" not in given:
        return _no_utf8()
    size = given.get("SIZE", "0")
    if not _SIZE.fullmatch(size):
        return _bad(f"SIZE={size}")
    if given.get("BODY", "7BIT").upper() not in {"7BIT", "8BITMIME"}:
        return _bad(f"BODY={given['BODY']}")
    if given.get("SMTPUTF8"):
        return _bad("SMTPUTF8 takes no value")
    ret = given.get("RET", "").upper()
    if "RET" in given and ret not in {"FULL", "HDRS"}:
        return _bad(f"RET={ret}")
    envid = given.get("ENVID", "")
    if "ENVID" in given and not (len(envid) <= ENVID_MAX and _XTEXT.fullmatch(envid)):
        return _bad("ENVID")
    return MailFrom(path, int(size), ret, envid, "SMTPUTF8" in given)


def rcpt_to(argument: str, *, utf8: bool = True) -> RcptTo | Refusal:
    """The argument of RCPT; a refusal says what is wrong with it."""
    said = _path(argument, "TO:", null=False)
    if isinstance(said, Refusal):
        return said
    path, words = said
    if not path.isascii() and not utf8:
        return _no_utf8()
    given = _parameters(words, _OF_RCPT)
    if isinstance(given, Refusal):
        return given
    notify = _notify(given["NOTIFY"]) if "NOTIFY" in given else frozenset()
    if isinstance(notify, Refusal):
        return notify
    orcpt = given.get("ORCPT", "")
    if "ORCPT" in given and not _is_orcpt(orcpt):
        return _bad("ORCPT")
    return RcptTo(path, notify, orcpt)


def _path(argument: str, keyword: str, *, null: bool) -> tuple[str, str] | Refusal:
    """The path and the parameters behind it."""
    found = None
    if argument[: len(keyword)].upper() == keyword:
        found = _PATH.fullmatch(argument[len(keyword) :])
    if found is None:
        return Refusal(501, "5.5.4", f"say {keyword}<address>")
    path = (found["bare"] or found["bracketed"] or "").strip(" ")
    if not path and not null:
        return Refusal(501, "5.1.3", "an empty address gets nothing")
    local, _, domain = path.rpartition("@") if "@" in path else (path, "", "")
    if _UNFIT.search(path) or (null and " " in path and " " in _QUOTED.sub("", path)):
        wrong = "an address has no white space and no control characters"
        return Refusal(501, "5.1.7" if null else "5.1.3", wrong)
    if len(local) > LOCAL_MAX or len(domain) > DOMAIN_MAX:
        return Refusal(501, "5.1.7" if null else "5.1.3", "the address is too long")
    return path, found["parameters"] or ""


def _parameters(words: str, known: frozenset[str]) -> dict[str, str] | Refusal:
    given: dict[str, str] = {}
    for word in words.split():
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1].upper() in given:
            return _bad(word)
        name = found[1].upper()
        if name not in known:
            return Refusal(555, "5.5.4", f"parameter {name} is not known here")
        given[name] = found[2] or ""
    return given


def _notify(value: str) -> frozenset[Notify] | Refusal:
    names = value.upper().split(",")
    wrong = not set(names) <= set(Notify) or any(a == b for a, b in pairwise(sorted(names)))
    if wrong or ("NEVER" in names and len(names) > 1):
        return _bad(f"NOTIFY={value}")
    return frozenset(Notify(name) for name in names)


def _is_orcpt(value: str) -> bool:
    found = _ORCPT.fullmatch(value)
    return found is not None and len(value) <= ORCPT_MAX and bool(_XTEXT.fullmatch(found["xtext"]))


def _bad(what: str) -> Refusal:
    return Refusal(501, "5.5.4", f"malformed parameter: {what}")


def _no_utf8() -> Refusal:
    return Refusal(553, "5.6.7", "an address beyond ASCII needs SMTPUTF8")  # RFC 6531, 3.5
