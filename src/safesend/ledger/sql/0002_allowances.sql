-- Schema 2: what the sender let pass, by name and with a reason.

CREATE TABLE allowance (
  id       INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  at       REAL NOT NULL,
  -- The id of a check, a part of the place ("" is everywhere), and why.
  check_id TEXT NOT NULL,
  place    TEXT NOT NULL,
  reason   TEXT NOT NULL,
  UNIQUE (campaign, check_id, place, reason)
) STRICT;
