-- Schema 10: of each suppression list, by its id, the newest change that a run or an
-- enrolment saw. Whoever brings a list without it brings an older copy.
CREATE TABLE seen_list (
  id     TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  mark   BLOB NOT NULL,
  at     REAL NOT NULL,
  era    REAL NOT NULL
) STRICT, WITHOUT ROWID;
