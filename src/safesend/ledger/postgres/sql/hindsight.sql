-- Statements about what is heard after a message left, by name. Numbers of what is
-- heard, and of states: as in the SQLite ledger (../../sql).

-- page_of_rows --
-- Live rows in order of the ids, page by page.
SELECT id, digest FROM delivery
 WHERE id > $2 AND id <= (SELECT live_upto FROM campaign WHERE id = $1)
   AND campaign = $1
 ORDER BY id LIMIT $3;

-- seen_rows --
SELECT id, state, suppression FROM delivery
 WHERE id = ANY ($2::bigint[]) AND campaign = $1
   AND id <= (SELECT live_upto FROM campaign WHERE id = $1);

-- heard_before --
SELECT delivery, what FROM heard
 WHERE campaign = $1 AND what BETWEEN 1 AND 6 AND delivery = ANY ($2::bigint[]);

-- came_back --
-- From the few that came back to their mailboxes: those have no index.
SELECT DISTINCT delivery.suppression, heard.campaign
  FROM heard JOIN delivery ON delivery.id = heard.delivery
 WHERE heard.campaign IN (SELECT id FROM campaign WHERE kind = '')
   AND heard.what IN (3, 4) AND heard.at >= $2
   AND delivery.suppression = ANY ($1::bytea[]);

-- hear --
-- As many of each: campaign, what, row, date, code, enhanced code, text.
INSERT INTO heard (campaign, what, delivery, at, code, enhanced, text)
SELECT * FROM unnest($1::integer[], $2::smallint[], $3::bigint[], $4::double precision[],
                     $5::integer[], $6::text[], $7::text[]);

-- count_heard --
-- In order of the numbers, so that two who count do not wait for each other.
INSERT INTO heard_tally (campaign, what, number)
SELECT $1::integer, what, count(*) FROM unnest($2::smallint[]) AS told (what)
 GROUP BY what ORDER BY what
    ON CONFLICT (campaign, what)
    DO UPDATE SET number = heard_tally.number + excluded.number;

-- heard_tally --
SELECT what, number FROM heard_tally WHERE campaign = $1 ORDER BY what;

-- doubts_heard_of --
-- Something was heard while a run had them, which then left them in doubt.
SELECT id FROM delivery
 WHERE campaign = $1 AND state > 5 AND state = 7
   AND EXISTS (SELECT 1 FROM heard WHERE heard.campaign = $1
                  AND heard.what BETWEEN 1 AND 6 AND heard.delivery = delivery.id);

-- settle_heard --
-- As many of each: row, state, code, enhanced code, text, date.
UPDATE delivery
   SET state = told.state, payload = NULL, stage = NULL, code = told.code,
       enhanced = told.enhanced, text = told.text,
       first_tried = coalesce(first_tried, told.at),
       last_tried = coalesce(last_tried, told.at)
  FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::text[], $5::text[],
              $6::double precision[]) AS told (id, state, code, enhanced, text, at)
 WHERE delivery.id = told.id;

-- suppress_heard --
-- The rows, the date, and of each row whether the person wished it.
INSERT INTO suppression (digest, at, campaign, asked)
SELECT d.suppression, $2::double precision, d.campaign, bool_or(told.asked)
  FROM unnest($1::bigint[], $3::boolean[]) AS told (id, asked)
  JOIN delivery AS d ON d.id = told.id
 GROUP BY d.suppression, d.campaign ORDER BY d.suppression
    ON CONFLICT (digest) DO NOTHING;

-- ask_heard --
UPDATE suppression SET asked = true
 WHERE NOT asked AND digest IN (SELECT suppression FROM delivery
                                 WHERE id = ANY ($1::bigint[]));

-- words_of_rows --
SELECT delivery, what, at, code, enhanced, text FROM heard
 WHERE campaign = $1 AND what BETWEEN 1 AND 6 AND delivery = ANY ($2::bigint[]);

-- words_of_digest --
SELECT delivery, what, at, code, enhanced, text FROM heard
 WHERE campaign = $1 AND what BETWEEN 1 AND 6
   AND delivery = (SELECT id FROM delivery WHERE campaign = $1 AND digest = $2);

-- forget_heard --
-- What was heard stays, as the state does: told again it is nothing new.
UPDATE heard SET at = 0, code = NULL, enhanced = NULL, text = ''
 WHERE campaign = $1 AND what BETWEEN 1 AND 6 AND delivery = $2;
