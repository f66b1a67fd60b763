-- make_paces --
INSERT INTO pace (name, arrival) SELECT unnest($1::text[]), 0
    ON CONFLICT (name) DO NOTHING;

-- paces --
-- In one order, so that two who ask do not wait for each other for ever.
SELECT name, arrival, extract(epoch FROM clock_timestamp())::float8
  FROM pace WHERE name = ANY($1::text[]) ORDER BY name FOR UPDATE;

-- move_paces --
UPDATE pace SET arrival = new.arrival
  FROM unnest($1::text[], $2::float8[]) AS new (name, arrival)
 WHERE pace.name = new.name;

-- refund_pace --
UPDATE pace SET arrival = $3 WHERE name = $1 AND arrival = $2::float8;
