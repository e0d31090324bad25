"""`smsbridge` with less patience in doubt, so that kills meet its resends too."""

from bridge.cli.main import main
from bridge.core import judge

judge.DOUBT_WAIT = 0.3

if __name__ == "__main__":
    main()
