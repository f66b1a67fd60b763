-- Statements about what campaigns are made of, by name.

-- drop_content_uses --
DELETE FROM content_use WHERE campaign = ?1;

-- has_content --
SELECT 1 FROM content WHERE place = ?1;

-- add_content --
INSERT INTO content (place, octets) VALUES (?1, ?2);

-- use_content --
INSERT INTO content_use (campaign, place, manifest) VALUES (?1, ?2, ?3)
    ON CONFLICT (campaign, place) DO NOTHING;

-- drop_unused_content --
DELETE FROM content WHERE place NOT IN (SELECT place FROM content_use);

-- manifest --
SELECT place, octets FROM content
 WHERE place = (SELECT place FROM content_use WHERE campaign = ?1 AND manifest = 1);

-- content --
SELECT octets FROM content WHERE place = ?1;
