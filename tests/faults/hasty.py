"""`smsbridge` with less patience and a small log, so that faults meet resends and checkpoints."""

from bridge import process
from bridge.cli.main import main
from bridge.core import judge
from bridge.spool import owing
from bridge.spool.sqlite import file, writer

judge.DOUBT_WAIT = 0.3
owing.TOGETHER = 0.2  # type: ignore[attr-defined]
process.LOOK_EVERY = 0.1
file.WAL_PAGES = 40
writer.CHECKPOINT_EVERY = 0.5

if __name__ == "__main__":
    main()
