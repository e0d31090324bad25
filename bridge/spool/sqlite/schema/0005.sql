-- The spool, version 5: limits, see core.limits.

DROP TABLE counter;                                 -- was never written

-- Instants are of a clock that nobody sets: the store's, less what that was moved by (clock.moved).
CREATE TABLE spent (                                -- what went lately
    sender_key      TEXT NOT NULL,                  -- for whom; '' is all
    number          TEXT NOT NULL,                  -- to whom; '' is all
    went            BLOB NOT NULL,                  -- instants and segments, as doubles
    above           BLOB NOT NULL,                  -- what of it was urgent, and above a limit
    told_until      REAL NOT NULL,                  -- until then more that is held is no news
    waits           INTEGER NOT NULL,               -- whether something of it may be held
    until           REAL NOT NULL,                  -- when it is forgotten
    PRIMARY KEY (sender_key, number)
) WITHOUT ROWID;
CREATE INDEX spent_waits ON spent (sender_key) WHERE waits = 1;

-- By whose windows a text that is held goes ('' is all senders'), and from when on, at the earliest.
ALTER TABLE delivery ADD COLUMN spender TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN goes_at REAL;
CREATE INDEX delivery_limited ON delivery (spender, id) WHERE state = 'held' AND token = 'LIMIT';

-- Up to which delivery a command means any; NULL (of before version 5): those that come later, too.
ALTER TABLE command ADD COLUMN up_to INTEGER;
