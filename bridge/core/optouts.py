"""Who asks not to be texted any more: STOP, START, and what a list's change says of a number.

A person's wish is what a text says alone; what is only near to one is a person's to read.  The
wish that was uttered last counts, and where clocks leave that open, STOP.  Numbers in `[contacts]`
are blocked by the operator alone: a text can be forged, and no alert is to be silenced by one.  So
is whoever the operator blocked let go by the operator alone.
"""

from __future__ import annotations

import re
import unicodedata

from bridge.core import addressing, instants
from bridge.core.consent import Optout, OptoutChange
from bridge.core.events import Ending, Event, ListChanged, SmsReceived
from bridge.core.model import Msisdn
from bridge.core.policy import Policy
from bridge.core.states import Evidence

STOPS = frozenset({"stop", "stopall", "unsubscribe"})
STARTS = frozenset({"start"})

BY_OPERATOR = "by the operator"
TOKEN = "OPTED_OUT"
LONGEST_WAY = 30 * 86400.0
"""Seconds between a wish and its callback, above which a gateway's clock is no evidence: a STOP
that seems years old would lose against any START."""

_LONGEST = 480  # characters of a text; who only wants to be left alone writes less
_NUMBER = re.compile(r"[1-9][0-9]{2,14}")
_NO_LETTERS = re.compile(r"[\W_]+")
_LIST_NAME = re.compile(r"[\w .+-]{1,60}", re.ASCII)

# ---------------------------------------------------------------- what a text says


def keyword(text: str) -> str:
    """STOP, STOPALL, UNSUBSCRIBE or START where a text is that alone; else "".

    In any case, any width, and between any punctuation and emoji; `STOP ALL` is one of them.
    """
    if len(text) > _LONGEST:
        return ""
    word = _NO_LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return word.upper() if word in STOPS | STARTS else ""


_WORDS_FOR_STOP = frozenset(
    {"stopp", "unsub", "optout", "end", "quit", "cancel", "revoke", "arret", "arrêt", "alto"}
    | {"baja", "parar", "стоп"}
)
"""What other services heed, where a text says it alone (in the USA 47 CFR 64.1200(a)(10))."""

_POLITE = r"(?:please|pls|plz|kindly|ok|okay|hi|hello|now|just|thanks|sorry|can\s+you|could\s+you)"
_MEANT = (
    r"(?:stop|all|any|it|this|that|these|those|me|now|please|pls|plz|thanks?|thank\s+you|thx|ta|"
    r"everything|for\s+good|immediately|at\s+once)"
)
_SENT = r"(?:texts?|messages?|msgs?|sms|alerts?|lists?|notifications?|service)"
_DONE = rf"(?:{_SENT}|texting|messaging|sending|contacting|bothering|spamming|calling|emailing)"
_WHAT = rf"(?=[\s,]*(?:{_MEANT}[\s,]+)*(?:{_DONE}\b|{_MEANT}?\s*(?:$|[^\w\s,])))"
_NEAR = re.compile(
    rf"""(?:^|[.!?,;:\n])\s*(?:{_POLITE}[\s,.!]+)*s+t+o+p+\b{_WHAT}
    | \b(?:please|pls|plz)\s+stop\b{_WHAT}
    | ^\s*stop(?:[\W_]*[0-9])+\W*$
    | \bun[\s-]?su?b?s?cribe | \bstop-?all\b
    | \bopt(?:ed|ing)?[\s-]?out\b(?!\s+of\b(?!(?:\s+\w+){{0,2}}\s+(?:{_SENT}|this|these|all)\b))
    | \b(?:remove|delete)\s+(?:me|my\s+number)\b | \btake\s+(?:me|my\s+number)\s+(?:off|out)\b
    | \b(?:do\s+not|don\W?t|never|no\s+longer)\s+(?:text|message|msg|sms|contact)\b
      (?!\s+(?:and|or|n|while|whilst)\b)
    | \bno\s+more\s+(?:texts|messages|msgs|sms|alerts)\b""",
    re.VERBOSE | re.MULTILINE,
)
_STOP_OF = re.compile(r"\W*[Ss][Tt][Oo][Pp]\W+[A-Z0-9][A-Z0-9&-]{1,20}\W*")
"""Whose texts are to stop, as carriers have it: `STOP ACME`."""


def near(text: str, *, picture: bool = False) -> bool:
    """Whether a text reads like a STOP that is not alone ("Stop. Thank you"), or not ours.

    Its mail says so, and nothing is done: `please stop by at five` is no wish of that kind.
    `picture`: what a picture message says, whose STOP is heeded neither where it is alone.
    """
    word = keyword(text)
    if word or len(text) > _LONGEST:
        return picture and word.lower() in STOPS
    plain = unicodedata.normalize("NFKC", text).strip()
    low = plain.casefold()
    alone = _NO_LETTERS.sub("", low) in _WORDS_FOR_STOP
    return alone or bool(_STOP_OF.fullmatch(plain) or _NEAR.search(low))


# ---------------------------------------------------------------- what is wished


def change(policy: Policy, event: Event) -> OptoutChange | None:
    """The wish that an event utters; None if it utters none, or if no number utters it."""
    match event:
        case SmsReceived(number, text) if said := keyword(text):
            out, source = said.lower() in STOPS, f"with {said}"
            at = _uttered(event.sent, event.received_at)
        case ListChanged(number=number, action="subscribed" | "unsubscribed" as action):
            out, source = action == "unsubscribed", f"from {_list(policy, event.list_name)}"
            at = _uttered(event.timestamp, event.received_at)
        case _:
            return None
    if not _NUMBER.fullmatch(number):
        return None
    return OptoutChange(number, out, at, source, is_contact(policy, number))


def by_operator(number: Msisdn, *, out: bool, now: float) -> OptoutChange:
    """The operator's word, which counts for contacts too."""
    return OptoutChange(number.digits, out, now, BY_OPERATOR)


def counts(wish: OptoutChange, *, last: str, at: float, out: bool) -> bool:
    """Whether a wish counts that is heard after another one: that from `last`, uttered at `at`.

    A STOP is outdone by a later START of the same clock alone, since a handset may be an hour slow;
    START must be later than what it lifts, by whatever clock.  The operator's word always counts,
    and where that was STOP (`out`) no other does.
    """
    if wish.source == BY_OPERATOR or (out and last == BY_OPERATOR):
        return wish.source == BY_OPERATOR
    if wish.out:
        return wish.at >= at or _clock(wish.source) != _clock(last)
    return wish.at > at


def as_before(wish: OptoutChange, last: str) -> bool:
    """Whether a second STOP changes nothing: both are the operator's, or both are not."""
    return (wish.source == BY_OPERATOR) == (last == BY_OPERATOR)


def _clock(source: str) -> str:
    """Whose clock a wish is dated by: `with` the handset's, `from` the gateway's, `by` our own."""
    return source.partition(" ")[0]


def way(source: str) -> str:
    """Which way a wish came, in the house's own words: a list's name is anybody's."""
    return "list" if source.startswith("from ") else source.rpartition(" ")[2]


def is_contact(policy: Policy, number: str) -> bool:
    """Whether a number is one of `[contacts]`."""
    return any(each.number.digits == number for each in policy.contacts.values())


def _uttered(stated: str, received_at: float) -> float:
    """When a wish was uttered, by the gateway's clock if that can be; never after it was heard."""
    at = instants.stated(stated, received_at).timestamp()
    return min(at, received_at) if received_at - at <= LONGEST_WAY else received_at


def _list(policy: Policy, name: str) -> str:
    """A list as a refusal names it: by the settings' name, else by the gateway's."""
    for key, each in policy.subscription_lists.items():
        if each.name == name:
            return f"the list {key}"
    return f"the list {name}" if _LIST_NAME.fullmatch(name) else "a list of the gateway"


# ---------------------------------------------------------------- what follows


def why(number: str, out: Optout) -> str:
    """Why a number is not texted: `447700900123 opted out with STOP on 2 May 2026`."""
    return f"{number} opted out {out.source} on {addressing.day(out.since)}"


def withdrawn(number: str, out: Optout, *, resent: bool = False) -> Ending:
    """How a text ends that waited when its receiver opted out.

    One that was to be sent once more (`resent`) may have been sent: it is in doubt, as before.
    """
    to, reason = Msisdn(number), why(number, out)
    if resent:
        reason = f"it may have been sent once, and was not sent again: {reason}"
        return Ending(to, Evidence.STOPPED_IN_DOUBT.after, TOKEN, reason, "4.4.1")
    return Ending(to, Evidence.STOPPED.after, TOKEN, reason, "5.7.1")
