-- The spool, version 3: conversations that a phone begins, reports by mail, opt-outs, credit.

-- ---------------------------------------------------------------- conversations

-- The conversation it begins.
ALTER TABLE event ADD COLUMN token TEXT NOT NULL DEFAULT '';
CREATE INDEX event_token ON event (token) WHERE token <> '';

-- ---------------------------------------------------------------- reports

-- Its profile's word.
ALTER TABLE message ADD COLUMN reports TEXT NOT NULL DEFAULT 'failures';
-- RFC 3463's code of its end.
ALTER TABLE delivery ADD COLUMN enhanced TEXT NOT NULL DEFAULT '';
-- The state its sender was told.
ALTER TABLE delivery ADD COLUMN told TEXT NOT NULL DEFAULT '';

-- A mail is looked after once, a quarter of an hour after it came. Those of before are not.
ALTER TABLE message ADD COLUMN looked_after INTEGER NOT NULL DEFAULT 1;
CREATE INDEX message_looked_after ON message (received_at) WHERE looked_after = 0;

-- ---------------------------------------------------------------- opt-outs and credit

-- When the wish was uttered.
ALTER TABLE optout ADD COLUMN at REAL NOT NULL DEFAULT 0;

CREATE TABLE balance (                              -- the account's credit, as it was seen
    at              REAL PRIMARY KEY,
    credits         REAL NOT NULL
) WITHOUT ROWID;
