"""Verbs run in the tests' own process; what they set for all of it is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from bridge import maillog


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A verb logs errors alone; the next test's daemon says all."""
    yield
    structlog.reset_defaults()
    vars(maillog._log).pop("bind", None)  # a logger that was used keeps its settings
