-- The spool, version 2: what machines text is looked over for storms, and closing blocks are learned.

-- ---------------------------------------------------------------- storms, see core.storms

CREATE TABLE storm (                                -- the weather at a number
    number          TEXT PRIMARY KEY,
    latest          BLOB NOT NULL,                  -- when the last texts came, as doubles
    raging          INTEGER NOT NULL,
    until           REAL NOT NULL,                  -- when it is forgotten
    same            BLOB,                           -- the last text that was let go, NULL: none
    delivery        INTEGER,                        -- of its last part
    mail            TEXT,
    at              REAL
) WITHOUT ROWID;

CREATE TABLE lately (                               -- the last text of each shape that was let go
    number          TEXT NOT NULL,
    likeness        BLOB NOT NULL,
    delivery        INTEGER NOT NULL,               -- of its last part
    mail            TEXT NOT NULL,
    at              REAL NOT NULL,
    until           REAL NOT NULL,                  -- when it is forgotten
    PRIMARY KEY (number, likeness)
) WITHOUT ROWID;
CREATE INDEX lately_over ON lately (until);

CREATE TABLE summary (                              -- the text that counts what is folded now
    number          TEXT NOT NULL,
    spoken          INTEGER NOT NULL,               -- whether it is read out, as what it counts
    delivery        INTEGER NOT NULL,
    folded          INTEGER NOT NULL,               -- how many it counts, whose, and since when
    name            TEXT NOT NULL,
    since           REAL NOT NULL,
    until           REAL NOT NULL,                  -- when it is forgotten
    PRIMARY KEY (number, spoken)
) WITHOUT ROWID;

-- What stands for a text that was folded: the last part of one that went, and what counts it.
ALTER TABLE delivery ADD COLUMN stand_in INTEGER;
ALTER TABLE delivery ADD COLUMN counted_in INTEGER;
CREATE INDEX delivery_stand_in ON delivery (stand_in) WHERE stand_in IS NOT NULL;
CREATE INDEX delivery_counted_in ON delivery (counted_in) WHERE counted_in IS NOT NULL;

-- ---------------------------------------------------------------- closing blocks

CREATE INDEX tail_age ON tail (last_at);
