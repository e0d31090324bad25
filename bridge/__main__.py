"""`python -m bridge` is `smsbridge`."""

from bridge.cli.main import main

if __name__ == "__main__":
    main()
