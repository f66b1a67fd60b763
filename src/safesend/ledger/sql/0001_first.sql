-- Schema 1.
--
-- `delivery.state` is a number, for size and so that a row keeps its length while its
-- state changes (all of them take one octet): a row that grows moves its neighbours.
--
--    1 draft (in `tally` only: a draft row is written as 2, above `live_upto`)
--    2 waiting, never tried and without a date     3 waiting, tried or put off
--    4 sending      5 accepted     6 refused       7 in doubt
--    8 cancelled    9 suppressed  10 expired      11 failed

-- What the ledger says of itself: its id, how payloads are kept, the check of its key.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  created     REAL NOT NULL,
  fingerprint BLOB NOT NULL DEFAULT x'',
  control     TEXT NOT NULL DEFAULT 'run',
  enrolled    INTEGER NOT NULL DEFAULT 0,
  live_since  REAL,
  -- Rows of this campaign with a higher id are a draft: going live is one update.
  live_upto   INTEGER NOT NULL DEFAULT 0,
  -- The run that enrols. Whoever lost it here has no draft any more.
  draft       INTEGER REFERENCES run (id) ON DELETE SET NULL
) STRICT;

-- Processes that send, and those that enrol (`started` is NULL). An id is never used
-- twice: it fences off whoever was taken for dead and comes back.
CREATE TABLE run (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  boot     TEXT NOT NULL,
  space    TEXT NOT NULL,
  pid      INTEGER NOT NULL,
  born     INTEGER NOT NULL,
  started  REAL,
  lease    REAL NOT NULL,
  ended    REAL
) STRICT;

-- One recipient of one campaign. `payload` is NULL as soon as the state is final.
CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  campaign    INTEGER NOT NULL,
  state       INTEGER NOT NULL DEFAULT 2,
  -- 2^23 plus the run that has or had it: four octets before the claim and after it.
  holder      INTEGER NOT NULL DEFAULT 8388608,
  attempts    INTEGER NOT NULL DEFAULT 0,
  not_before  REAL NOT NULL DEFAULT 0,
  digest      BLOB NOT NULL,
  suppression BLOB NOT NULL,
  provider    TEXT NOT NULL,
  first_tried REAL,
  last_tried  REAL,
  stage       TEXT,
  code        INTEGER,
  enhanced    TEXT,
  text        TEXT,
  payload     BLOB
) STRICT;

-- In list order; the draft is in it as well, above `live_upto`.
CREATE INDEX fresh ON delivery (campaign) WHERE state = 2;
-- By date; `first_tried` so that looking for what expires reads nothing else.
CREATE INDEX put_off ON delivery (campaign, not_before, first_tried) WHERE state = 3;
-- For decisions on rows in doubt and for the reasons in a report.
CREATE INDEX settled ON delivery (campaign, state) WHERE state > 5;

-- One mailbox, one row: live rows only. It is apart from `delivery` and filled at
-- go-live in order of the digests, since random inserts into a large index crawl.
CREATE TABLE identity (
  campaign INTEGER NOT NULL,
  digest   BLOB NOT NULL,
  delivery INTEGER NOT NULL,
  PRIMARY KEY (campaign, digest)
) STRICT, WITHOUT ROWID;

-- How many rows stand in each state, moved in the transaction that moves the rows.
CREATE TABLE tally (
  campaign INTEGER NOT NULL,
  state    INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  PRIMARY KEY (campaign, state)
) STRICT, WITHOUT ROWID;

-- Who paused, resumed or cancelled, and why.
CREATE TABLE control (
  id       INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  at       REAL NOT NULL,
  control  TEXT NOT NULL,
  actor    TEXT NOT NULL,
  reason   TEXT NOT NULL
) STRICT;
