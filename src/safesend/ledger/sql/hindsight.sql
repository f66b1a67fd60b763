-- Statements about what is heard after a message left, by name. Numbers of what is
-- heard: 0007_heard.sql, of states: 0001_first.sql.

-- page_of_rows --
-- Live rows in order of the ids, page by page.
SELECT id, digest FROM delivery NOT INDEXED
 WHERE id > ?2 AND id <= (SELECT live_upto FROM campaign WHERE id = ?1)
   AND campaign = ?1
 ORDER BY id LIMIT ?3;

-- seen_rows --
-- ?2: the ids as a JSON array.
SELECT id, state, suppression FROM delivery
 WHERE id IN (SELECT value FROM json_each(?2)) AND campaign = ?1
   AND id <= (SELECT live_upto FROM campaign WHERE id = ?1);

-- heard_before --
SELECT delivery, what FROM heard
 WHERE campaign = ?1 AND what IN (1, 2, 3, 4, 5, 6)
   AND delivery IN (SELECT value FROM json_each(?2));

-- came_back --
-- From the few that came back to their mailboxes: those have no index.
-- ?1: the mailboxes in hexadecimal, as a JSON array.
SELECT DISTINCT delivery.suppression, heard.campaign
  FROM heard CROSS JOIN delivery ON delivery.id = heard.delivery
 WHERE heard.campaign IN (SELECT id FROM campaign WHERE kind = '') AND heard.what IN (3, 4)
   AND heard.at >= ?2
   AND lower(hex(delivery.suppression)) IN (SELECT value FROM json_each(?1));

-- hear --
INSERT INTO heard (campaign, what, delivery, at, code, enhanced, text)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- count_heard --
INSERT INTO heard_tally (campaign, what, number) VALUES (?1, ?2, ?3)
    ON CONFLICT (campaign, what) DO UPDATE SET number = number + excluded.number;

-- heard_tally --
SELECT what, number FROM heard_tally WHERE campaign = ?1 ORDER BY what;

-- doubts_heard_of --
-- Something was heard while a run had them, which then left them in doubt.
SELECT id FROM delivery
 WHERE campaign = ?1 AND state > 5 AND state = 7
   AND EXISTS (SELECT 1 FROM heard WHERE heard.campaign = ?1
                  AND heard.what IN (1, 2, 3, 4, 5, 6)
                  AND heard.delivery = delivery.id);

-- settle_heard --
UPDATE delivery
   SET state = ?2, payload = NULL, stage = NULL, code = ?3, enhanced = ?4, text = ?5,
       first_tried = coalesce(first_tried, ?6), last_tried = coalesce(last_tried, ?6)
 WHERE id = ?1;

-- suppress_heard --
INSERT INTO suppression (digest, at, campaign, asked)
SELECT suppression, ?2, campaign, ?3 FROM delivery WHERE id = ?1
    ON CONFLICT (digest) DO NOTHING;

-- ask_heard --
UPDATE suppression SET asked = 1
 WHERE digest = (SELECT suppression FROM delivery WHERE id = ?1);

-- words_of_row --
SELECT json_group_array(json_array(what, at, code, enhanced, text)) FROM heard
 WHERE campaign = ?1 AND what IN (1, 2, 3, 4, 5, 6) AND delivery = ?2;

-- words_of_digest --
SELECT json_group_array(json_array(what, at, code, enhanced, text)) FROM heard
 WHERE campaign = ?1 AND what IN (1, 2, 3, 4, 5, 6)
   AND delivery = (SELECT delivery FROM identity WHERE campaign = ?1 AND digest = ?2);

-- purge_heard --
DELETE FROM heard WHERE campaign = ?1;

-- forget_heard --
-- What was heard stays, as the state does: told again it is nothing new.
UPDATE heard SET at = 0, code = NULL, enhanced = NULL, text = ''
 WHERE campaign = ?1 AND what IN (1, 2, 3, 4, 5, 6) AND delivery = ?2;
