"""The zone in which mails say times: a name of the IANA's, or this machine's own."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

LOCALTIME = Path("/etc/localtime")
TIMEZONE = Path("/etc/timezone")
_LIKE_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Zulu"})


def named(value: object) -> str:
    """The name of a zone that there is.

    Raises:
        ValueError: It is none; says the nearest that is, or that this machine knows none at all.
    """
    text = value if isinstance(value, str) else ""
    if _zone(text) is not None:
        return text
    known = sorted(available_timezones())
    if not known:
        raise ValueError("a machine that knows time zones: install tzdata")
    near = _nearest(text, known)
    like = f": {' or '.join(near)}?" if near else ', such as "Europe/London"'
    raise ValueError(f"the name of a time zone{like}")


def zone(name: str, *, localtime: Path = LOCALTIME, timezone: Path = TIMEZONE) -> tzinfo:
    """The zone of that name; of "", this machine's, or plain UTC where that has none of its own.

    This machine's is what TZ names, else what `localtime` is a link to, else what `timezone` says.
    """
    if name:
        return ZoneInfo(name)
    names = (os.environ.get("TZ", "").removeprefix(":"), _linked(localtime), _written(timezone))
    found = next(filter(None, map(_zone, names)), None)
    return UTC if found is None or found.key in _LIKE_UTC else found


def _linked(localtime: Path) -> str:
    return str(localtime.resolve()).rpartition("zoneinfo/")[2] if localtime.is_symlink() else ""


def _written(timezone: Path) -> str:
    try:
        return timezone.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _zone(name: str) -> ZoneInfo | None:
    """The zone of that name, None if there is none; a name may be anything at all."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, OSError, ValueError):  # unknown, a folder, no name at all
        return None


def _nearest(text: str, known: Sequence[str]) -> list[str]:
    """The zones that a name may have meant: by their city's name, or spelt alike."""
    city = text.rpartition("/")[2].strip().replace(" ", "_").casefold()
    of_city = [each for each in known if each.rpartition("/")[2].casefold() == city]
    return (of_city or difflib.get_close_matches(text[:64], known, 1))[:3]
