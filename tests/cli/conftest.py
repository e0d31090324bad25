"""Verbs run in the tests' own process; what they set for all of it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bridge import loglines

SETTINGS = """\
[gateway]
username = "acme"
password = "canary"

[http]
callback_token = "0123456789abcdefghijklmnopqrstuv"

[store]
url = "{store}"

[mail]
inbox = "sms@example.com"
"""


def store(folder: Path) -> str:
    """The URL of the store in a folder."""
    return f"sqlite:///{folder}/bridge.db"


def written(folder: Path, more: str = "") -> Path:
    """A settings file with what must be set, and more; its last table is [mail]."""
    path = folder / "bridge.toml"
    path.write_text(SETTINGS.format(store=store(folder)) + more)
    path.chmod(0o600)
    return path


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A verb logs errors alone; the next test's daemon says all."""
    yield
    structlog.reset_defaults()
    vars(loglines._log).pop("bind", None)  # a logger that was used keeps its settings
