-- The spool, version 3: conversations that a phone begins, reports by mail, opt-outs, credit.

-- ---------------------------------------------------------------- conversations

-- The conversation in which an inbound text is answered. The mails of before name theirs by token,
-- or by the context of a text to a list.
ALTER TABLE event ADD COLUMN token TEXT NOT NULL DEFAULT '';
CREATE TEMP TABLE listed (user_context TEXT PRIMARY KEY ON CONFLICT REPLACE, token TEXT);
INSERT INTO listed SELECT s.user_context, m.token FROM delivery d
    JOIN submission s ON s.id = d.submission JOIN message m ON m.id = s.message
    WHERE d.is_list = 1 ORDER BY d.id;
UPDATE event SET token = coalesce(
    (SELECT token FROM conversation WHERE token = event.user_context),
    (SELECT token FROM listed WHERE user_context = event.user_context),
    '') WHERE user_context <> '';
DROP TABLE listed;
CREATE INDEX event_token ON event (token) WHERE token <> '';
CREATE INDEX event_begun ON event (number) WHERE token <> '' AND number <> '';
-- Who reads what begins a conversation.
ALTER TABLE conversation ADD COLUMN route TEXT NOT NULL DEFAULT '';

-- ---------------------------------------------------------------- reports

-- Its profile's word (of the mails of before it is asked when they are told), and when it is looked
-- after next: whether its texts still wait, and whether reports are missing. NULL: never again.
ALTER TABLE message ADD COLUMN reports TEXT NOT NULL DEFAULT 'all';
ALTER TABLE message ADD COLUMN look_at REAL;
CREATE INDEX message_look_at ON message (look_at) WHERE look_at IS NOT NULL;

-- RFC 3463's code of its end, and the state that its sender was told (see core.reporting): that it
-- was delivered once all its parts were.
ALTER TABLE delivery ADD COLUMN enhanced TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN told TEXT NOT NULL DEFAULT '';
UPDATE delivery SET told = state
    WHERE state IN ('undeliverable', 'network-expired', 'rejected', 'expired')
    OR (state = 'held' AND due_at IS NULL);
UPDATE delivery SET told = state WHERE id IN (SELECT id FROM
    (SELECT d.id, s.parts, count(*) OVER (PARTITION BY s.message, d.destination, s.parts) AS ended
        FROM delivery d JOIN submission s ON s.id = d.submission WHERE d.state = 'delivered')
    WHERE ended >= parts);

-- Members of a gateway's list are heard of by reports alone: the delivery of their list.
ALTER TABLE delivery ADD COLUMN member_of INTEGER;
CREATE INDEX delivery_list_id ON delivery (message_id) WHERE is_list = 1;

-- What a report may join until it is told for the first time.
CREATE INDEX event_open ON event (mail, kind) WHERE state = 'queued' AND epoch = 0 AND mail <> '';

-- What an event contradicts, and where that is looked for.
ALTER TABLE event ADD COLUMN conflict TEXT NOT NULL DEFAULT '';
CREATE INDEX event_message_id ON event (message_id) WHERE message_id <> '';

CREATE TABLE report (                               -- who hears of an event, see core.gathering
    event           INTEGER NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    mailbox         TEXT NOT NULL,                  -- in small letters
    at              REAL NOT NULL,                  -- when its mail was begun last
    gathered_in     INTEGER,                        -- the event that tells of it; NULL: its own
    PRIMARY KEY (event, mailbox)
) WITHOUT ROWID;
CREATE INDEX report_mailbox ON report (mailbox, gathered_in, at);

-- ---------------------------------------------------------------- lists, opt-outs and credit

-- What managers ordered, whose changes the gateway tells of again.
CREATE INDEX event_order ON event (at) WHERE kind = 'ListOrder';

-- When the wish was uttered.
ALTER TABLE optout ADD COLUMN at REAL NOT NULL DEFAULT 0;

CREATE TABLE balance (                              -- the account's credit, as it was seen
    at              REAL PRIMARY KEY,
    credits         REAL NOT NULL,
    told            INTEGER NOT NULL                -- whether that it is low was told by then
) WITHOUT ROWID;

-- ---------------------------------------------------------------- loops, see core.loops

CREATE TABLE pair (                                 -- what one sender's answers texted to a number
    sender_key      TEXT NOT NULL,
    number          TEXT NOT NULL,
    went            TEXT NOT NULL,                  -- when, and the fingerprint of each
    told_at         REAL,                           -- that more is held
    until           REAL NOT NULL,                  -- when it is forgotten
    PRIMARY KEY (sender_key, number)
) WITHOUT ROWID;
CREATE INDEX pair_over ON pair (until);
