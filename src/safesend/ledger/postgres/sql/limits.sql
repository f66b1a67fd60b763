-- make_paces --
INSERT INTO pace (key) SELECT unnest($1::text[]) ON CONFLICT (key) DO NOTHING;

-- paces --
-- In one order, so that two who ask do not wait for each other for ever.
SELECT key, arrival, extract(epoch FROM clock_timestamp())::float8
  FROM pace WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE;

-- move_paces --
UPDATE pace SET arrival = new.arrival
  FROM unnest($1::text[], $2::float8[]) AS new (key, arrival) WHERE pace.key = new.key;

-- refund_pace --
UPDATE pace SET arrival = $3 WHERE key = $1 AND arrival = $2::float8;
