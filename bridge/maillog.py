"""One function per fact, so that the log answers what became of every text.

Each line begins with the fact's name and the spool id; no line holds a text, a password or a
whole number.  What a stranger wrote is escaped here, for all of them: a fact is one line, in which
nothing obeys a terminal; on a console a traceback's lines follow it, each behind a bar.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

_log: Any = structlog.get_logger()


def configure(form: Literal["json", "console"], level: str = "info") -> None:
    """Send every line to standard error, as one JSON object or for a person at a console."""
    renderers: list[Any] = [structlog.processors.JSONRenderer()]
    if form == "console":
        colours = sys.stderr.isatty()
        renderers = [_legible, structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=18)]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The SMTP library logs every command, and at DEBUG every line of mail.
    logging.getLogger("mail.log").setLevel(logging.WARNING)


def _legible(_logger: Any, _method: str, fact: MutableMapping[str, Any]) -> Any:
    """For a console: everything that a terminal would obey, escaped; a traceback behind bars."""
    for name, value in fact.items():
        if name == "exception":
            fact[name] = "\n".join(f"  | {_escaped(line)}" for line in value.split("\n"))
        elif isinstance(value, str):
            fact[name] = _escaped(value)
    return fact


def _escaped(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def libraries() -> None:
    """Log what libraries say as facts of ours, from now on; for a process that is all ours."""
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)


class _Libraries(logging.Handler):
    """What a library fills into its words may be anybody's (a request with its secret path, a line
    of SMTP), so that only the words themselves are kept.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record."""
        error = record.exc_info[1] if record.exc_info else None
        tell = _log.error if record.levelno >= logging.ERROR else _log.warning
        tell("library", id="-", of=record.name, words=str(record.msg), exc_info=error)


def masked(number: object) -> str:
    """A number as the log may show it: its last four digits."""
    digits = str(number)
    return digits if len(digits) <= 4 else "…" + digits[-4:]


def unnumbered(reason: str) -> str:
    """A reason as the log may show it: the other side may quote a number in its words."""
    return re.sub(r"[0-9]{7,}", lambda number: masked(number[0]), reason)


# ---------------------------------------------------------------- the road out


def accepted(mail: str, *, sender: str, peer: str, recipients: int, segments: int) -> None:
    """A mail is durable; its 250 goes out now."""
    _log.info(
        "accepted", id=mail, sender=sender, peer=peer, recipients=recipients, segments=segments
    )


def returned(event: int, *, about: str, failed: bool) -> None:
    """A mail of ours came back to `bounces@`, or was answered there by a machine."""
    _log.info("returned", id=f"e{event}", about=about, failed=failed)


def refused(peer: str, *, reply: str, recipient: str = "") -> None:
    """A client heard no."""
    _log.info("refused", id="-", peer=peer, reply=reply, recipient=masked(recipient))


def no_tls(peer: str, *, reason: str) -> None:
    """TLS with a client came to nothing; OpenSSL's word why, ours or the client's."""
    _log.info("no-tls", id="-", peer=peer, reason=reason)


def legacy(peer: str, *, habit: str) -> None:
    """An old device does what no other client may; once for each connection and habit."""
    _log.info("legacy", id="-", peer=peer, habit=habit)


def submitting(submission: str, *, host: str, recipients: int, attempt: int) -> None:
    """A request is about to leave; from here on it may have been sent."""
    _log.info("submitting", id=submission, host=host, recipients=recipients, attempt=attempt)


def settled(submission: str, number: object, *, state: str, token: str, message_id: str) -> None:
    """One destination of a submission came to stand so."""
    _log.info(
        "settled",
        id=submission,
        number=masked(number),
        state=state,
        token=token,
        message_id=message_id,
    )


def lease_lost(item: str) -> None:
    """Another holder has the lease now: our result is discarded."""
    _log.warning("lease-lost", id=item)


def limited(item: str, *, sender: str, recipients: int, reason: str) -> None:
    """Texts of a mail are above a limit, and held; said as often as it is told."""
    _log.warning("limited", id=item, sender=sender, recipients=recipients, reason=reason)


# ---------------------------------------------------------------- the road in


def received(event: int, *, kind: str, number: object, message_id: str, new: bool) -> None:
    """A callback is durable; its 200 goes out now.  `new` is false for a repeat."""
    _log.info(
        "received",
        id=f"e{event}",
        kind=kind,
        number=masked(number),
        message_id=message_id,
        new=new,
    )


def ordered(event: int, *, user: str, address: str, numbers: int) -> None:
    """A manager's order for a list is durable; its 250 goes out now."""
    _log.info("ordered", id=f"e{event}", user=user, address=address, numbers=numbers)


def list_changed(event: int, *, number: object, state: str, reason: str = "") -> None:
    """What became of one number of a manager's order."""
    _log.info(
        "list-changed",
        id=f"e{event}",
        number=masked(number),
        state=state,
        reason=unnumbered(reason),
    )


def told(event: int, *, kind: str, state: str, recipients: int, reason: str = "") -> None:
    """An event's mail came to stand so."""
    _log.info(
        "told",
        id=f"e{event}",
        kind=kind,
        state=state,
        recipients=recipients,
        reason=unnumbered(reason),
    )


def optout(number: object, *, effect: str, way: str) -> None:
    """A number wishes to be texted no more, or again (STOP, list, operator); what that came to."""
    _log.info("optout", id="-", number=masked(number), effect=effect, way=way)


def unreadable(event: int, *, reason: str) -> None:
    """An event of the spool that nobody can read: its mail is given up, the others go on."""
    _log.error("unreadable", id=f"e{event}", reason=reason)


def conflict(event: int, *, kind: str, message_id: str, with_: str) -> None:
    """An event says otherwise than one before it under the same id; both are kept."""
    _log.warning("conflict", id=f"e{event}", kind=kind, msgid=message_id, conflict=with_)


def id_unkept(item: str, *, message_id: str) -> None:
    """The gateway gave an id to a text whose lease was lost, and which others settled otherwise."""
    _log.warning("conflict", id=item, msgid=message_id, conflict="settled before, without this id")


def turned_away(peer: str, *, why: str) -> None:
    """A request on the callback listener got no 200."""
    _log.warning("turned-away", id="-", peer=peer, why=why)


# ---------------------------------------------------------------- the house


def started(*, smtp: list[str], http: list[str]) -> None:
    """The listeners are open."""
    _log.info("started", id="-", smtp=smtp, http=http)


def few_files(limit: int, *, connections: int) -> None:
    """The process may open so few files that SMTP takes no more than so many connections."""
    _log.warning("few-files", id="-", limit=limit, connections=connections)


def stopped() -> None:
    """Everything is drained and closed."""
    _log.info("stopped", id="-")


def readiness(wrong: str) -> None:
    """What `/readyz` says changed; `wrong` is what is not up, "" if all is."""
    _log.warning("not-ready" if wrong else "ready", id="-", why=wrong)


def clock_set(by: float) -> None:
    """The machine's clock was set, by so many seconds: what waits was moved along."""
    _log.warning("clock-set", id="-", by=round(by, 3))


def lane(name: str, *, state: str, token: str = "", reason: str = "") -> None:
    """A lane rests, or goes again."""
    _log.warning("lane", id="-", lane=name, state=state, token=token, reason=unnumbered(reason))


def low_balance(balance: float, *, low: float, days_left: float | None) -> None:
    """The account's credit is below what the settings call low."""
    _log.warning("low-balance", id="-", balance=balance, low=low, days_left=days_left)


def host(url: str, *, state: str, reason: str = "") -> None:
    """A gateway's host went down or came back, as far as we can tell."""
    _log.warning("host", id="-", host=url, state=state, reason=reason)


def restored(*, texts: int, notices: int) -> None:
    """The store is a backup that was put back; what waited in it is held."""
    _log.warning("restored", id="-", texts=texts, notices=notices)


def store_full(reason: str) -> None:
    """The disk has no room: a mail or a callback was asked to come again."""
    _log.warning("store-full", id="-", reason=reason)


def certificate(file: str, *, wrong: str = "") -> None:
    """Another certificate is shown from now on; or what is wrong with it, and the old one is."""
    if wrong:
        _log.error("certificate", id="-", file=file, state="not taken", reason=wrong)
    else:
        _log.info("certificate", id="-", file=file, state="taken")


def fault(where: str, error: BaseException, *, item: str = "-") -> None:
    """Something of ours broke; it is answered as a temporary failure and tried again."""
    _log.error("fault", id=item, where=where, error=type(error).__name__, exc_info=error)


def astray(context: Mapping[str, Any]) -> None:
    """Something failed for which nobody waited, as the event loop tells it."""
    fault("loop", context.get("exception") or RuntimeError(context["message"]))
