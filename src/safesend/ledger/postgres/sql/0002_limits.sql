-- Schema 2: places of a fleet. How fast it may go stands in `pace` of schema 1.

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
