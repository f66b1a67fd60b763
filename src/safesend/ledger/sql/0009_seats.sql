-- Schema 9: places that only so many processes may have at a time, such as connections
-- to a relay. Free when its time is over.
CREATE TABLE seat (
  key    TEXT NOT NULL,
  number INTEGER NOT NULL,
  holder BLOB NOT NULL,
  until  REAL NOT NULL,
  PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
