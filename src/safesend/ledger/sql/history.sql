-- What a report reads: the past of one campaign. Nothing here is asked while mails go
-- out; two of the statements read every row of the ledger once.

-- note_rehearsal --
INSERT INTO rehearsal
       (campaign, at, rows, new, digest, checks, version, actor, seconds)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- note_session --
INSERT INTO session (run, route, security, number)
SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM run WHERE id = ?1 AND ended IS NULL)
    ON CONFLICT (run, route, security) DO UPDATE SET number = number + excluded.number;

-- note_stop --
-- The first word stays: a run that said why it ended was not found dead.
UPDATE run SET stopped = ?2 WHERE id = ?1 AND ended IS NULL AND stopped = '';

-- past --
SELECT name, kind, about, created, live_since, begins, control, enrolled, fingerprint,
       pilot, pilot_over, keep_for, purged, live_upto
  FROM campaign WHERE id = ?1;

-- orders --
SELECT at, control, provider, actor, reason FROM control
 WHERE campaign = ?1 ORDER BY at, id;

-- holds --
SELECT provider, control FROM hold WHERE campaign = ?1 ORDER BY provider;

-- approvals --
SELECT at, digest, actor, reason FROM approval WHERE campaign = ?1 ORDER BY at, id;

-- rehearsals --
SELECT at, rows, new, digest, checks, version, actor, seconds FROM rehearsal
 WHERE campaign = ?1 ORDER BY at, id;

-- runs --
SELECT id, boot, space, pid, born, lease, started, ended, relay, actor, stopped
  FROM run WHERE campaign = ?1 AND started IS NOT NULL ORDER BY started, id;

-- sessions --
SELECT s.route, s.security, sum(s.number) FROM session AS s
  JOIN run AS r ON r.id = s.run WHERE r.campaign = ?1
 GROUP BY s.route, s.security ORDER BY s.route, s.security;

-- passed --
SELECT at, check_id, place, reason FROM allowance WHERE campaign = ?1 ORDER BY id;

-- survey --
-- Trusted: accepted after a doubt and without a server's yes, so somebody decided it.
WITH told AS (
  SELECT provider, state, kind, first_tried, last_tried,
         state = 5 AND doubt IS NOT NULL
         AND coalesce(code, 0) NOT BETWEEN 200 AND 299 AS trusted
    FROM delivery WHERE campaign = ?1 AND id <= ?2)
SELECT provider, state, count(*), sum(kind > 0), sum(trusted),
       min(first_tried), min(last_tried), max(last_tried),
       min(last_tried) FILTER (WHERE state = 5 AND NOT trusted),
       max(last_tried) FILTER (WHERE state = 5 AND NOT trusted)
  FROM told GROUP BY provider, state ORDER BY provider, state;

-- pace --
-- In which piece of time (of a width, ?4, from a date on, ?3) rows were last answered,
-- how often they were tried and how they stand.
SELECT CAST((last_tried - ?3) / ?4 AS INTEGER), attempts, state, count(*)
  FROM delivery WHERE campaign = ?1 AND id <= ?2 GROUP BY 1, 2, 3;

-- answers --
SELECT state, code, enhanced, text, count(*) FROM delivery
 WHERE campaign = ?1 AND (state > 5 OR state = 3) AND id <= ?2
 GROUP BY state, code, enhanced, text ORDER BY state, count(*) DESC, code, text;
