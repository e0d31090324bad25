"""Storms: when texts of machines are not sent one by one, but counted, and the same one sent once.

After `BURST` texts to one number within `WITHIN` seconds it is a storm, until `QUIET` seconds pass
without any.  In a storm a text that is *similar* to one that went (equal but for its digits) is
folded: counted in a summary that goes every `EVERY` seconds.  What differs, what tells of a
recovery (and the next of each shape after it), and what is urgent goes at once.  A lost text is a
fire: whatever is unclear is sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from bridge.core import gsm
from bridge.core.model import Content, Session, Text, Unicode, Voice, WapPush
from bridge.core.outcomes import ON_ITS_WAY, State
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Folding
from bridge.core.states import Evidence

BURST = 5
WITHIN = 300.0
QUIET = 600.0
EVERY = 600.0

SAME_TEXT: Final = "SAME_TEXT"
SIMILAR: Final = "SIMILAR"

MAX_NAME = 40
ANYBODY = frozenset(
    {"root", "admin", "administrator", "noreply", "no-reply", "donotreply", "postmaster", "alert"}
    | {"alerts", "alarm", "monitor", "monitoring", "notification", "notifications", "www-data"}
)
"""Mailboxes that do not say whose they are; the host does."""
OTHERS = " and others"

NEAR = 120
"""Characters at a text's beginning in which a word of recovery is looked for."""

RECOVERY = (
    *("recovery", "recovered", "recovers", "resolved", "cleared", "restored", "reconnected"),
    *("back online", "back on line", "back to normal", "returned to normal", "power has returned"),
    *("is up", "is ok", "is online", "is normal"),
    *("behoben", "wiederhergestellt", "rétabli", "rétablie", "résolu", "résolue"),
    *("succeeded", "re-?established"),
    *("(?<!connection )closed(?! (?:by|un))", "ended(?! (?:by|with|un|ab))"),
    *("resuelto", "recuperado", "risolto", "ripristinato", "opgelost", "hersteld"),
)
"""What monitors say when something is well again, in any case of letters (patterns).

A connection is closed, and a job ends with errors, where something is wrong.
"""

RECOVERY_IN_CAPITALS = ("OK", "UP", "ONLINE", "GREEN", "CLEAR")
"""What says so only where it is written in capitals, as a state: "2 files up" is none."""

RECOVERY_AS_STATE = ("Ok", "Up", "Online", "Green", "Normal", "Clear", "Connected")
"""What says so only with a capital, as a state: at a line's end, or after `:`, `[`, "to", "now"."""

_STATE = f"(?:{'|'.join(RECOVERY_AS_STATE)})"
_BEGINS = r"(?<!\w)(?<!(?i:not) )(?<!(?i:from) )"
_ENDS = r"(?!\w)(?! to )(?!\s*(?:[-=]*>|\u2192))"
"""What is left ("OK -> CRIT", "from UP to DOWN") is the state that was."""
_RECOVERY = re.compile(
    rf"{_BEGINS}(?:{'|'.join(RECOVERY_IN_CAPITALS)}|(?i:{'|'.join(RECOVERY)})){_ENDS}"
    rf"|{_BEGINS}{_STATE}(?=[^\w\n]*$)"
    rf"|(?:[:\[][^\w\]\n]{{0,4}}|{_BEGINS}(?i:to|now) ){_STATE}{_ENDS}",
    re.MULTILINE,
)
_STATES = tuple(each.lower() for each in RECOVERY_IN_CAPITALS + RECOVERY_AS_STATE)
_HINT = re.compile(rf"(?<!\w)(?:{'|'.join((*RECOVERY, *_STATES))})(?!\w)")
"""What tells of a recovery has one of these, in small letters; most texts do not, and that they do
not is found several times as fast."""
_DIGITS = re.compile(r"\d+")


# ---------------------------------------------------------------- what a text is like


@dataclass(frozen=True, slots=True)
class Likeness:
    """Fingerprints of a text: equal `same` is the same text, equal `similar` but for its digits.

    `head` is its beginning, where it may tell of a recovery; `spoken` texts are read out.
    """

    same: bytes
    similar: bytes
    head: str
    spoken: bool = False
    urgent: bool = False

    @property
    def tells_of_recovery(self) -> bool:
        """Whether something is well again: what was told of it before is told anew."""
        hinted = _HINT.search(self.head.lower()) is not None
        return hinted and _RECOVERY.search(self.head) is not None


def likeness(contents: Sequence[Content], *, urgent: bool = False) -> Likeness | None:
    """What the text that these parts carry is like; None for what has no words (MMS, octets)."""
    words = "".join(map(_words, contents))
    if not words:
        return None
    spoken = isinstance(contents[0], Voice)
    kind = "voice" if spoken else "text"
    plain = " ".join(words.casefold().split())
    return Likeness(
        _fingerprint(f"{kind} {words}"),
        _fingerprint(f"like {kind} {_DIGITS.sub('0', plain)}"),
        words[:NEAR],
        spoken,
        urgent,
    )


def _words(content: Content) -> str:
    match content:
        case Text(text) | Unicode(text) | Voice(text):
            return text
        case WapPush(text, href):
            return f"{text} {href}"
        case _:
            return ""


def _fingerprint(words: str) -> bytes:
    return blake2b(words.encode("utf-8", "replace"), digest_size=16).digest()


# ---------------------------------------------------------------- what becomes of it


@dataclass(frozen=True, slots=True)
class Earlier:
    """A text that was let go: its last part's delivery, its mail's spool id, when it came.

    `state` is how it stands, `expires_at` when it is given up.  `until` is when one that is only
    similar is forgotten: another like it puts that off.
    """

    delivery: int
    mail: str
    at: float
    state: State
    expires_at: float
    until: float = 0.0

    def was_given(self, seconds: float) -> bool:
        """Whether it may wait as long as another text may, or need not wait any more."""
        is_taken = self.state in (State.SUBMITTED, State.DELIVERED)
        return is_taken or self.expires_at - self.at >= seconds - _ROUNDING


_ROUNDING = 1.0  # seconds, in the difference of two instants


@dataclass(frozen=True, slots=True)
class Lately:
    """What machines lately texted to a number.

    `latest` are the instants of the last `BURST` texts, `raging` whether the last came in a storm.
    `same` is the last text that was let go, where the new one is the same; `similar` the last of
    its shape.
    """

    latest: tuple[float, ...] = ()
    raging: bool = False
    same: Earlier | None = None
    similar: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a text stands as from now on: queued, or folded or held for a reason.

    `stand_in` is the delivery of the text that stands for it, `counted_in` that of the summary.
    What a limit holds goes by itself from `goes_at` on, by the windows of `spender`.
    """

    state: State = Evidence.STORED.after
    token: str = ""
    reason: str = ""
    stand_in: int | None = None
    counted_in: int | None = None
    goes_at: float | None = None
    spender: str = ""


GOES: Final = Ruling()


def arrived(lately: Lately, now: float) -> Lately:
    """What is remembered once another text came: its instant, and whether it came in a storm."""
    latest = lately.latest
    goes_on = lately.raging and _is_within(latest[-1:], QUIET, now)
    begins = len(latest) == BURST and _is_within(latest[:1], WITHIN, now)
    latest = (*latest, now)[-BURST:]
    return Lately(latest, goes_on or begins, lately.same, lately.similar)


def ruling(text: Likeness, lately: Lately, folding: Folding, now: float, *, lasts: float) -> Ruling:
    """Whether a text goes that may wait for `lasts` seconds, given what was lately sent.

    That has the text itself in it (`arrived`).  Only a text that went, or is on its way, can stand
    for another one; and for the same one only while nothing else was told in between.
    """
    if text.urgent:
        return GOES
    same, similar = lately.same, lately.similar
    if (
        same is not None
        and same.state in ON_ITS_WAY
        and same.was_given(lasts)
        and _is_within([same.at], folding.same_text, now)
    ):
        reason = f"the same text came {_ago(same, now)} before, in {same.mail}"
        return Ruling(Evidence.SPARED.after, SAME_TEXT, reason, same.delivery)
    if not lately.raging or text.tells_of_recovery:
        return GOES
    if similar is None or similar.state not in ON_ITS_WAY or similar.until <= now:
        return GOES
    reason = f"like the text that came {_ago(similar, now)} before, in {similar.mail}"
    return Ruling(Evidence.SPARED.after, SIMILAR, reason, similar.delivery)


def _is_within(instants: Sequence[float], seconds: float, now: float) -> bool:
    """Whether all are nearer than that; a clock that was set back leaves none near."""
    return all(abs(now - each) < seconds for each in instants)


def _ago(earlier: Earlier, now: float) -> str:
    seconds = max(0.0, now - earlier.at)
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


# ---------------------------------------------------------------- what is told of the folded


def folding(policy: Policy, profile: Profile, sender: str, session: Session) -> Folding | None:
    """How the mail of a sender is folded; None where its profile folds nothing."""
    if not profile.fold:
        return None
    return Folding(_name(sender) or session.peer, policy.same_text, profile.expires)


def _name(sender: str) -> str:
    """Who a machine is: its mailbox's name, or its host's where any machine has such a mailbox."""
    local, _, domain = sender.rpartition("@")
    said = domain.partition(".")[0] if local.lower() in ANYBODY else local.strip('"')
    plain = gsm.with_lookalikes_replaced(said)
    if not (plain.isprintable() and gsm.is_gsm(plain)):
        plain = "".join(c for c in plain if c.isprintable() and gsm.is_gsm(c))
    return plain[:MAX_NAME]


@dataclass(frozen=True, slots=True)
class Summary:
    """How many texts to one number were folded, since when, and whose they are."""

    count: int
    name: str
    since: float

    @property
    def due_at(self) -> float:
        """When it goes."""
        return self.since + EVERY

    def grows(self, now: float) -> bool:
        """Whether it counts on, not sent yet; no more if the clock was set back: it would go late.

        Mails that come at once are not always committed in their order: some seconds are no matter.
        """
        return self.since - EVERY < now

    def content(self, now: float, *, spoken: bool) -> Text | Voice:
        """It in words, `+37 similar from nagios1 in 10 min`; read out if what was folded was."""
        minutes = round(max(EVERY, now - self.since) / 60)
        words = f"+{self.count} similar from {self.name} in {minutes} min"
        return Voice(words) if spoken else Text(words)


def summed(before: Summary | None, name: str, now: float) -> Summary:
    """The summary with one text more; a new one where none is open."""
    if before is None:
        return Summary(1, name, now)
    others = "" if name == before.name or before.name.endswith(OTHERS) else OTHERS
    return Summary(before.count + 1, before.name + others, before.since)


def reduced(before: Summary) -> Summary | None:
    """The summary without a text that goes itself after all; None where it counts nothing else."""
    return replace(before, count=before.count - 1) if before.count > 1 else None
