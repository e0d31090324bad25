-- The spool, version 5: limits, see core.limits.

DROP TABLE counter;                                 -- was never written

-- Instants are of a clock that nobody sets: the store's, less what that was moved by (clock.moved).
CREATE TABLE spent (                                -- what went lately
    sender_key      TEXT NOT NULL,                  -- for whom; '' is all
    number          TEXT NOT NULL,                  -- to whom; '' is all
    went            BLOB NOT NULL,                  -- instants and segments, as doubles
    above           BLOB NOT NULL,                  -- what of it was urgent, and above a limit
    told_until      REAL NOT NULL,                  -- until then more that is held is no news,
    told_for        REAL NOT NULL,                  -- by a window of so many seconds or fewer
    waits           INTEGER NOT NULL,               -- whether texts may wait for it
    look_at         REAL,                           -- when the next may go (of a sender, or all)
    until           REAL NOT NULL,                  -- when it is forgotten
    PRIMARY KEY (sender_key, number)
) WITHOUT ROWID;
CREATE INDEX spent_waits ON spent (sender_key) WHERE waits = 1;
CREATE INDEX spent_look_at ON spent (look_at) WHERE look_at IS NOT NULL;

-- By whose windows a text that is held goes, from when on, at the earliest; and what goes first.
ALTER TABLE delivery ADD COLUMN spender TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN goes_at REAL;
ALTER TABLE delivery ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_limited ON delivery (spender, urgent, id)
    WHERE state = 'held' AND token = 'LIMIT';

-- Up to which delivery a command means any; NULL (of before version 5): those that come later, too.
ALTER TABLE command ADD COLUMN up_to INTEGER;
