-- Schema 1.

-- What the list says of itself: its id, and the check of its key.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Whom nobody writes to: a keyed digest of a mailbox, or of a whole domain (domain = 1).
-- Each reason stands by itself: who is taken off for one may still be on for another.
CREATE TABLE entry (
  digest  BLOB NOT NULL,
  reason  TEXT NOT NULL,
  domain  INTEGER NOT NULL,
  source  TEXT NOT NULL,
  since   REAL NOT NULL,
  expires REAL,
  PRIMARY KEY (digest, reason)
) STRICT, WITHOUT ROWID;

-- Few of them end.
CREATE INDEX ending ON entry (expires) WHERE expires IS NOT NULL;

-- What people did with the list.
CREATE TABLE deed (
  id     INTEGER PRIMARY KEY,
  at     REAL NOT NULL,
  actor  TEXT NOT NULL,
  deed   TEXT NOT NULL,
  number INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
