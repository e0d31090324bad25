"""`smsbridge` that ends in an eighth of its time."""

from bridge import daemon
from bridge.cli.main import main

daemon.WORKERS_GRACE /= 8
daemon.STOP_WITHIN /= 8

if __name__ == "__main__":
    main()
