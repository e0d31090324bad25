"""When something was, as a gateway says it: believed where it can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def instant(at: float) -> datetime:
    """An instant of ours; said in UTC."""
    return datetime.fromtimestamp(int(at), UTC)


def stated(text: str, received_at: float) -> datetime:
    """The instant that a callback states (W3CDTF), in its own zone; else when it was received.

    A clock that is a day fast, or stands before 2000, is no evidence: such a mail would be buried
    in the inbox, or stay on top of it.  A form that did not escape the plus of an offset turned it
    into a space.
    """
    received = instant(received_at)
    try:
        then = datetime.fromisoformat(text.strip().replace(" ", "+")).replace(microsecond=0)
        if "T" not in text:
            return received
        then = then.replace(tzinfo=timezone(then.utcoffset() or timedelta(0), ""))
        believable = _EARLIEST <= then <= received + timedelta(days=1)
    except (ValueError, OverflowError):
        return received
    return then if believable else received
