-- The statements of the PostgreSQL ledger, by name, with `$1` for values. Numbers of
-- states: ../../sql/0001_first.sql. Those of the rooms beside the rows have files of
-- their own.

-- meta --
SELECT name, value FROM meta;

-- set_meta --
INSERT INTO meta (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- lock_meta --
-- Two processes may open a new ledger at once.
LOCK TABLE meta IN SHARE ROW EXCLUSIVE MODE;

-- add_campaign --
-- Two processes may ask at once: the name is unique, and the second finds the first's.
INSERT INTO campaign (name, created) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING;

-- campaign_of_name --
SELECT id, name, live_since IS NOT NULL, enrolled, fingerprint, control,
       (SELECT reason FROM control AS told
         WHERE told.campaign = campaign.id AND told.control = campaign.control
           AND told.provider = ''
         ORDER BY told.id DESC LIMIT 1),
       keep_for, purged, kind, about
  FROM campaign WHERE name = $1;

-- campaigns --
SELECT id, name, live_since IS NOT NULL, enrolled, fingerprint, control,
       (SELECT reason FROM control AS told
         WHERE told.campaign = campaign.id AND told.control = campaign.control
           AND told.provider = ''
         ORDER BY told.id DESC LIMIT 1),
       keep_for, purged, kind, about
  FROM campaign ORDER BY id;

-- standing --
-- What every change asks first.
SELECT control, live_upto, draft, enrolled, purged, name, begins,
       (SELECT coalesce(json_agg(provider)::text, '[]') FROM hold WHERE campaign = $1)
  FROM campaign WHERE id = $1;

-- lock_campaign --
-- For what only one of several claims may do.
SELECT 1 FROM campaign WHERE id = $1 FOR NO KEY UPDATE;

-- set_draft --
UPDATE campaign SET draft = $2 WHERE id = $1;

-- drop_draft --
DELETE FROM delivery WHERE campaign = $1 AND id > $2;

-- enrolled --
-- Those of these digests that the campaign has, live or drafted.
SELECT digest FROM delivery WHERE campaign = $1 AND digest = ANY($2::bytea[]);

-- enrol --
-- The ids follow the order of the rows.
COPY delivery (campaign, digest, suppression, provider, payload, kind)
FROM STDIN (FORMAT BINARY);

-- drafted --
SELECT count(*), max(id) FROM delivery WHERE campaign = $1 AND id > $2;

-- go_live --
-- A pilot that began after this letter's own was planned is of the letter before.
UPDATE campaign
   SET pilot_over = CASE WHEN live_since IS NOT NULL AND fingerprint <> $4
                          AND pilot_begun IS NOT NULL THEN NULL ELSE pilot_over END,
       pilot_begun = CASE WHEN live_since IS NULL OR fingerprint = $4
                          THEN pilot_begun END,
       live_upto = greatest(live_upto, $2), enrolled = enrolled + $3, fingerprint = $4,
       live_since = coalesce(live_since, $5), draft = NULL
 WHERE id = $1;

-- survey_rows --
ANALYZE (SKIP_LOCKED) delivery;

-- move --
-- In one order always, so that two who share a slot do not wait for each other for ever.
INSERT INTO tally (campaign, state, slot, number)
SELECT $1, state, $2, number
  FROM unnest($3::smallint[], $4::bigint[]) AS moved (state, number) ORDER BY state
    ON CONFLICT (campaign, state, slot) DO UPDATE
       SET number = tally.number + excluded.number;

-- counts --
SELECT state, sum(number)::bigint FROM tally
 WHERE campaign = $1 GROUP BY state HAVING sum(number) > 0;

-- clear_count --
DELETE FROM tally WHERE campaign = $1 AND state = $2;

-- add_run --
INSERT INTO run (campaign, boot, space, pid, born, started, lease, relay, actor)
VALUES ($1, $2, $3, $4, $5, $6, extract(epoch FROM clock_timestamp()) + $7, $8, $9)
RETURNING id, (SELECT fingerprint FROM campaign WHERE id = $1);

-- now --
-- Leases go by the clock of the server, whatever those of its clients say.
SELECT extract(epoch FROM clock_timestamp())::float8;

-- add_enroller --
INSERT INTO run (campaign, boot, space, pid, born, lease)
VALUES ($1, $2, $3, $4, $5, extract(epoch FROM clock_timestamp()) + $6) RETURNING id;

-- enroller --
SELECT id, boot, space, pid, born, lease, extract(epoch FROM clock_timestamp())::float8
  FROM run WHERE id = $1;

-- beat_enroller --
UPDATE run SET lease = extract(epoch FROM clock_timestamp()) + $2 WHERE id = $1;

-- run --
SELECT r.campaign, r.ended IS NOT NULL, c.control, c.live_upto, c.begins,
       (SELECT coalesce(json_agg(provider)::text, '[]') FROM hold
         WHERE hold.campaign = c.id),
       c.fingerprint
  FROM run AS r JOIN campaign AS c ON c.id = r.campaign
 WHERE r.id = $1 AND r.started IS NOT NULL;

-- campaign_of_run --
SELECT campaign FROM run WHERE id = $1 AND started IS NOT NULL;

-- open_runs --
-- One that renews its lease at this moment has renewed it.
SELECT id, boot, space, pid, born, lease, extract(epoch FROM clock_timestamp())::float8
  FROM run WHERE campaign = $1 AND ended IS NULL AND started IS NOT NULL
 ORDER BY id FOR NO KEY UPDATE;

-- server_began --
SELECT extract(epoch FROM pg_postmaster_start_time())::float8;

-- all_open_runs --
-- Of every campaign, those that enrol included.
SELECT id FROM run WHERE ended IS NULL;

-- lock_runs --
-- Waits for those that are about to begin, and keeps others from it.
LOCK TABLE run IN SHARE MODE;

-- beat --
UPDATE run SET lease = extract(epoch FROM clock_timestamp()) + $2
 WHERE id = $1 AND ended IS NULL
RETURNING extract(epoch FROM clock_timestamp())::float8;

-- begin --
-- Whoever ends the run at this moment waits for this, or this for them: then there is
-- no such run any more, and nothing is begun.
UPDATE run SET begun = $3, lease = extract(epoch FROM clock_timestamp()) + $2
 WHERE id = $1 AND ended IS NULL AND started IS NOT NULL
RETURNING extract(epoch FROM clock_timestamp())::float8;

-- note_stop --
-- The first word stays: a run that said why it ended was not found dead.
UPDATE run SET stopped = $2 WHERE id = $1 AND ended IS NULL AND stopped = '';

-- end_run --
UPDATE run SET ended = $2 WHERE id = $1 AND ended IS NULL;

-- drop_run --
DELETE FROM run WHERE id = $1;

-- held --
-- And whether it was never begun.
SELECT d.id, coalesce(d.id <> ALL (r.begun), false)
  FROM delivery AS d JOIN run AS r ON r.id = d.holder
 WHERE d.campaign = $1 AND d.state = 4 AND d.holder = $2;

-- due_again --
-- Rows that were put off and are due, the longest due first, from a date on ($5). Those
-- that another claim has in hand are passed over. $4: providers that get nothing.
SELECT id, provider, not_before FROM delivery
 WHERE campaign = $1 AND state = 3 AND not_before BETWEEN $5 AND $2
   AND provider <> ALL($4::text[])
 ORDER BY not_before LIMIT $3 FOR UPDATE SKIP LOCKED;

-- providers --
-- The first ones with fresh rows (perhaps of a draft only) from a name on: each is found
-- in the index, past all rows of the one before.
WITH RECURSIVE turn AS (
  (SELECT provider FROM delivery
    WHERE campaign = $1 AND state = 2 AND provider >= $2 ORDER BY provider LIMIT 1)
   UNION ALL
  SELECT (SELECT d.provider FROM delivery AS d
           WHERE d.campaign = $1 AND d.state = 2 AND d.provider > turn.provider
           ORDER BY d.provider LIMIT 1)
    FROM turn WHERE turn.provider IS NOT NULL)
SELECT provider FROM turn WHERE provider IS NOT NULL LIMIT $3;

-- fresh_of --
-- A provider's fresh rows in list order, behind the last one that was taken.
SELECT id FROM delivery
 WHERE campaign = $1 AND state = 2 AND provider = $2 AND id * 1 > $3 AND id * 1 <= $4
 ORDER BY id * 1 LIMIT $5 FOR UPDATE SKIP LOCKED;

-- is_fresh --
-- The same, to look at only; also those in another claim's hand.
SELECT id FROM delivery
 WHERE campaign = $1 AND state = 2 AND provider = $2 AND id * 1 <= $3 LIMIT 1;

-- claim --
-- Marked before a byte leaves. Rows are found by their ids: old statistics know nothing
-- of a new campaign, and a plan that believed it empty would read all of it (hence + 0,
-- which no index has).
UPDATE delivery
   SET state = 4, holder = $2, dated = coalesce(dated, first_tried, $4)
 WHERE id = ANY($3::bigint[]) AND campaign + 0 = $1 AND state IN (2, 3)
RETURNING id, digest, attempts, first_tried, payload, provider, dated,
       CASE WHEN doubt IS NOT NULL
            THEN (SELECT relay FROM run WHERE run.id = doubt) END,
       kind;

-- record --
-- Only what the run still has. Address and fields go in the statement that writes a
-- final outcome. Waiting (2) without a try and without a date is as it was before the
-- claim. `doubted`: it waits, and may have arrived.
UPDATE delivery AS d
   SET state = CASE WHEN told.state = 2
                     AND (d.attempts + told.attempt > 0 OR told.not_before > 0
                          OR told.doubted OR d.doubt IS NOT NULL)
                    THEN 3 ELSE told.state END,
       payload = CASE WHEN told.state IN (2, 7) THEN d.payload END,
       not_before = told.not_before, attempts = d.attempts + told.attempt,
       first_tried = CASE WHEN told.attempt > 0 OR told.code > 0
                          THEN coalesce(d.first_tried, $3) ELSE d.first_tried END,
       last_tried = CASE WHEN told.attempt > 0 OR told.code > 0
                         THEN $3 ELSE d.last_tried END,
       dated = CASE WHEN told.state <> 2 OR told.doubted OR told.attempt > 0
                      OR told.code > 0 OR d.first_tried IS NOT NULL
                      OR d.doubt IS NOT NULL
                    THEN d.dated END,
       doubt = CASE WHEN told.state = 7 OR told.doubted
                    THEN coalesce(d.doubt, d.holder) ELSE d.doubt END,
       stage = told.stage, code = told.code, enhanced = told.enhanced, text = told.text
  FROM unnest($4::bigint[], $5::smallint[], $6::float8[], $7::integer[], $8::text[],
              $9::integer[], $10::text[], $11::text[], $12::boolean[])
       AS told (id, state, not_before, attempt, stage, code, enhanced, text, doubted)
 WHERE d.id = told.id AND d.campaign = $1 AND d.state = 4 AND d.holder = $2
RETURNING told.state;

-- release --
UPDATE delivery
   SET state = CASE WHEN attempts > 0 OR not_before > 0 OR doubt IS NOT NULL
                    THEN 3 ELSE 2 END,
       dated = CASE WHEN first_tried IS NOT NULL OR doubt IS NOT NULL THEN dated END
 WHERE id = ANY($3::bigint[]) AND campaign + 0 = $1 AND state = 4 AND holder = $2;

-- doubt --
UPDATE delivery SET state = 7, doubt = coalesce(doubt, holder)
 WHERE id = ANY($3::bigint[]) AND campaign + 0 = $1 AND state = 4 AND holder = $2;

-- cancel_fresh --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = $1 AND state = 2 AND id <= $2;

-- cancel_put_off --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = $1 AND state = 3 AND doubt IS NULL;

-- hold_doubtful --
-- What may have arrived cannot be cancelled: in doubt again.
UPDATE delivery SET state = 7 WHERE campaign = $1 AND state = 3 AND doubt IS NOT NULL;

-- cancelled_providers --
SELECT provider FROM hold WHERE campaign = $1 AND control = 'cancel';

-- cancel_fresh_of --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = $1 AND state = 2 AND id <= $2 AND provider = $3;

-- cancel_put_off_of --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = $1 AND state = 3 AND doubt IS NULL AND provider = $2;

-- hold_doubtful_of --
UPDATE delivery SET state = 7
 WHERE campaign = $1 AND state = 3 AND doubt IS NOT NULL AND provider = $2;

-- put_off --
SELECT count(*) FROM delivery WHERE campaign = $1 AND state = 3;

-- next_put_off --
SELECT not_before FROM delivery
 WHERE campaign = $1 AND state = 3 AND provider <> ALL($2::text[])
 ORDER BY not_before LIMIT 1;

-- expire --
UPDATE delivery SET state = 10, payload = NULL
 WHERE campaign = $1 AND state = 3 AND first_tried < $2 AND doubt IS NULL;

-- note_control --
INSERT INTO control (campaign, at, control, actor, reason)
VALUES ($1, $2, $3, $4, $5);

-- note_allowance --
INSERT INTO allowance (campaign, at, check_id, place, reason)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING;

-- allowances --
SELECT check_id, place, reason FROM allowance WHERE campaign = $1 ORDER BY id;

-- accept_doubtful --
UPDATE delivery SET state = 5, payload = NULL
 WHERE campaign = $1 AND state > 5 AND state = 7;

-- resend_doubtful --
UPDATE delivery SET state = 3, not_before = $2, doubt = NULL
 WHERE campaign = $1 AND state > 5 AND state = 7;

-- accept_some --
UPDATE delivery SET state = 5, payload = NULL
 WHERE campaign = $1 AND state = 7 AND digest = ANY($2::bytea[]);

-- resend_some --
UPDATE delivery SET state = 3, not_before = $3, doubt = NULL
 WHERE campaign = $1 AND state = 7 AND digest = ANY($2::bytea[]);

-- doubts --
-- When its run recorded it; after a crash, when that run began: an earlier run's try,
-- if there was one, is no part of the doubt.
SELECT d.digest, d.payload, d.provider,
       greatest(coalesce(d.last_tried, 0), coalesce(r.started, 0)), r.relay, d.text
  FROM delivery AS d LEFT JOIN run AS r ON r.id = d.doubt
 WHERE d.campaign = $1 AND d.state > 5 AND d.state = 7 ORDER BY d.id;

-- resend_known --
UPDATE delivery SET state = 3, not_before = $4
 WHERE campaign = $1 AND state > 5 AND state = 7 AND dated > $3
   AND EXISTS (SELECT 1 FROM run WHERE run.id = doubt AND run.relay = $2);

-- flows --
SELECT route, provider, began, sessions, eased_rate, eased_from, eased_at,
       paused_until, reason, changed
  FROM flow WHERE changed > $1 ORDER BY route, provider;

-- note_flow --
-- A pause that another worker told just now stands: whoever writes has not heard of it.
-- The date is then not his own, so that he hears of it with the rest.
INSERT INTO flow (route, provider, began, sessions, eased_rate, eased_from, eased_at,
                  paused_until, reason, changed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (route, provider) DO UPDATE SET
       began = coalesce(flow.began, excluded.began), sessions = excluded.sessions,
       eased_rate = excluded.eased_rate, eased_from = excluded.eased_from,
       eased_at = excluded.eased_at,
       (paused_until, reason, changed) = (
         SELECT CASE WHEN news THEN flow.paused_until ELSE excluded.paused_until END,
                CASE WHEN news THEN flow.reason ELSE excluded.reason END,
                CASE WHEN news THEN 0.00001 ELSE 0 END + excluded.changed
           FROM (SELECT flow.paused_until > excluded.paused_until
                    AND flow.paused_until > excluded.changed
                    AND excluded.changed - flow.changed BETWEEN 0 AND 1 AS news) AS told);

-- suppress --
-- Asked before the outcome is written: like it, only for a row that the run still has.
-- In one order, so that two campaigns with the same people do not wait for each other.
INSERT INTO suppression (digest, at, campaign)
SELECT DISTINCT suppression, $4::float8, campaign FROM delivery
 WHERE id = ANY($3::bigint[]) AND campaign + 0 = $1 AND state = 4 AND holder = $2
 ORDER BY suppression
    ON CONFLICT (digest) DO NOTHING;

-- suppress_new --
-- Rows that go live and whose mailbox is known to be none.
UPDATE delivery SET state = 9, payload = NULL
 WHERE campaign = $1 AND id > $2 AND state = 2
   AND suppression IN (SELECT digest FROM suppression);

-- suppressed --
SELECT 1 FROM suppression WHERE digest = $1;

-- lift --
-- Beside what else a person asked for; of two who lift it at once one does.
WITH gone AS (DELETE FROM suppression WHERE digest = $1 RETURNING campaign)
INSERT INTO control (campaign, at, control, actor, reason)
SELECT campaign, $2, 'lift', $3, $4 FROM gone;

-- suppressions --
SELECT c.name, count(*), min(s.at), max(s.at)
  FROM suppression AS s JOIN campaign AS c ON c.id = s.campaign
 GROUP BY c.id ORDER BY c.id;

-- account --
SELECT CASE WHEN d.id > c.live_upto THEN 1 ELSE d.state END, d.attempts, d.last_tried,
       d.stage, d.code, d.enhanced, d.text
  FROM delivery AS d JOIN campaign AS c ON c.id = d.campaign
 WHERE d.campaign = $1 AND d.digest = $2;

-- reasons --
-- Settled rows have an index of their own; the first condition lets it be used.
SELECT code, enhanced, text, count(*) FROM delivery
 WHERE campaign = $1 AND state > 5 AND state = $2
 GROUP BY code, enhanced, text ORDER BY count(*) DESC, code, text;

-- reasons_put_off --
SELECT code, enhanced, text, count(*) FROM delivery
 WHERE campaign = $1 AND state = 3
 GROUP BY code, enhanced, text ORDER BY count(*) DESC, code, text;

-- reasons_unindexed --
SELECT code, enhanced, text, count(*) FROM delivery
 WHERE campaign = $1 AND state = $2
 GROUP BY code, enhanced, text ORDER BY count(*) DESC, code, text;
