-- Statements about what is known of persons, by name.

-- set_retention --
UPDATE campaign SET keep_for = $2 WHERE id = $1;

-- over --
-- Campaigns that may be over: the first row went live so long ago ($2: seconds, or as
-- each is to be kept), and nothing waits or is in doubt ($3: or though it is).
SELECT id, coalesce($2::double precision, keep_for) FROM campaign
 WHERE purged IS NULL
   AND live_since + coalesce($2::double precision, keep_for) <= $1::double precision
   AND ($3::boolean OR NOT EXISTS (SELECT 1 FROM tally
                                    WHERE tally.campaign = campaign.id
                                      AND state IN (1, 2, 4, 7)
                                    GROUP BY state HAVING sum(number) > 0))
 ORDER BY id;

-- last_outcome --
-- Of a row, or what a person decided about rows.
SELECT greatest(coalesce(live_since, created),
                (SELECT max(last_tried) FROM delivery
                  WHERE delivery.campaign = campaign.id),
                (SELECT max(at) FROM control WHERE control.campaign = campaign.id
                    AND control.control IN ('cancel', 'accept', 'resend')))
  FROM campaign WHERE id = $1;

-- purge_delivery --
DELETE FROM delivery WHERE campaign = $1;

-- purge_heard --
DELETE FROM heard WHERE campaign = $1;

-- purge_suppression --
DELETE FROM suppression WHERE campaign = $1 AND NOT asked;

-- purge_allowance --
-- Places and reasons may hold the name of a file, and that of a person.
DELETE FROM allowance WHERE campaign = $1;

-- purge_hold --
DELETE FROM hold WHERE campaign = $1;

-- purge_control --
-- A provider with a dot is a domain, which may be that of one person.
-- What a server said before another carrier took over may name somebody, too.
UPDATE control
   SET provider = CASE WHEN strpos(provider, '.') > 0 THEN '' ELSE provider END,
       reason = CASE WHEN control = 'switch'
                     THEN jsonb_set(reason::jsonb, '{2}', '""')::text
                     ELSE reason END
 WHERE campaign = $1;

-- purge_approval --
-- A digest of a list tells whoever has one whether it is that list.
UPDATE approval SET digest = '' WHERE campaign = $1;

-- purge_rehearsal --
UPDATE rehearsal SET digest = '' WHERE campaign = $1;

-- purge_run --
UPDATE run SET stopped = '', told = '' WHERE campaign = $1;

-- purge_session --
-- On the route to a mail host, which may be one person's own: see `leads_to_host`.
DELETE FROM session
 WHERE (strpos(route, 'mx:') = 1 OR strpos(route, ' > ') > 0)
   AND run IN (SELECT id FROM run WHERE campaign = $1);

-- purge_flow --
-- How mail for a domain fares is forgotten with the last row for it.
DELETE FROM flow
 WHERE strpos(provider, '.') > 0
   AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.provider = flow.provider);

-- purge_paces --
-- Their names hold that of a domain. One that is an hour old says nothing any more.
DELETE FROM pace
 WHERE name IN (SELECT name FROM pace
                 WHERE arrival < extract(epoch FROM clock_timestamp()) - 3600
                   FOR UPDATE SKIP LOCKED);

-- purge_seats --
DELETE FROM seat WHERE until < extract(epoch FROM clock_timestamp());

-- purge_reasons --
-- A reply may name somebody; one that still holds is told to whoever asks why.
UPDATE flow SET reason = '' WHERE paused_until <= $1;

-- purge_campaign --
UPDATE campaign SET purged = $2, draft = NULL WHERE id = $1;

-- unpurged_left --
SELECT count(*) FROM campaign
 WHERE purged IS NULL AND EXISTS (SELECT 1 FROM tally
                                   WHERE tally.campaign = campaign.id
                                   GROUP BY state HAVING sum(number) > 0);

-- rows_of --
-- Of one mailbox in all campaigns; reads everything, which is not asked often.
SELECT d.id, c.id, c.name, d.id > c.live_upto, d.state, d.digest, d.payload,
       json_build_object('attempts', d.attempts, 'first_tried', d.first_tried,
                         'last_tried', d.last_tried, 'stage', coalesce(d.stage, ''),
                         'code', d.code, 'enhanced', d.enhanced,
                         'text', coalesce(d.text, ''))::text
  FROM delivery AS d JOIN campaign AS c ON c.id = d.campaign
 WHERE d.suppression = $1 ORDER BY d.id;

-- hold_campaign --
-- As a transaction does that begins with one (database.py); this one needs several.
SELECT pg_advisory_xact_lock(hashtext(current_schema()::text), $1);

-- rows_to_forget --
-- Those that were found before, as they are now.
SELECT d.id, c.id, c.name, d.id > c.live_upto, d.state, d.digest, d.payload, '{}'
  FROM delivery AS d JOIN campaign AS c ON c.id = d.campaign
 WHERE d.id = ANY ($1::bigint[]) ORDER BY d.id;

-- forget --
-- What waits or is in doubt is cancelled. The digest stays: nobody is written to twice.
-- A provider with a dot is a domain, which may be that of one person.
UPDATE delivery
   SET state = CASE WHEN state IN (2, 3, 7) THEN 8 ELSE state END, holder = 0,
       attempts = 0, not_before = 0,
       provider = CASE WHEN strpos(provider, '.') > 0 THEN 'forgotten'
                       ELSE provider END,
       first_tried = NULL, last_tried = NULL, stage = NULL, code = NULL,
       enhanced = NULL, text = NULL, payload = NULL, dated = NULL, doubt = NULL
 WHERE id = $1;

-- suppress_asked --
INSERT INTO suppression (digest, at, campaign, asked) VALUES ($1, $2, $3, true)
    ON CONFLICT (digest) DO UPDATE SET asked = true;

-- note_unswept --
-- With the number of this transaction: who looks at the ledger as it was before sees
-- what was erased.
INSERT INTO meta (name, value)
VALUES ('unswept', convert_to(pg_current_xact_id()::text, 'UTF8'))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- unswept --
-- The number of the transaction that erased last, if that is still to be swept; how many
-- rows lost their payload so far, and how many of them were swept.
SELECT (SELECT convert_from(value, 'UTF8')::bigint FROM meta WHERE name = 'unswept'),
       (SELECT coalesce(sum(number), 0)::bigint FROM tally
         WHERE state NOT IN (1, 2, 4, 7)),
       (SELECT convert_from(value, 'UTF8')::bigint FROM meta WHERE name = 'tidied');

-- onlookers --
-- Programs that work here, and those that look at the ledger as it was before $1 was
-- done: a dump, for example. What they see cannot be thrown away.
SELECT (SELECT count(*) FROM run WHERE ended IS NULL)
     + (SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND age(backend_xmin) >= pg_current_xact_id()::text::bigint - $1);

-- impatience --
-- Whoever works goes before: a table that is not free within a second is left for later.
SET LOCAL lock_timeout = 1000;

-- note_swept --
INSERT INTO meta (name, value)
VALUES ('tidied', convert_to($1::bigint::text, 'UTF8'))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- forget_unswept --
DELETE FROM meta WHERE name = 'unswept';
