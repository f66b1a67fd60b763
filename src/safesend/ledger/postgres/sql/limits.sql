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

-- take_seat --
-- The lowest that is free. Where two want the same, the second one gets nothing.
INSERT INTO seat (key, number, holder, until)
SELECT $1::text, number, $3::uuid, extract(epoch FROM clock_timestamp()) + $4::float8
  FROM generate_series(1, $2::integer) AS number
 WHERE NOT EXISTS (SELECT 1 FROM seat AS other
                    WHERE other.key = $1::text AND other.number = number.number
                      AND other.until > extract(epoch FROM clock_timestamp()))
 ORDER BY number LIMIT 1
    ON CONFLICT (key, number) DO UPDATE
       SET holder = excluded.holder, until = excluded.until
     WHERE seat.until <= extract(epoch FROM clock_timestamp());

-- renew_seats --
UPDATE seat SET until = extract(epoch FROM clock_timestamp()) + $2::float8
 WHERE holder = ANY($1::uuid[]) AND until > extract(epoch FROM clock_timestamp())
RETURNING holder;

-- leave_seat --
UPDATE seat SET until = 0 WHERE holder = $1;
