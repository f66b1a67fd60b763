-- The statements of the suppression list, by name.

-- add --
-- For the same reason a second time: what lasts longer stands.
INSERT INTO entry (digest, domain, reason, source, since, expires)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (digest, reason) DO UPDATE SET
       source = excluded.source, since = excluded.since, expires = excluded.expires
 WHERE entry.expires < coalesce(excluded.expires, 9e999);

-- forget --
-- What has ended.
DELETE FROM entry WHERE expires IS NOT NULL AND expires <= ?1;

-- which --
-- Of the digests in ?1, 16 octets each, those that are on the list at ?2.
WITH RECURSIVE asked (place) AS (
  VALUES (1) UNION ALL SELECT place + 16 FROM asked WHERE place + 16 < length(?1)
)
SELECT digest, reason FROM entry
 WHERE digest IN (SELECT substr(?1, place, 16) FROM asked)
   AND (expires IS NULL OR expires > ?2);

-- entries --
SELECT reason, source, since, expires, domain FROM entry
 WHERE digest = ?1 AND (expires IS NULL OR expires > ?2);

-- remove --
DELETE FROM entry WHERE digest = ?1 AND (?2 IS NULL OR reason = ?2);

-- counts --
SELECT reason, count(*), sum(domain) FROM entry
 WHERE expires IS NULL OR expires > ?1 GROUP BY reason;

-- all --
SELECT digest, domain, reason, source, since, expires FROM entry
 WHERE (expires IS NULL OR expires > ?1) AND (digest, reason) > (?2, ?3)
 ORDER BY digest, reason LIMIT ?4;

-- note --
INSERT INTO deed (at, actor, deed, number, reason) VALUES (?1, ?2, ?3, ?4, ?5);

-- deeds --
SELECT at, actor, deed, number, reason FROM deed ORDER BY id;

-- newest_change --
SELECT number, mark, at, era FROM change ORDER BY number DESC LIMIT 1;

-- has_change --
SELECT 1 FROM change WHERE number = ?1 AND mark = ?2;

-- change --
INSERT INTO change (number, mark, at, era)
SELECT number + 1, randomblob(8), ?1, era FROM change ORDER BY number DESC LIMIT 1;

-- begin_era --
-- Later than its own last one, should the clock have been set back, and than that of
-- another copy (?2), should its clock have been ahead.
INSERT INTO change (number, mark, at, era)
SELECT number + 1, randomblob(8), ?1, max(?1, era + 1.0, ?2 + 1.0) FROM change
 ORDER BY number DESC LIMIT 1;

-- size --
SELECT count(*) FROM entry WHERE expires IS NULL OR expires > ?1;
