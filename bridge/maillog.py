"""One function per fact, so that the log answers what became of every text.

Each line begins with the fact's name and the spool id; no line holds a text, a password or a
whole number.  `took` is in seconds.  How a fact becomes a line, and who else hears of it:
`loglines`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bridge.loglines import error, info, unwritten, warning

_LONG_NUMBER = re.compile(r"[0-9]{7,}")


def masked(number: object) -> str:
    """A number as the log may show it: its last four digits."""
    digits = str(number)
    return digits if len(digits) <= 4 else "…" + digits[-4:]


def unnumbered(reason: str) -> str:
    """A reason as the log may show it: the other side may quote a number in its words."""
    return _LONG_NUMBER.sub(lambda number: masked(number[0]), reason)


def _seconds(took: float | None) -> float | None:
    """A span as the log and the metrics have it; a clock that was set back meanwhile made none."""
    return None if took is None else round(max(0.0, took), 4)


# ---------------------------------------------------------------- the road out


def accepted(
    mail: str,
    *,
    sender: str,
    profile: str,
    peer: str,
    recipients: int,
    segments: int,
    took: float,
) -> None:
    """A mail is durable; its 250 goes out now, `took` seconds after its last octet came."""
    info(
        "accepted",
        id=mail,
        sender=sender,
        profile=profile,
        peer=peer,
        recipients=recipients,
        segments=segments,
        took=_seconds(took),
    )


def returned(event: int, *, about: str, failed: bool) -> None:
    """A mail of ours came back to `bounces@`, or was answered there by a machine."""
    info("returned", id=f"e{event}", about=about, failed=failed)


def refused(peer: str, *, reply: str, recipient: str = "", news: bool = True) -> None:
    """A client heard no; what is no news is counted alone."""
    tell = info if news else unwritten
    tell("refused", id="-", peer=peer, reply=reply, recipient=masked(recipient))


def no_tls(peer: str, *, reason: str) -> None:
    """TLS with a client came to nothing; OpenSSL's word why, ours or the client's."""
    info("no-tls", id="-", peer=peer, reason=reason)


def legacy(peer: str, *, habit: str) -> None:
    """An old device does what no other client may; once for each connection and habit."""
    info("legacy", id="-", peer=peer, habit=habit)


def submitting(submission: str, *, host: str, recipients: int, attempt: int) -> None:
    """A request is about to leave; from here on it may have been sent."""
    info("submitting", id=submission, host=host, recipients=recipients, attempt=attempt)


def answered(submission: str, *, host: str, took: float) -> None:
    """A request that was about to leave came to its end, with an answer or without."""
    unwritten("answered", id=submission, host=host, took=_seconds(took))


def settled(
    submission: str,
    number: object,
    *,
    state: str,
    token: str,
    message_id: str = "",
    took: float | None = None,
) -> None:
    """One destination of a submission came to stand so, `took` seconds after its mail came."""
    info(
        "settled",
        id=submission,
        number=masked(number),
        state=state,
        token=token,
        message_id=message_id,
        took=_seconds(took),
    )


def lease_lost(item: str) -> None:
    """Another holder has the lease now: our result is discarded."""
    warning("lease-lost", id=item)


def limited(item: str, *, sender: str, recipients: int, reason: str) -> None:
    """Texts of a mail are above a limit, and held; said as often as it is told."""
    warning("limited", id=item, sender=sender, recipients=recipients, reason=reason)


# ---------------------------------------------------------------- the road in


def received(
    event: int,
    *,
    kind: str,
    number: object,
    message_id: str,
    new: bool,
    progress: str,
    took: float,
) -> None:
    """A callback is durable; its 200 goes out now, `took` seconds after its last octet came.

    `new` is false for a repeat; `progress` is what a status report says of its text.
    """
    info(
        "received",
        id=f"e{event}",
        kind=kind,
        number=masked(number),
        message_id=message_id,
        new=new,
        progress=progress,
        took=_seconds(took),
    )


def ordered(event: int, *, user: str, address: str, numbers: int) -> None:
    """A manager's order for a list is durable; its 250 goes out now."""
    info("ordered", id=f"e{event}", user=user, address=address, numbers=numbers)


def list_changed(event: int, *, number: object, state: str, reason: str = "") -> None:
    """What became of one number of a manager's order."""
    info(
        "list-changed",
        id=f"e{event}",
        number=masked(number),
        state=state,
        reason=unnumbered(reason),
    )


def told(
    event: int, *, kind: str, state: str, recipients: int, reason: str = "", took: float
) -> None:
    """An event's mail came to stand so, `took` seconds after the event was stored."""
    info(
        "told",
        id=f"e{event}",
        kind=kind,
        state=state,
        recipients=recipients,
        reason=unnumbered(reason),
        took=_seconds(took),
    )


def optout(number: object, *, effect: str, way: str) -> None:
    """A number wishes to be texted no more, or again (STOP, list, operator); what that came to."""
    info("optout", id="-", number=masked(number), effect=effect, way=way)


def unreadable(event: int, *, reason: str) -> None:
    """An event of the spool that nobody can read: its mail is given up, the others go on."""
    error("unreadable", id=f"e{event}", reason=reason)


def conflict(event: int, *, kind: str, message_id: str, with_: str) -> None:
    """An event says otherwise than one before it under the same id; both are kept."""
    warning("conflict", id=f"e{event}", kind=kind, msgid=message_id, conflict=with_)


def id_unkept(item: str, *, message_id: str) -> None:
    """The gateway gave an id to a text whose lease was lost, and which others settled otherwise."""
    warning("conflict", id=item, msgid=message_id, conflict="settled before, without this id")


def turned_away(peer: str, *, why: str, news: bool = True) -> None:
    """A callback got no 200, or a relay's mail is nobody's; what is no news is counted alone."""
    tell = warning if news else unwritten
    tell("turned-away", id="-", peer=peer, why=why)


# ---------------------------------------------------------------- the house


def started(*, smtp: list[str], http: list[str], admin: list[str]) -> None:
    """The listeners are open."""
    info("started", id="-", smtp=smtp, http=http, admin=admin)


def few_files(limit: int, *, connections: int) -> None:
    """The process may open so few files that SMTP takes no more than so many connections."""
    warning("few-files", id="-", limit=limit, connections=connections)


def stopped() -> None:
    """Everything is drained and closed."""
    info("stopped", id="-")


def readiness(wrong: str) -> None:
    """What `/readyz` says changed; `wrong` is what is not up, "" if all is."""
    warning("not-ready" if wrong else "ready", id="-", why=wrong)


def clock_set(by: float) -> None:
    """The machine's clock was set, by so many seconds: what waits was moved along."""
    warning("clock-set", id="-", by=round(by, 3))


def lane(name: str, *, state: str, token: str = "", reason: str = "") -> None:
    """A lane rests, or goes again."""
    warning("lane", id="-", lane=name, state=state, token=token, reason=unnumbered(reason))


def balance(balance: float) -> None:
    """The account's credit, as the gateway told it."""
    unwritten("balance", id="-", balance=balance)


def low_balance(balance: float, *, low: float, days_left: float | None) -> None:
    """The account's credit is below what the settings call low."""
    warning("low-balance", id="-", balance=balance, low=low, days_left=days_left)


def host(url: str, *, state: str, reason: str = "") -> None:
    """A gateway's host went down or came back, as far as we can tell."""
    warning("host", id="-", host=url, state=state, reason=reason)


def smarthost(*, state: str, reason: str = "") -> None:
    """The smarthost went down or came back, as far as we can tell."""
    warning("smarthost", id="-", state=state, reason=unnumbered(reason))


def restored(*, texts: int, notices: int) -> None:
    """The store is a backup that was put back; what waited in it is held."""
    warning("restored", id="-", texts=texts, notices=notices)


def store_full(reason: str) -> None:
    """The disk has no room: a mail or a callback was asked to come again."""
    warning("store-full", id="-", reason=reason)


def certificate(file: str, *, wrong: str = "") -> None:
    """Another certificate is shown from now on; or what is wrong with it, and the old one is."""
    if wrong:
        error("certificate", id="-", file=file, state="not taken", reason=wrong)
    else:
        info("certificate", id="-", file=file, state="taken")


def fault(where: str, found: BaseException, *, item: str = "-") -> None:
    """Something of ours broke; it is answered as a temporary failure and tried again."""
    error("fault", id=item, where=where, error=type(found).__name__, exc_info=found)


def astray(context: Mapping[str, Any]) -> None:
    """Something failed for which nobody waited, as the event loop tells it."""
    fault("loop", context.get("exception") or RuntimeError(context["message"]))
