-- Schema 7: what was heard of a message after a relay took it.
--
-- `what` is a number:
--    1 taken        2 delivered   3 bounced, for good
--    4 returned (another one may not be)   5 complained   6 rejected by the relay
--
-- Each is heard once of a row; the first word stays.
CREATE TABLE heard (
  campaign INTEGER NOT NULL,
  what     INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  at       REAL NOT NULL,
  code     INTEGER,
  enhanced TEXT,
  text     TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (campaign, what, delivery)
) STRICT, WITHOUT ROWID;

-- Of how many rows it was heard; it outlasts a purge.
CREATE TABLE heard_tally (
  campaign INTEGER NOT NULL,
  what     INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  PRIMARY KEY (campaign, what)
) STRICT, WITHOUT ROWID;
