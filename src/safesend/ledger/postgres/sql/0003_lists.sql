-- Schema 3: of each suppression list, by its id, the newest change that a run or an
-- enrolment saw. Whoever brings a list without it brings an older copy.
CREATE TABLE seen_list (
  number bigint NOT NULL,
  at     double precision NOT NULL,
  era    double precision NOT NULL,
  id     text COLLATE "C" PRIMARY KEY,
  mark   bytea NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_scale_factor = 0);
