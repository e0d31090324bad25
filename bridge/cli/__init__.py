"""The verbs of `smsbridge`."""
