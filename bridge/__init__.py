"""Bridge joins e-mail and an SMS gateway, both ways.  This is the map of the house.

Two roads cross one spool, each in the same five steps:

    step        e-mail -> phone        phone -> e-mail
    door        listeners.smtp         listeners.callbacks
    translate   compose                gateways
    promise     spool, lane submit     spool, lane notify      (250 and 200 come after the commit)
    translate   gateways               notices
    wire        clients.uplink         clients.smarthost
    judge       core.judge             core.judge              (retry, give up, whom to tell)

`core` holds the nouns (`model`, `outcomes`, `events`) and the rules: who may (`policy`,
`recipients`, `vouching`, `optouts`) and which numbers (`addressing`, `numbering`), what becomes of
a text (`judge` says what is evident, `states` where that leads; `storms`, `loops`, `limits`), who
hears of it (`audience`, `reporting`, `gathering`).  `spool` keeps it all: its verbs are functions
of a transaction, written once, and run at a desk: `spool.sqlite`, one file and one daemon, or
`spool.postgres`, one database and many.  `compose` has a room for each step: `reading` (octets to
words and files), `cleaning` (what nobody wrote), `alerts` (what machines report), `pictures`; its
`understanding` is what is decided, `compose` what is sent of it, `explaining` what is told of it.
`notices` writes our own mails, from a folder of templates for each language.  `workers` carry
leases from the spool to the wire and back.  `settings` is what an operator says; `parts` makes
concrete things of it, `daemon` joins them, `process` runs them, with `composer` for mails that are
too much for the loop (it hands them to a `child` process), and `certificate`.  What happens is told
once, in `maillog`: `loglines` makes lines of it, `metrics` counts.  `cli` holds the verbs of
`smsbridge`; `sandbox` plays the gateway and knows nothing of this house.  Imports go only downward;
the floors are in `pyproject.toml`, kept by import-linter.
"""
