-- The spool, version 1.  Instants are UNIX seconds (UTC); "" means none; JSON where a tuple is kept.
--
-- One column drives all work: `due_at` is when a row must be looked at next, whatever for (a first
-- try, a retry, a lease that runs out, the end of a wait in doubt, an expiry).  NULL: never again.

-- ---------------------------------------------------------------- the road out

CREATE TABLE conversation (
    token           TEXT PRIMARY KEY,
    owner           TEXT NOT NULL,
    subject         TEXT NOT NULL,
    thread_root     TEXT NOT NULL,
    user_context    TEXT NOT NULL,
    used_at         REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE message (
    id              TEXT PRIMARY KEY,
    received_at     REAL NOT NULL,
    reverse_path    TEXT NOT NULL,
    peer            TEXT NOT NULL,
    user            TEXT NOT NULL,
    tls             INTEGER NOT NULL,
    sender          TEXT NOT NULL,
    sender_key      TEXT NOT NULL,                  -- whose limits it counts towards
    profile         TEXT NOT NULL,
    token           TEXT NOT NULL,                  -- the conversation
    message_id      TEXT NOT NULL,
    refs            TEXT NOT NULL,
    ret             TEXT NOT NULL,
    envid           TEXT NOT NULL,
    fingerprint     BLOB NOT NULL,                  -- of client, envelope and content
    acked           INTEGER NOT NULL DEFAULT 0,     -- whether its 250 was written to the wire
    kept            INTEGER NOT NULL DEFAULT 1      -- whether its body and texts are still here
) WITHOUT ROWID;
CREATE INDEX message_unacked ON message (fingerprint) WHERE acked = 0;
CREATE INDEX message_token ON message (token);
CREATE INDEX message_age ON message (kept, received_at);

CREATE TABLE body (
    message         TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    raw             BLOB NOT NULL
);

CREATE TABLE submission (
    id              TEXT PRIMARY KEY,
    message         TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    origin          TEXT NOT NULL,                  -- holds the content: itself, or what it was split from
    kind            TEXT NOT NULL,
    content         TEXT,                           -- NULL: split off, or erased
    accepted_at     REAL NOT NULL,
    expires_at      REAL NOT NULL,
    profile         TEXT NOT NULL,
    sender          TEXT NOT NULL,
    originator      TEXT NOT NULL,
    user_context    TEXT NOT NULL,
    segments        INTEGER NOT NULL,
    after           TEXT NOT NULL,
    part            INTEGER NOT NULL,
    parts           INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX submission_message ON submission (message);

CREATE TABLE media (                                -- the files of a submission's MMS
    submission      TEXT NOT NULL REFERENCES submission (id) ON DELETE CASCADE,
    n               INTEGER NOT NULL,
    name            TEXT NOT NULL,
    media_type      TEXT NOT NULL,
    body            BLOB NOT NULL,
    PRIMARY KEY (submission, n)
);

CREATE TABLE delivery (                             -- one destination of one submission
    id              INTEGER PRIMARY KEY,
    submission      TEXT NOT NULL REFERENCES submission (id) ON DELETE CASCADE,
    destination     TEXT NOT NULL,
    is_list         INTEGER NOT NULL,
    state           TEXT NOT NULL,
    due_at          REAL,
    expires_at      REAL NOT NULL,                  -- the submission's, for the index below
    after           INTEGER,                        -- the same number's delivery of the part before
    epoch           INTEGER NOT NULL DEFAULT 0,
    owner           TEXT NOT NULL DEFAULT '',       -- who holds the lease
    attempts        INTEGER NOT NULL DEFAULT 0,
    failures        INTEGER NOT NULL DEFAULT 0,
    resends         INTEGER NOT NULL DEFAULT 0,
    host            TEXT NOT NULL DEFAULT '',
    begun_at        REAL NOT NULL DEFAULT 0,
    batch           INTEGER NOT NULL DEFAULT 1,
    token           TEXT NOT NULL DEFAULT '',
    reason          TEXT NOT NULL DEFAULT '',
    message_id      TEXT NOT NULL DEFAULT '',       -- the gateway's
    address         TEXT NOT NULL,                  -- RCPT TO as written, and what it asked for
    notify          TEXT NOT NULL,
    orcpt           TEXT NOT NULL,
    changed_at      REAL NOT NULL
);
CREATE INDEX delivery_due ON delivery (state, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_expiry ON delivery (expires_at) WHERE state IN ('queued', 'claimed');
CREATE INDEX delivery_submission ON delivery (submission);
CREATE INDEX delivery_destination ON delivery (destination);
CREATE INDEX delivery_doubt ON delivery (destination) WHERE begun_at > 0 AND message_id = '';
CREATE INDEX delivery_list ON delivery (id) WHERE is_list = 1;
CREATE INDEX delivery_after ON delivery (after) WHERE after IS NOT NULL;
CREATE INDEX delivery_message_id ON delivery (message_id, destination) WHERE message_id <> '';

CREATE TABLE attempt (                              -- one HTTP request
    id              INTEGER PRIMARY KEY,
    submission      TEXT NOT NULL REFERENCES submission (id) ON DELETE CASCADE,
    epoch           INTEGER NOT NULL,
    host            TEXT NOT NULL,
    begun_at        REAL NOT NULL,
    deliveries      TEXT NOT NULL,
    ended_at        REAL,
    outcome         TEXT NOT NULL DEFAULT ''
);
CREATE INDEX attempt_submission ON attempt (submission);

-- ---------------------------------------------------------------- the road back

CREATE TABLE event (
    id              INTEGER PRIMARY KEY,
    at              REAL NOT NULL,
    kind            TEXT NOT NULL,
    item            TEXT,                           -- NULL: erased
    key             TEXT NOT NULL,
    weak            INTEGER NOT NULL DEFAULT 0,
    acked           INTEGER NOT NULL DEFAULT 0,     -- 0: a copy joins it, even by a weak key
    state           TEXT NOT NULL,
    due_at          REAL,
    epoch           INTEGER NOT NULL DEFAULT 0,
    owner           TEXT NOT NULL DEFAULT '',
    attempts        INTEGER NOT NULL DEFAULT 0,
    reason          TEXT NOT NULL DEFAULT '',
    done            TEXT NOT NULL DEFAULT '[]',     -- mailboxes that have it
    number          TEXT NOT NULL DEFAULT '',
    message_id      TEXT NOT NULL DEFAULT '',
    user_context    TEXT NOT NULL DEFAULT '',
    mail            TEXT NOT NULL DEFAULT '',       -- the mail it is about, where that is certain
    changed_at      REAL NOT NULL
);
-- A strong key is one event for ever; a weak one joins only what was not answered yet.
CREATE UNIQUE INDEX event_key ON event (key) WHERE weak = 0 OR acked = 0;
CREATE INDEX event_due ON event (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX event_orphan ON event (number) WHERE state = 'orphan';
CREATE INDEX event_orphan_id ON event (message_id) WHERE state = 'orphan';
CREATE INDEX event_number ON event (number) WHERE number <> '';
CREATE INDEX event_context ON event (user_context) WHERE user_context <> '';
CREATE INDEX event_mail ON event (mail) WHERE mail <> '';
CREATE INDEX event_age ON event (at);
CREATE INDEX event_kept ON event (at) WHERE item IS NOT NULL;

CREATE TABLE callback (                             -- an event's request, as it came
    event           INTEGER PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
    raw             BLOB NOT NULL,
    content_type    TEXT NOT NULL
);

CREATE TABLE event_part (                           -- files of an inbound MMS, as fetched
    event           INTEGER NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    n               INTEGER NOT NULL,
    name            TEXT NOT NULL,
    media_type      TEXT NOT NULL,
    body            BLOB NOT NULL,
    PRIMARY KEY (event, n)
);

-- ---------------------------------------------------------------- the house

CREATE TABLE lane (
    name            TEXT PRIMARY KEY,
    waiting         INTEGER NOT NULL DEFAULT 0,     -- rows with a `due_at`, kept by the triggers
    paused_since    REAL,                           -- NULL: it goes
    token           TEXT NOT NULL DEFAULT '',
    reason          TEXT NOT NULL DEFAULT '',       -- of this rest, or of the last one
    probe_at        REAL,
    resumed_at      REAL NOT NULL DEFAULT 0,        -- when the last rest ended
    relapses        INTEGER NOT NULL DEFAULT 0      -- rests in a row that a good probe ended in vain
) WITHOUT ROWID;
INSERT INTO lane (name) VALUES ('submit'), ('notify');

-- Counting a million rows each second would cost more than the counting along.
CREATE TRIGGER delivery_waits AFTER INSERT ON delivery WHEN new.due_at IS NOT NULL BEGIN
    UPDATE lane SET waiting = waiting + 1 WHERE name = 'submit';
END;
CREATE TRIGGER delivery_turns AFTER UPDATE OF due_at ON delivery
WHEN (old.due_at IS NULL) <> (new.due_at IS NULL) BEGIN
    UPDATE lane SET waiting = waiting + iif(new.due_at IS NULL, -1, 1) WHERE name = 'submit';
END;
CREATE TRIGGER event_waits AFTER INSERT ON event WHEN new.due_at IS NOT NULL BEGIN
    UPDATE lane SET waiting = waiting + 1 WHERE name = 'notify';
END;
CREATE TRIGGER event_turns AFTER UPDATE OF due_at ON event
WHEN (old.due_at IS NULL) <> (new.due_at IS NULL) BEGIN
    UPDATE lane SET waiting = waiting + iif(new.due_at IS NULL, -1, 1) WHERE name = 'notify';
END;

CREATE TABLE command (                              -- what an operator asked for
    id              INTEGER PRIMARY KEY,
    at              REAL NOT NULL,
    verb            TEXT NOT NULL,
    target          TEXT NOT NULL,
    by              TEXT NOT NULL,
    obeyed_at       REAL,
    changed         INTEGER,
    reason          TEXT NOT NULL DEFAULT ''
);
CREATE INDEX command_open ON command (id) WHERE obeyed_at IS NULL;

CREATE TABLE optout (
    number          TEXT PRIMARY KEY,
    since           REAL,                           -- NULL: it is back
    source          TEXT NOT NULL
) WITHOUT ROWID;

-- For limits and learned tails, not yet written.

CREATE TABLE counter (                              -- what limits and costs add up, by window
    name            TEXT NOT NULL,
    starts_at       REAL NOT NULL,
    value           INTEGER NOT NULL,
    PRIMARY KEY (name, starts_at)
) WITHOUT ROWID;

CREATE TABLE tail (                                 -- closing blocks that a sender's mails end in
    sender_key      TEXT NOT NULL,
    digest          BLOB NOT NULL,
    block           TEXT NOT NULL,
    seen            INTEGER NOT NULL,
    last_at         REAL NOT NULL,
    PRIMARY KEY (sender_key, digest)
) WITHOUT ROWID;
