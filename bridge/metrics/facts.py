"""Facts counted where they are told: a witness of the log, and what it makes of each fact.

It hears of a fact what the log's line says, so that it knows no more of anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, TypeAlias, get_args

from prometheus_client import Counter

from bridge.core.events import Event
from bridge.core.leases import Told
from bridge.core.outcomes import State
from bridge.metrics.series import MOMENTS, SPANS, UNKNOWN, Series

Fact: TypeAlias = Mapping[str, Any]
Hears: TypeAlias = Mapping[str, Callable[[Fact], None]]

SETTLED: Final = (
    State.QUEUED,
    State.UNKNOWN,
    State.HELD,
    State.SUBMITTED,
    State.REJECTED,
    State.EXPIRED,
    State.FOLDED,
)
"""How a text may come to stand, as a fact tells it; what networks say is `status_reports`."""


class Facts:
    """The witness: called with a fact's name and its fields, from any thread."""

    def __init__(self, series: Series, hosts: Collection[str]) -> None:
        self._hears: Hears = {
            **RoadOut(series, hosts).hears,
            **RoadBack(series).hears,
            **House(series, hosts).hears,
        }

    def __call__(self, name: str, fact: Fact) -> None:
        """Count a fact, if it is one that counts."""
        hears = self._hears.get(name)
        if hears is not None:
            hears(fact)


class RoadOut:
    """What becomes of mails, and of their texts."""

    def __init__(self, series: Series, hosts: Collection[str]) -> None:
        self._mails = series.counter("mails_accepted", "Mails answered 250.", "profile")
        self._segments = series.counter("segments_accepted", "Segments in them.", "profile")
        self._accepting = series.histogram("mail_accept", "From last octet to 250.", MOMENTS)
        self._refusals = series.counter("refusals", "Replies to mail that said no.", "reply")
        self._texts = series.counter("texts", "Times a text came to stand so.", "state")
        for state in SETTLED:
            self._texts.begin(state)
        self._tokens = series.counter("text_tokens", "What word said why.", "state", "token")
        self._submitting = series.histogram("text_submit", "From mail to gateway's id.", SPANS)
        asking = series.histogram("gateway_request", "A request for a text.", MOMENTS, "host")
        self._asking = {host: asking.labels(host) for host in hosts}
        self.hears: Hears = {
            "accepted": self._accepted,
            "refused": self._refused,
            "answered": self._answered,
            "settled": self._settled,
        }

    def _accepted(self, fact: Fact) -> None:
        self._mails(fact["profile"])
        self._segments(fact["profile"], by=fact["segments"])
        self._accepting.observe(fact["took"])

    def _refused(self, fact: Fact) -> None:
        code, _, more = fact["reply"].partition(" ")
        self._refusals(f"{code} {more.partition(' ')[0]}".rstrip())

    def _answered(self, fact: Fact) -> None:
        asking = self._asking.get(fact["host"])
        if asking is not None:
            asking.observe(fact["took"])

    def _settled(self, fact: Fact) -> None:
        state = fact["state"]
        self._texts(state)
        if fact["token"]:
            self._tokens(state, fact["token"])
        if state == State.SUBMITTED and fact["took"] is not None:
            self._submitting.observe(fact["took"])


class RoadBack:
    """What becomes of callbacks, and of the mails that tell of them."""

    def __init__(self, series: Series) -> None:
        self._callbacks = series.counter("callbacks", "Answered 200.", "kind", "repeated")
        self._accepting = series.histogram("callback_accept", "From last octet to 200.", MOMENTS)
        self._reports = series.counter("status_reports", "Without repeats.", "progress")
        self._optouts = series.counter("optouts", "Wishes to be texted no more.", "effect")
        self._notices = series.counter("notices", "Times it came to stand so.", "kind", "state")
        for kind in get_args(Event):
            for state in (Told.MAILED, Told.DEAD):
                self._notices.begin(kind.__name__, state)
        self._telling = series.histogram("notice_send", "From event to mailed.", SPANS)
        self.hears: Hears = {
            "received": self._received,
            "optout": lambda fact: self._optouts(fact["effect"]),
            "told": self._told,
        }

    def _received(self, fact: Fact) -> None:
        new = fact["new"]
        self._callbacks(fact["kind"], "no" if new else "yes")
        self._accepting.observe(fact["took"])
        if new and fact["progress"]:
            self._reports(fact["progress"])

    def _told(self, fact: Fact) -> None:
        self._notices(fact["kind"], fact["state"])
        if fact["state"] == Told.MAILED:
            self._telling.observe(fact["took"])


class House:
    """What goes wrong, and whom we can reach."""

    def __init__(self, series: Series, hosts: Collection[str]) -> None:
        balance = series.gauge("gateway_balance_credits", "As it was last told.")
        balance.set(UNKNOWN)
        up = series.gauge("gateway_host_up", "As far as we can tell.", "host")
        smarthost = series.gauge("smarthost_up", "As far as we can tell.")
        for each in (*(up.labels(host) for host in hosts), smarthost):
            each.set(1)  # until a fact says otherwise
        totals = {
            "limited": series.total("limits_reached", "Times that a limit was told of."),
            "lease-lost": series.total("leases_lost", "Results discarded: another held it."),
            "turned-away": series.total("turned_away", "Callbacks, and mails of relays."),
            "store-full": series.total("store_full", "Times that the disk had no room."),
            "fault": series.total("faults", "What of ours broke."),
        }
        self.hears: Hears = {
            "balance": lambda fact: balance.set(fact["balance"]),
            "host": lambda fact: up.labels(fact["host"]).set(fact["state"] == "up"),
            "smarthost": lambda fact: smarthost.set(fact["state"] == "up"),
            **{name: partial(_once, total) for name, total in totals.items()},
        }


def _once(total: Counter, _: Fact) -> None:
    total.inc()
