-- Schema 2: every change of the list by number and a random mark, so that a copy tells
-- what it lacks. `era` is when a person said that this copy is the list from there on.
CREATE TABLE change (
  number INTEGER PRIMARY KEY,
  mark   BLOB NOT NULL,
  at     REAL NOT NULL,
  era    REAL NOT NULL
) STRICT;

-- All that was before, as one.
INSERT INTO change (number, mark, at, era)
SELECT 1, randomblob(8), max(coalesce((SELECT max(since) FROM entry), 0.0),
                             coalesce((SELECT max(at) FROM deed), 0.0)), 0.0;
