"""`smsbridge` on a small scale of time, so that a proof of minutes meets what takes hours.

What is scaled are waits alone: for a status report in doubt, for what is told together (a report
that comes late has good news wait for more of it, longer than a proof does), and how long a dead
node's leases last.  Each is still longer than all that must end within it.

With the word `undaunted` first, no host is ever down to it, and each failure is told by itself:
what is proved then is each answer, and the breaker would see to it that hosts which answer badly
get next to nothing to answer.
"""

import sys

from bridge import daemon
from bridge.cli.main import main
from bridge.clients.breaker import Breaker
from bridge.core import gathering, judge, reporting
from bridge.spool import owing

SCALED: tuple[tuple[object, str, object], ...] = (
    (judge, "DOUBT_WAIT", 0.5),
    (owing, "TOGETHER", 0.2),
    (reporting, "TOGETHER", 0.2),
    (reporting, "SUMMARY_AFTER", 1.0),
    (gathering, "LIMIT", 3),
    (gathering, "WITHIN", 2.0),
    (daemon, "SUBMISSION_LEASE", 0.5),
    (daemon, "NOTICE_LEASE", 3.0),
)
UNDAUNTED: tuple[tuple[object, str, object], ...] = (
    (Breaker, "report", lambda *_, **__: False),
    (gathering, "LIMIT", 1_000_000),
)

if __name__ == "__main__":
    changes = SCALED
    if sys.argv[1] == "undaunted":
        del sys.argv[1]
        changes += UNDAUNTED
    for owner, name, value in changes:
        assert hasattr(owner, name), name
        setattr(owner, name, value)
    main()
