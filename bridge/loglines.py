"""How a fact becomes a line on standard error; `maillog` says which facts there are.

What a stranger wrote is escaped here, for all of them: a fact is one line, in which nothing obeys a
terminal; on a console a traceback's lines follow it, each behind a bar.  Whatever level is shown, a
witness hears every fact, with what its line says and no more: that is who counts.  What is not
certain yet can be held back, from the log and the witness alike.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any, Literal, TextIO, TypeAlias, cast

import structlog

_log: Any = structlog.get_logger()

Witness: TypeAlias = Callable[[str, Mapping[str, Any]], None]
"""Hears of a fact by its name and its fields; from any thread, quickly and without fail."""

_witness: ContextVar[Witness | None] = ContextVar("witness", default=None)

Untold: TypeAlias = Callable[[], None]
"""A fact that was held back; to be told by `tell`."""

_untold: ContextVar[list[Untold] | None] = ContextVar("untold", default=None)


def witnessed(witness: Witness) -> Context:
    """A context like this one, for tasks of whose facts a witness hears: those of one daemon."""
    context = copy_context()
    context.run(_witness.set, witness)
    return context


def as_json() -> None:
    """Write every fact to standard error, as one JSON object a line."""
    structlog.configure(
        wrapper_class=cast(Any, _JsonLines),  # of what a bound logger can, all that we use
        logger_factory=lambda: sys.stderr,
        cache_logger_on_first_use=True,
    )
    _hush()


def on_console(level: Literal["info", "warning", "error"] = "info") -> None:
    """Write facts to standard error, from this level on, for a person to read."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _legible,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=18),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _hush()


def _hush() -> None:
    """The SMTP library logs every command, and at DEBUG every line of mail."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)


class _JsonLines:
    """structlog's processors for JSON, in short: they would print the same, for twice the CPU.

    A line is one write: standard error keeps nothing back that ends in a newline, so that no line
    is lost with us.  One at a time: a pipe takes a long line in pieces.
    """

    _turn = threading.Lock()  # of all of them: standard error is one

    _second = -1, ""
    _encode = json.JSONEncoder(default=repr, check_circular=False).encode

    def __init__(self, stream: TextIO, **_: object) -> None:
        self._write = stream.write

    def info(self, fact: str, **fields: Any) -> None:
        """Write a line of this level."""
        self._line("info", fact, fields)

    def warning(self, fact: str, **fields: Any) -> None:
        """Write a line of this level."""
        self._line("warning", fact, fields)

    def error(self, fact: str, **fields: Any) -> None:
        """Write a line of this level."""
        self._line("error", fact, fields)

    def _line(self, level: str, fact: str, fields: dict[str, Any]) -> None:
        fields["event"] = fact
        fields["level"] = level
        fields["timestamp"] = self._instant(time.time())
        if "exc_info" in fields:
            structlog.processors.format_exc_info(None, level, fields)
        line = self._encode(fields) + "\n"
        with self._turn:
            self._write(line)

    def _instant(self, now: float) -> str:
        """RFC 3339 in UTC; all but the fraction is written once a second."""
        second, written = self._second
        if second != (whole := int(now)):
            written = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
            self._second = whole, written
        return f"{written}.{int((now - whole) * 1e6):06}Z"


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


@contextmanager
def held_back() -> Iterator[list[Untold]]:
    """Tell nothing meanwhile, here; what would have been told is in the list, in its order."""
    found: list[Untold] = []
    before = _untold.set(found)
    try:
        yield found
    finally:
        _untold.reset(before)


def tell(untold: Iterable[Untold]) -> None:
    """Tell what was held back, as of now."""
    for each in untold:
        with suppress(Exception):  # a writer that a line's fault ends would answer nobody any more
            each()


def unwritten(fact: str, **fields: Any) -> None:
    """A fact for the witness alone: no line is written of it."""
    _told(None, fact, fields)


def info(fact: str, **fields: Any) -> None:
    """A fact of everyday life."""
    _told(_log.info, fact, fields)


def warning(fact: str, **fields: Any) -> None:
    """A fact that an operator should see."""
    _told(_log.warning, fact, fields)


def error(fact: str, **fields: Any) -> None:
    """A fact that is somebody's fault: ours, as a rule."""
    _told(_log.error, fact, fields)


def _told(write: Callable[..., None] | None, fact: str, fields: Mapping[str, Any]) -> None:
    untold = _untold.get()
    if untold is not None:
        untold.append(partial(_told, write, fact, fields))
        return
    witness = _witness.get()
    try:
        if write is not None:
            write(fact, **fields)
    finally:  # where standard error is gone, that fails
        if witness is not None:
            witness(fact, fields)


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
        found = record.exc_info[1] if record.exc_info else None
        tell = error if record.levelno >= logging.ERROR else warning
        tell("library", id="-", of=record.name, words=str(record.msg), exc_info=found)
