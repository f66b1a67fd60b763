-- Statements about what is known of persons, by name. Numbers: 0001_first.sql.

-- set_retention --
UPDATE campaign SET keep_for = ?2 WHERE id = ?1;

-- over --
-- Campaigns that may be over: the first row went live so long ago (?2: seconds, or as
-- each is to be kept), and nothing waits or is in doubt (?3: or though it is).
SELECT id, coalesce(?2, keep_for) FROM campaign
 WHERE purged IS NULL AND live_since + coalesce(?2, keep_for) <= ?1
   AND (?3 OR NOT EXISTS (SELECT 1 FROM tally WHERE tally.campaign = campaign.id
                             AND number > 0 AND state IN (1, 2, 4, 7)))
 ORDER BY id;

-- last_outcome --
-- Of a row, or what a person decided about rows.
SELECT max(coalesce(live_since, created),
           coalesce((SELECT max(last_tried) FROM delivery
                      WHERE delivery.campaign = campaign.id), 0),
           coalesce((SELECT max(at) FROM control WHERE control.campaign = campaign.id
                        AND control.control IN ('cancel', 'accept', 'resend')), 0))
  FROM campaign WHERE id = ?1;

-- purge_delivery --
DELETE FROM delivery WHERE campaign = ?1;

-- purge_identity --
DELETE FROM identity WHERE campaign = ?1;

-- purge_suppression --
DELETE FROM suppression WHERE campaign = ?1 AND NOT asked;

-- purge_allowance --
-- Places and reasons may hold the name of a file, and that of a person.
DELETE FROM allowance WHERE campaign = ?1;

-- purge_hold --
DELETE FROM hold WHERE campaign = ?1;

-- purge_control --
-- A provider with a dot is a domain, which may be that of one person.
-- What a server said before another carrier took over may name somebody, too.
UPDATE control
   SET provider = CASE WHEN provider LIKE '%.%' THEN '' ELSE provider END,
       reason = CASE WHEN control = 'switch' THEN json_set(reason, '$[2]', '')
                     ELSE reason END
 WHERE campaign = ?1;

-- purge_approval --
-- A digest of a list tells whoever has one whether it is that list.
UPDATE approval SET digest = x'' WHERE campaign = ?1;

-- purge_rehearsal --
UPDATE rehearsal SET digest = x'' WHERE campaign = ?1;

-- purge_run --
UPDATE run SET stopped = '', told = '' WHERE campaign = ?1;

-- purge_session --
-- On the route to a mail host, which may be one person's own: see `leads_to_host`.
DELETE FROM session
 WHERE (route LIKE 'mx:%' OR route LIKE '% > %')
   AND run IN (SELECT id FROM run WHERE campaign = ?1);

-- purge_flow --
-- How mail for a domain fares is forgotten with the last row for it.
DELETE FROM flow
 WHERE provider LIKE '%.%' AND provider NOT IN (SELECT provider FROM delivery);

-- purge_seats --
-- Their names hold that of a domain.
DELETE FROM seat WHERE until < ?1;

-- purge_reasons --
-- A reply may name somebody; one that still holds is told to whoever asks why.
UPDATE flow SET reason = '' WHERE paused_until <= ?1;

-- purge_campaign --
UPDATE campaign SET purged = ?2, draft = NULL WHERE id = ?1;

-- unpurged_left --
SELECT count(*) FROM campaign
 WHERE purged IS NULL AND EXISTS (SELECT 1 FROM tally
                                   WHERE tally.campaign = campaign.id AND number > 0);

-- rows_of --
-- Of one mailbox in all campaigns; reads everything, which is not asked often.
SELECT d.id, c.id, c.name, d.id > c.live_upto, d.state, d.digest, d.payload,
       json_object('attempts', d.attempts, 'first_tried', d.first_tried,
                   'last_tried', d.last_tried, 'stage', coalesce(d.stage, ''),
                   'code', d.code, 'enhanced', d.enhanced,
                   'text', coalesce(d.text, ''))
  FROM delivery AS d JOIN campaign AS c ON c.id = d.campaign
 WHERE d.suppression = ?1 ORDER BY d.id;

-- forget --
-- What waits or is in doubt is cancelled. The digest stays: nobody is written to twice.
-- A provider with a dot is a domain, which may be that of one person.
UPDATE delivery
   SET state = iif(state IN (2, 3, 7), 8, state), holder = 8388608, attempts = 0,
       not_before = 0, provider = iif(provider LIKE '%.%', 'forgotten', provider),
       first_tried = NULL, last_tried = NULL, stage = NULL, code = NULL,
       enhanced = NULL, text = NULL, payload = NULL, dated = 0.5, doubt = NULL
 WHERE id = ?1;

-- suppress_asked --
INSERT INTO suppression (digest, at, campaign, asked) VALUES (?1, ?2, ?3, 1)
    ON CONFLICT (digest) DO UPDATE SET asked = 1;

-- unset_meta --
DELETE FROM meta WHERE name = ?1;
