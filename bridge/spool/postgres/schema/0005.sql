-- The spool, version 5: limits, as on SQLite.

DROP TABLE counter;

CREATE TABLE spent (
    sender_key      TEXT COLLATE "C" NOT NULL,
    number          TEXT COLLATE "C" NOT NULL,
    went            BYTEA NOT NULL,
    above           BYTEA NOT NULL,
    told_until      DOUBLE PRECISION NOT NULL,
    told_for        DOUBLE PRECISION NOT NULL,
    waits           BIGINT NOT NULL,
    look_at         DOUBLE PRECISION,
    until           DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (sender_key, number)
);
CREATE INDEX spent_waits ON spent (sender_key) WHERE waits = 1;
CREATE INDEX spent_look_at ON spent (look_at) WHERE look_at IS NOT NULL;

ALTER TABLE delivery ADD COLUMN spender TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN goes_at DOUBLE PRECISION;
ALTER TABLE delivery ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_limited ON delivery (spender, urgent, id)
    WHERE state = 'held' AND token = 'LIMIT';

ALTER TABLE command ADD COLUMN up_to BIGINT;
