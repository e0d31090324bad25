"""Bridge joins e-mail and an SMS gateway, both ways.  This is the map of the house.

Two roads cross one spool, each in the same five steps:

    step        e-mail -> phone        phone -> e-mail
    door        listeners.smtp         listeners.callbacks
    translate   compose                gateways
    promise     spool, lane submit     spool, lane notify      (250 and 200 come after the commit)
    translate   gateways               notices
    wire        clients.uplink         clients.smarthost
    judge       core.judge             core.judge              (retry, give up, whom to tell)

`core` holds the nouns (`model`) and the rules (`policy`, `judge`); `workers` carry leases from the
spool to the wire and back; `daemon` alone knows concrete classes; `cli` holds the verbs of
`smsbridge`; `sandbox` plays the gateway and knows nothing of this house.  Imports go only
downward; the floors are written in `pyproject.toml` and kept by import-linter.
"""
