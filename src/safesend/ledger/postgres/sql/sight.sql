-- Statements about what is to be seen of a campaign, and what it is, by name.

-- tell --
UPDATE run SET told = $2, told_at = $3 WHERE id = $1 AND ended IS NULL;

-- senders --
SELECT id, boot, space, pid, born, lease, relay, started, told, told_at FROM run
 WHERE campaign = $1 AND ended IS NULL AND started IS NOT NULL ORDER BY started, id;

-- spread --
SELECT provider, state, count(*) FROM delivery
 WHERE campaign = $1 AND id <= $2 GROUP BY provider, state
 ORDER BY provider, state;

-- oldest --
SELECT min(first_tried) FROM delivery WHERE campaign = $1 AND state = 3;

-- describe --
UPDATE campaign SET kind = $2, about = $3 WHERE id = $1;

-- seeds --
SELECT state, count(*) FROM delivery
 WHERE kind = 1 AND campaign = $1
   AND id <= (SELECT live_upto FROM campaign WHERE id = $1)
 GROUP BY state;
