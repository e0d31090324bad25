-- The spool, version 4: for many nodes, clocks that leap, and stores that were restored.

-- Who is next to a number: what was accepted for it and did not go yet, in its order.
CREATE INDEX delivery_line ON delivery (destination, id)
    WHERE state IN ('queued', 'claimed', 'submitting');
-- Whether it lets one go first.
ALTER TABLE delivery ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_behind ON delivery (destination, id) WHERE behind = 1;

-- How many rows have a `due_at`: a store of many nodes counts them, since all would wait for a counter.
CREATE VIEW waiting (lane, number) AS SELECT name, waiting FROM lane;

CREATE TABLE clock (                                -- one row: what the store's clock showed
    id              INTEGER PRIMARY KEY,
    at              REAL NOT NULL,                  -- when it was last looked at
    leaps           INTEGER NOT NULL DEFAULT 0,     -- how often it was moved, and when last
    leapt_at        REAL NOT NULL DEFAULT 0,
    moved           REAL NOT NULL DEFAULT 0         -- by how many seconds in all
);
INSERT INTO clock (id, at) VALUES (1, 0);

-- Up to which delivery a command was carried out: of many, some in each transaction.
ALTER TABLE command ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
