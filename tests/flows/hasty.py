"""`smsbridge` with less patience, so that kills meet its resends and its gathered reports too."""

from bridge.cli.main import main
from bridge.core import gathering, judge

judge.DOUBT_WAIT = 0.3
gathering.LIMIT, gathering.WITHIN = 3, 2.0

if __name__ == "__main__":
    main()
