-- Statements about what people agreed to, by name.

-- approve --
INSERT INTO approval (campaign, at, digest, actor, reason) VALUES ($1, $2, $3, $4, $5);

-- approvals_of --
SELECT at, digest, actor, reason FROM approval
 WHERE campaign = $1 AND ($2::bytea IS NULL OR digest = $2::bytea) ORDER BY id;

-- awaiting --
-- Those who still may get it, page by page, in order of the ids.
SELECT id, digest, payload FROM delivery
 WHERE id > $2 AND id <= (SELECT live_upto FROM campaign WHERE id = $1)
   AND campaign = $1 AND state IN (2, 3, 4, 7)
 ORDER BY id LIMIT 500;

-- needed --
SELECT approvals FROM campaign WHERE id = $1;

-- need --
UPDATE campaign SET approvals = $2 WHERE id = $1 AND approvals <> $2;

-- plan_pilot --
-- One that has begun stays, unless it was of another letter.
UPDATE campaign
   SET pilot = coalesce($2::integer, pilot), pilot_begun = NULL, pilot_over = NULL,
       pilot_after = CASE WHEN $2::integer IS NULL THEN pilot_after
                          ELSE $3::double precision END,
       pilot_refused = CASE WHEN $2::integer IS NULL THEN pilot_refused
                            ELSE $4::double precision END
 WHERE id = $1
   AND CASE WHEN pilot_begun IS NULL THEN $2::integer IS NOT NULL
            ELSE live_since IS NOT NULL AND fingerprint <> $5::bytea END;

-- release_pilot --
UPDATE campaign SET pilot_over = $2
 WHERE id = $1 AND pilot_begun IS NOT NULL AND pilot_over IS NULL;
