-- Statements about the rows of a pilot, by name.

-- pilot --
SELECT pilot, pilot_after, pilot_refused, pilot_begun, pilot_over, pilot_from,
       pilot_upto
  FROM campaign WHERE id = $1;

-- first_waiting --
-- The first of the list ($4: of its people or of the seeds among them) that were never
-- tried, or ($5) that were, in order of the ids. $3 is NULL for all of them.
SELECT id FROM delivery
 WHERE campaign = $1 AND id <= $2 AND state IN (2, 3) AND kind = $4
   AND (dated IS NOT NULL OR first_tried IS NOT NULL) = $5
 ORDER BY id LIMIT $3::bigint;

-- begin_pilot --
UPDATE campaign SET pilot_begun = $2, pilot_from = $3, pilot_upto = $4 WHERE id = $1;

-- leave_pilot --
UPDATE delivery SET pilot = false
 WHERE id BETWEEN $2 AND $3 AND campaign = $1 AND pilot;

-- join_pilot --
UPDATE delivery SET pilot = true WHERE id = ANY ($1::bigint[]);

-- needless_pilot --
UPDATE campaign SET pilot_over = $2 WHERE id = $1;

-- due_of_pilot --
-- What another claim looks at in this moment is its own.
SELECT id, provider FROM delivery
 WHERE id BETWEEN $2 AND $3 AND campaign = $1 AND pilot AND state IN (2, 3)
   AND not_before <= $4
 ORDER BY state DESC, not_before, id FOR UPDATE SKIP LOCKED;

-- next_of_pilot --
SELECT min(not_before) FROM delivery
 WHERE id BETWEEN $2 AND $3 AND campaign = $1 AND pilot AND state IN (2, 3)
   AND provider <> ALL ($4::text[]);

-- pilot_states --
SELECT state, count(*), max(last_tried) FROM delivery
 WHERE id BETWEEN $2 AND $3 AND campaign = $1 AND pilot AND kind = 0
 GROUP BY state;
