-- Schema 5: what people order and agree to, and what they read afterwards.

-- An order for the mail of one provider only ('': for all of it).
ALTER TABLE control ADD COLUMN provider TEXT NOT NULL DEFAULT '';

-- Providers whose mail somebody paused or cancelled: 'pause' or 'cancel'.
CREATE TABLE hold (
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  provider TEXT NOT NULL,
  control  TEXT NOT NULL,
  PRIMARY KEY (campaign, provider)
) STRICT, WITHOUT ROWID;

-- Nothing is claimed before that date.
ALTER TABLE campaign ADD COLUMN begins REAL NOT NULL DEFAULT 0;

-- The pilot: how many people it has, when it began, and when the rest was let go.
-- Between the two dates only its rows are claimed; all of them lie from `pilot_from` to
-- `pilot_upto`.
ALTER TABLE campaign ADD COLUMN pilot INTEGER;
ALTER TABLE campaign ADD COLUMN pilot_begun REAL;
ALTER TABLE campaign ADD COLUMN pilot_from INTEGER;
ALTER TABLE campaign ADD COLUMN pilot_upto INTEGER;
ALTER TABLE campaign ADD COLUMN pilot_over REAL;
-- What lets the rest go without a person: seconds since the latest outcome, and the
-- share that may have got nothing.
ALTER TABLE campaign ADD COLUMN pilot_after REAL;
ALTER TABLE campaign ADD COLUMN pilot_refused REAL;
-- 1: a row of the pilot.
ALTER TABLE delivery ADD COLUMN pilot INTEGER NOT NULL DEFAULT 0;

-- How many people must have approved what is sent.
ALTER TABLE campaign ADD COLUMN approvals INTEGER NOT NULL DEFAULT 0;

-- Whoever agreed to a content: a keyed digest of letter, sender and list.
CREATE TABLE approval (
  id       INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  at       REAL NOT NULL,
  digest   BLOB NOT NULL,
  actor    TEXT NOT NULL,
  reason   TEXT NOT NULL
) STRICT;

-- Each rehearsal after which rows went live: how many, which checks (a JSON array of
-- their ids), by which version, started by whom, how long it took.
CREATE TABLE rehearsal (
  id       INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  at       REAL NOT NULL,
  rows     INTEGER NOT NULL,
  new      INTEGER NOT NULL,
  digest   BLOB NOT NULL,
  checks   TEXT NOT NULL,
  version  TEXT NOT NULL,
  actor    TEXT NOT NULL,
  seconds  REAL NOT NULL
) STRICT;

-- Who started a run, why it stopped before its end, and what it last said of its pace
-- (JSON).
ALTER TABLE run ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN stopped TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN told TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN told_at REAL NOT NULL DEFAULT 0;

-- How many sessions a run had on a route, by how they were secured.
CREATE TABLE session (
  run      INTEGER NOT NULL REFERENCES run (id),
  route    TEXT NOT NULL,
  security TEXT NOT NULL,
  number   INTEGER NOT NULL,
  PRIMARY KEY (run, route, security)
) STRICT, WITHOUT ROWID;

-- Not of the list: 1 a seed.
ALTER TABLE delivery ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
CREATE INDEX seed ON delivery (campaign, state) WHERE kind = 1;

-- What kind of mailing it is ('', 'test', 'redirected', 'correction') and of what.
ALTER TABLE campaign ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN about TEXT NOT NULL DEFAULT '';

-- For how many seconds after its end what is known of persons is kept (NULL: until
-- somebody purges it), and when that was done.
ALTER TABLE campaign ADD COLUMN keep_for REAL;
ALTER TABLE campaign ADD COLUMN purged REAL;
