-- Schema 3: providers take turns, routes are remembered, mailboxes are suppressed.

-- Each provider's fresh rows in list order: they are claimed in turn, and one that is
-- paused is passed over without being read.
DROP INDEX fresh;
CREATE INDEX fresh ON delivery (campaign, provider) WHERE state = 2;

-- By date over all providers; the provider stands in it so that rows of one that is
-- paused are passed over inside the index.
DROP INDEX put_off;
CREATE INDEX put_off ON delivery (campaign, not_before, first_tried, provider)
 WHERE state = 3;

-- The name of the carrier: whoever has to decide about a row in doubt asks it.
ALTER TABLE run ADD COLUMN relay TEXT NOT NULL DEFAULT '';

-- How mail for a provider ('' for all of it) fares on a route.
CREATE TABLE flow (
  route        TEXT NOT NULL,
  provider     TEXT NOT NULL,
  began        REAL,
  -- Sessions that it was last found to bear.
  window       INTEGER,
  -- The eased rate: three numbers of policies/easing.py.
  eased_rate   REAL,
  eased_from   REAL,
  eased_at     REAL,
  paused_until REAL NOT NULL DEFAULT 0,
  reason       TEXT NOT NULL DEFAULT '',
  changed      REAL NOT NULL,
  PRIMARY KEY (route, provider)
) STRICT, WITHOUT ROWID;

-- Mailboxes that a server said do not exist: digests as in `delivery.suppression`.
CREATE TABLE suppression (
  digest   BLOB PRIMARY KEY,
  at       REAL NOT NULL,
  campaign INTEGER NOT NULL REFERENCES campaign (id)
) STRICT, WITHOUT ROWID;
