-- Schema 2: the limits of a fleet.

-- For each throttle when its next cell is (GCRA), by the clock of this server. NULL
-- until it first gave any.
CREATE TABLE pace (
  arrival double precision,
  key     text COLLATE "C" PRIMARY KEY
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);

-- A place that only so many may have at a time: a connection to a relay, a probe. Free
-- when its time is over.
CREATE TABLE seat (
  until  double precision NOT NULL,
  number integer NOT NULL,
  holder uuid NOT NULL,
  key    text COLLATE "C" NOT NULL,
  PRIMARY KEY (key, number)
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);
