-- The statements of the SQLite ledger, by name. Numbers of states: 0001_first.sql.

-- meta --
SELECT name, value FROM meta;

-- set_meta --
INSERT INTO meta (name, value) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- lock_meta --
-- A transaction that writes has the file to itself.
SELECT 1;

-- erased --
-- How many rows lost their payload so far, as octets.
SELECT CAST(coalesce(sum(number), 0) AS BLOB) FROM tally WHERE state NOT IN (1, 2, 4, 7);

-- add_campaign --
-- Two processes may ask at once: the name is unique, and the second finds the first's.
INSERT INTO campaign (name, created) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING;

-- campaign_of_name --
SELECT id, name, live_since IS NOT NULL, enrolled, fingerprint, control,
       (SELECT reason FROM control AS told
         WHERE told.campaign = campaign.id AND told.control = campaign.control
           AND told.provider = ''
         ORDER BY told.id DESC LIMIT 1),
       keep_for, purged, kind, about
  FROM campaign WHERE name = ?1;

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
       (SELECT json_group_array(provider) FROM hold WHERE campaign = ?1)
  FROM campaign WHERE id = ?1;

-- create_seen --
-- The digests of a draft in which somebody may stand twice, outside of the ledger: it
-- takes random inserts without writing pages of a log.
CREATE TEMP TABLE IF NOT EXISTS seen (
  campaign INTEGER NOT NULL,
  digest   BLOB NOT NULL,
  delivery INTEGER NOT NULL,
  PRIMARY KEY (campaign, digest)
) WITHOUT ROWID;

-- fill_seen --
INSERT INTO temp.seen (campaign, digest, delivery)
SELECT campaign, digest, id FROM delivery NOT INDEXED
 WHERE campaign = ?1 AND id > ?2 ORDER BY digest;

-- add_seen --
INSERT OR IGNORE INTO temp.seen (campaign, digest, delivery) VALUES (?1, ?2, ?3);

-- drop_seen --
DELETE FROM temp.seen WHERE campaign = ?1;

-- seen --
SELECT 1 FROM temp.seen WHERE campaign = ?1 AND digest = ?2;

-- set_draft --
UPDATE campaign SET draft = ?2 WHERE id = ?1;

-- drop_draft --
DELETE FROM delivery WHERE campaign = ?1 AND id > ?2;

-- last_row --
-- Never below what is live somewhere: rows may be gone from the end of the table, and a
-- number that is used again would make a row of a draft live.
SELECT max(coalesce((SELECT max(id) FROM delivery), 0),
           coalesce((SELECT max(live_upto) FROM campaign), 0));

-- enrolled --
SELECT 1 FROM identity WHERE campaign = ?1 AND digest = ?2;

-- enrol --
INSERT INTO delivery (id, campaign, digest, suppression, provider, payload, kind)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- identify --
INSERT INTO identity (campaign, digest, delivery)
SELECT campaign, digest, id FROM delivery NOT INDEXED
 WHERE campaign = ?1 AND id > ?2 ORDER BY digest;

-- go_live --
-- A pilot that began after this letter's own was planned is of the letter before.
UPDATE campaign
   SET pilot_over = iif(live_since IS NOT NULL AND fingerprint <> ?4
                        AND pilot_begun IS NOT NULL, NULL, pilot_over),
       pilot_begun = iif(live_since IS NULL OR fingerprint = ?4, pilot_begun, NULL),
       live_upto = max(live_upto, ?2), enrolled = enrolled + ?3, fingerprint = ?4,
       live_since = coalesce(live_since, ?5), draft = NULL
 WHERE id = ?1;

-- move --
INSERT INTO tally (campaign, state, number) VALUES (?1, ?2, ?3)
ON CONFLICT (campaign, state) DO UPDATE SET number = number + excluded.number;

-- counts --
SELECT state, number FROM tally WHERE campaign = ?1 AND number > 0;

-- count_of --
SELECT number FROM tally WHERE campaign = ?1 AND state = ?2;

-- clear_count --
DELETE FROM tally WHERE campaign = ?1 AND state = ?2;

-- add_run --
INSERT INTO run (campaign, boot, space, pid, born, started, lease, relay, actor)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- run --
SELECT r.campaign, r.ended IS NOT NULL, c.control, c.live_upto, c.begins,
       (SELECT json_group_array(provider) FROM hold WHERE hold.campaign = c.id),
       c.fingerprint
  FROM run AS r JOIN campaign AS c ON c.id = r.campaign
 WHERE r.id = ?1 AND r.started IS NOT NULL;

-- presence --
SELECT id, boot, space, pid, born, lease FROM run WHERE id = ?1;

-- open_runs --
SELECT id, boot, space, pid, born, lease FROM run
 WHERE campaign = ?1 AND ended IS NULL AND started IS NOT NULL;

-- senders --
SELECT id, boot, space, pid, born, lease, relay, started, told, told_at FROM run
 WHERE campaign = ?1 AND ended IS NULL AND started IS NOT NULL ORDER BY started, id;

-- tell --
UPDATE run SET told = ?2, told_at = ?3 WHERE id = ?1 AND ended IS NULL;

-- all_open_runs --
-- Of every campaign, those that enrol included.
SELECT id FROM run WHERE ended IS NULL;

-- beat --
UPDATE run SET lease = ?2 WHERE id = ?1 AND ended IS NULL;

-- end_run --
UPDATE run SET ended = ?2 WHERE id = ?1 AND ended IS NULL;

-- drop_run --
DELETE FROM run WHERE id = ?1;

-- held --
-- Only read after a crash: there is no index for it that every claim would pay for.
SELECT id FROM delivery WHERE campaign = ?1 AND state = 4 AND holder = ?2;

-- due_again --
-- Rows that were put off and are due, the longest due first, from a date on (?5).
-- ?4: providers that get nothing, as a JSON array.
SELECT id, provider, not_before FROM delivery INDEXED BY put_off
 WHERE campaign = ?1 AND state = 3 AND not_before BETWEEN ?5 AND ?2
   AND provider NOT IN (SELECT value FROM json_each(?4))
 ORDER BY not_before LIMIT ?3;

-- next_provider --
-- The first provider from there on that has fresh rows (perhaps of a draft only).
SELECT provider FROM delivery INDEXED BY fresh
 WHERE campaign = ?1 AND state = 2 AND provider >= ?2 ORDER BY provider LIMIT 1;

-- fresh_of --
-- A provider's fresh rows in list order, behind the last one that was taken.
SELECT id FROM delivery INDEXED BY fresh
 WHERE campaign = ?1 AND state = 2 AND provider = ?2 AND id > ?3 AND id <= ?4
 ORDER BY id LIMIT ?5;

-- claim --
-- Marked before a byte leaves. ?3: the ids as a JSON array. When it fails the whole
-- transaction is rolled back: so SQLite need not keep how each page was before.
UPDATE OR ROLLBACK delivery SET state = 4, holder = ?2,
       dated = iif(dated > 1, dated, coalesce(first_tried, ?4))
 WHERE id IN (SELECT value FROM json_each(?3)) AND campaign = ?1 AND state IN (2, 3);

-- claimed --
-- ?2: the ids as a JSON array.
SELECT id, digest, attempts, first_tried, payload, provider, dated,
       iif(doubt IS NULL, NULL, (SELECT relay FROM run WHERE run.id = doubt)), kind
  FROM delivery
 WHERE id IN (SELECT value FROM json_each(?2)) AND state = 4 AND holder = ?1;

-- record_final --
-- Address and fields go in the same statement that writes the outcome. For many rows.
UPDATE OR ROLLBACK delivery
   SET state = ?2, payload = NULL, not_before = told.not_before,
       attempts = attempts + told.attempt,
       first_tried = iif(told.attempt OR told.code > 0, coalesce(first_tried, ?3),
                         first_tried),
       last_tried = iif(told.attempt OR told.code > 0, ?3, last_tried),
       stage = told.stage, code = told.code, enhanced = told.enhanced, text = told.text
  FROM (SELECT column1 AS id, column2 AS not_before, column3 AS attempt, column4 AS stage,
               column5 AS code, column6 AS enhanced, column7 AS text
          FROM (VALUES (?4, ?5, ?6, ?7, ?8, ?9, ?10))) AS told
 WHERE delivery.id = told.id AND state = 4 AND holder = ?1;

-- record_open --
-- Back to waiting or in doubt: the payload stays. Waiting (2) without a try and without
-- a date is as it was before the claim. `doubted`: it waits, and may have arrived.
UPDATE OR ROLLBACK delivery
   SET state = iif(?2 = 2 AND (attempts + told.attempt > 0 OR told.not_before > 0
                               OR told.doubted OR doubt > 0), 3, ?2),
       not_before = told.not_before, attempts = attempts + told.attempt,
       first_tried = iif(told.attempt OR told.code > 0, coalesce(first_tried, ?3),
                         first_tried),
       last_tried = iif(told.attempt OR told.code > 0, ?3, last_tried),
       dated = iif(?2 = 7 OR told.doubted OR told.attempt OR told.code > 0
                   OR first_tried > 0 OR doubt > 0, dated, 0.5),
       doubt = iif(?2 = 7 OR told.doubted, coalesce(doubt, holder - 8388608), doubt),
       stage = told.stage, code = told.code, enhanced = told.enhanced, text = told.text
  FROM (SELECT column1 AS id, column2 AS not_before, column3 AS attempt, column4 AS stage,
               column5 AS code, column6 AS enhanced, column7 AS text, column8 AS doubted
          FROM (VALUES (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))) AS told
 WHERE delivery.id = told.id AND state = 4 AND holder = ?1;

-- release --
UPDATE delivery
   SET state = iif(attempts > 0 OR not_before > 0 OR doubt > 0, 3, 2),
       dated = iif(first_tried > 0 OR doubt > 0, dated, 0.5)
 WHERE id = ?1 AND state = 4 AND holder = ?2;

-- doubt --
UPDATE delivery SET state = 7, doubt = coalesce(doubt, holder - 8388608)
 WHERE id = ?1 AND state = 4 AND holder = ?2;

-- cancel_fresh --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = ?1 AND state = 2 AND id <= ?2;

-- cancel_put_off --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = ?1 AND state = 3 AND doubt IS NULL;

-- hold_doubtful --
-- What may have arrived cannot be cancelled: in doubt again.
UPDATE delivery SET state = 7 WHERE campaign = ?1 AND state = 3 AND doubt IS NOT NULL;

-- cancelled_providers --
SELECT provider FROM hold WHERE campaign = ?1 AND control = 'cancel';

-- cancel_fresh_of --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = ?1 AND state = 2 AND id <= ?2 AND provider = ?3;

-- cancel_put_off_of --
UPDATE delivery SET state = 8, payload = NULL
 WHERE campaign = ?1 AND state = 3 AND doubt IS NULL AND provider = ?2;

-- hold_doubtful_of --
UPDATE delivery SET state = 7
 WHERE campaign = ?1 AND state = 3 AND doubt IS NOT NULL AND provider = ?2;

-- put_off --
SELECT count(*) FROM delivery WHERE campaign = ?1 AND state = 3;

-- next_put_off --
SELECT not_before FROM delivery INDEXED BY put_off
 WHERE campaign = ?1 AND state = 3
   AND provider NOT IN (SELECT value FROM json_each(?2))
 ORDER BY not_before LIMIT 1;

-- spread --
SELECT provider, state, count(*) FROM delivery
 WHERE campaign = ?1 AND id <= ?2 GROUP BY provider, state;

-- oldest --
SELECT min(first_tried) FROM delivery INDEXED BY put_off
 WHERE campaign = ?1 AND state = 3;

-- expire --
UPDATE delivery SET state = 10, payload = NULL
 WHERE campaign = ?1 AND state = 3 AND first_tried < ?2 AND doubt IS NULL;

-- set_control --
UPDATE campaign SET control = ?2 WHERE id = ?1;

-- note_control --
INSERT INTO control (campaign, at, control, actor, reason) VALUES (?1, ?2, ?3, ?4, ?5);

-- note_order --
INSERT INTO control (campaign, at, control, actor, reason, provider)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- set_hold --
INSERT INTO hold (campaign, provider, control) VALUES (?1, ?2, ?3)
    ON CONFLICT (campaign, provider) DO UPDATE SET control = excluded.control;

-- lift_hold --
DELETE FROM hold WHERE campaign = ?1 AND provider = ?2;

-- set_begins --
UPDATE campaign SET begins = ?2 WHERE id = ?1;

-- ordered --
-- First the campaign as a whole, then the providers on hold; and who said so last.
WITH order_of (provider, control, begins) AS (
  SELECT '', control, begins FROM campaign WHERE id = ?1
   UNION ALL
  SELECT provider, control, 0.0 FROM hold WHERE campaign = ?1
)
SELECT o.provider, o.control, o.begins, told.reason, told.actor, told.at
  FROM order_of AS o LEFT JOIN control AS told ON told.id = (
       SELECT id FROM control AS said
        WHERE said.campaign = ?1 AND said.provider = o.provider
          AND said.control = o.control
        ORDER BY said.id DESC LIMIT 1)
 ORDER BY o.provider;

-- held_back --
SELECT provider FROM hold
 WHERE campaign = ?1
   AND (EXISTS (SELECT 1 FROM delivery AS d INDEXED BY fresh
                 WHERE d.campaign = ?1 AND d.state = 2 AND d.provider = hold.provider
                   AND d.id <= (SELECT live_upto FROM campaign WHERE id = ?1))
     OR EXISTS (SELECT 1 FROM delivery AS d INDEXED BY put_off
                 WHERE d.campaign = ?1 AND d.state = 3
                   AND d.provider = hold.provider));

-- note_allowance --
INSERT INTO allowance (campaign, at, check_id, place, reason)
VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO NOTHING;

-- allowances --
SELECT check_id, place, reason FROM allowance WHERE campaign = ?1 ORDER BY id;

-- accept_doubtful --
UPDATE delivery SET state = 5, payload = NULL
 WHERE campaign = ?1 AND state > 5 AND state = 7;

-- resend_doubtful --
UPDATE delivery SET state = 3, not_before = ?2, doubt = NULL
 WHERE campaign = ?1 AND state > 5 AND state = 7;

-- accept_one --
UPDATE delivery SET state = 5, payload = NULL
 WHERE state = 7
   AND id = (SELECT delivery FROM identity WHERE campaign = ?1 AND digest = ?2);

-- resend_one --
UPDATE delivery SET state = 3, not_before = ?3, doubt = NULL
 WHERE state = 7
   AND id = (SELECT delivery FROM identity WHERE campaign = ?1 AND digest = ?2);

-- doubts --
-- When its run recorded it; after a crash, when that run began: an earlier run's try,
-- if there was one, is no part of the doubt.
SELECT d.digest, d.payload, d.provider,
       max(coalesce(d.last_tried, 0), coalesce(r.started, 0)), r.relay, d.text
  FROM delivery AS d LEFT JOIN run AS r ON r.id = d.doubt
 WHERE d.campaign = ?1 AND d.state > 5 AND d.state = 7 ORDER BY d.id;

-- resend_known --
UPDATE delivery SET state = 3, not_before = ?4
 WHERE campaign = ?1 AND state > 5 AND state = 7 AND dated > ?3
   AND EXISTS (SELECT 1 FROM run WHERE run.id = doubt AND run.relay = ?2);

-- flows --
SELECT route, provider, began, window, eased_rate, eased_from, eased_at,
       paused_until, reason, changed
  FROM flow WHERE changed > ?1 ORDER BY route, provider;

-- note_flow --
INSERT INTO flow VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (route, provider) DO UPDATE SET
       began = coalesce(began, excluded.began), window = excluded.window,
       eased_rate = excluded.eased_rate, eased_from = excluded.eased_from,
       eased_at = excluded.eased_at, paused_until = excluded.paused_until,
       reason = excluded.reason, changed = excluded.changed;

-- suppress --
-- Asked before the outcome is written: like it, only for a row that the run still has.
INSERT INTO suppression (digest, at, campaign)
SELECT suppression, ?3, campaign FROM delivery
 WHERE id = ?1 AND state = 4 AND holder = ?2
    ON CONFLICT (digest) DO NOTHING;

-- suppress_new --
-- Rows that go live and whose mailbox is known to be none.
UPDATE delivery SET state = 9, payload = NULL
 WHERE EXISTS (SELECT 1 FROM suppression) AND campaign = ?1 AND id > ?2 AND state = 2
   AND suppression IN (SELECT digest FROM suppression);

-- suppressed --
SELECT 1 FROM suppression WHERE digest = ?1;

-- note_lift --
-- Beside what else a person asked for; asked before the row is gone.
INSERT INTO control (campaign, at, control, actor, reason)
SELECT campaign, ?2, 'lift', ?3, ?4 FROM suppression WHERE digest = ?1;

-- lift --
DELETE FROM suppression WHERE digest = ?1;

-- suppressions --
SELECT c.name, count(*), min(s.at), max(s.at)
  FROM suppression AS s JOIN campaign AS c ON c.id = s.campaign
 GROUP BY c.id ORDER BY c.id;

-- account --
SELECT state, attempts, last_tried, stage, code, enhanced, text
  FROM delivery
 WHERE id = (SELECT delivery FROM identity WHERE campaign = ?1 AND digest = ?2);

-- reasons --
-- Settled rows have an index of their own; the first condition lets it be used.
SELECT code, enhanced, text, count(*) FROM delivery
 WHERE campaign = ?1 AND state > 5 AND state = ?2
 GROUP BY code, enhanced, text ORDER BY count(*) DESC, code, text;

-- reasons_put_off --
SELECT code, enhanced, text, count(*) FROM delivery
 WHERE campaign = ?1 AND state = 3
 GROUP BY code, enhanced, text ORDER BY count(*) DESC, code, text;

-- reasons_unindexed --
SELECT code, enhanced, text, count(*) FROM delivery
 WHERE campaign = ?1 AND state = ?2
 GROUP BY code, enhanced, text ORDER BY count(*) DESC, code, text;

-- approve --
INSERT INTO approval (campaign, at, digest, actor, reason) VALUES (?1, ?2, ?3, ?4, ?5);

-- approvals_of --
SELECT at, digest, actor, reason FROM approval
 WHERE campaign = ?1 AND (?2 IS NULL OR digest = ?2) ORDER BY id;

-- awaiting --
-- Those who still may get it, page by page, in order of the ids.
SELECT id, digest, payload FROM delivery NOT INDEXED
 WHERE id > ?2 AND id <= (SELECT live_upto FROM campaign WHERE id = ?1)
   AND campaign = ?1 AND state IN (2, 3, 4, 7)
 ORDER BY id LIMIT 500;

-- needed --
SELECT approvals FROM campaign WHERE id = ?1;

-- need --
UPDATE campaign SET approvals = ?2 WHERE id = ?1 AND approvals <> ?2;

-- pilot --
SELECT pilot, pilot_after, pilot_refused, pilot_begun, pilot_over, pilot_from,
       pilot_upto
  FROM campaign WHERE id = ?1;

-- plan_pilot --
-- One that has begun stays, unless it was of another letter.
UPDATE campaign
   SET pilot = coalesce(?2, pilot), pilot_begun = NULL, pilot_over = NULL,
       pilot_after = iif(?2 IS NULL, pilot_after, ?3),
       pilot_refused = iif(?2 IS NULL, pilot_refused, ?4)
 WHERE id = ?1
   AND iif(pilot_begun IS NULL, ?2 IS NOT NULL,
           live_since IS NOT NULL AND fingerprint <> ?5);

-- first_waiting --
-- The first of the list (?4: of its people or of the seeds among them) that were never
-- tried, or (?5) that were: in order of the ids, which no index has by campaign.
SELECT id FROM delivery NOT INDEXED
 WHERE campaign = ?1 AND id <= ?2 AND state IN (2, 3) AND kind = ?4
   AND (dated >= 1 OR first_tried IS NOT NULL) = ?5
 ORDER BY id LIMIT ?3;

-- begin_pilot --
UPDATE campaign SET pilot_begun = ?2, pilot_from = ?3, pilot_upto = ?4 WHERE id = ?1;

-- leave_pilot --
UPDATE delivery SET pilot = 0
 WHERE id BETWEEN ?2 AND ?3 AND campaign = ?1 AND pilot = 1;

-- join_pilot --
UPDATE delivery SET pilot = 1 WHERE id IN (SELECT value FROM json_each(?1));

-- needless_pilot --
UPDATE campaign SET pilot_over = ?2 WHERE id = ?1;

-- release_pilot --
UPDATE campaign SET pilot_over = ?2
 WHERE id = ?1 AND pilot_begun IS NOT NULL AND pilot_over IS NULL;

-- due_of_pilot --
SELECT id, provider FROM delivery
 WHERE id BETWEEN ?2 AND ?3 AND campaign = ?1 AND pilot = 1 AND state IN (2, 3)
   AND not_before <= ?4
 ORDER BY state DESC, not_before, id;

-- next_of_pilot --
SELECT min(not_before) FROM delivery
 WHERE id BETWEEN ?2 AND ?3 AND campaign = ?1 AND pilot = 1 AND state IN (2, 3)
   AND provider NOT IN (SELECT value FROM json_each(?4));

-- pilot_states --
SELECT state, count(*), max(last_tried) FROM delivery
 WHERE id BETWEEN ?2 AND ?3 AND campaign = ?1 AND pilot = 1 AND kind = 0
 GROUP BY state;

-- describe --
UPDATE campaign SET kind = ?2, about = ?3 WHERE id = ?1;

-- seeds --
SELECT state, count(*) FROM delivery
 WHERE kind = 1 AND campaign = ?1
   AND id <= (SELECT live_upto FROM campaign WHERE id = ?1)
 GROUP BY state;
