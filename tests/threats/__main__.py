"""The threats and how their tests go, as a table: `python -m tests.threats`."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from tests.threats.table import THREATS, Threat


class Results:
    """What became of each test."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test once: by its call, or by what kept it from being called."""
        if report.when == "call" or report.outcome != "passed":
            self.found.append((report.nodeid, report.outcome))

    def of(self, threat: Threat) -> Counter[str]:
        """How the tests of an entry went."""
        return Counter(
            outcome
            for test, outcome in self.found
            if any(
                test == each or test.startswith((f"{each}[", f"{each}:", f"{each}/"))
                for each in threat.tests
            )
        )


def main() -> int:
    """Run what the table names, and print the table; 1 if any of it fails."""
    results = Results()
    named = sorted({each for threat in THREATS for each in threat.tests})
    status = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *named], [results])
    for threat in THREATS:
        result = ", ".join(f"{number} {outcome}" for outcome, number in results.of(threat).items())
        print(f"{threat.entry:4} {threat.what}\n     {result or threat.why_none}")
        for each in threat.tests:
            print(f"       {each}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
