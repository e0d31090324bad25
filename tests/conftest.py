"""What all rooms' tests share."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import settings

# A busy machine is no finding: what must be quick is measured in CPU time where it matters.
settings.register_profile("bridge", deadline=None)
settings.load_profile("bridge")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """T60: where tests call a secret a canary, the code that prints or logs it makes them fail."""
    report = yield
    said = report.capstdout + report.capstderr + report.caplog
    if report.when == "teardown" and report.passed and "canary" in said.lower():
        report.outcome = "failed"
        report.longrepr = "a canary was printed or logged:\n" + said
    return report
