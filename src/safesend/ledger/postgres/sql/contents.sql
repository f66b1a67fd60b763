-- Statements about what campaigns are made of, by name.

-- lock_content --
-- Until the transaction ends: what one campaign takes up, another must not drop.
LOCK TABLE content IN SHARE ROW EXCLUSIVE MODE;

-- drop_content_uses --
DELETE FROM content_use WHERE campaign = $1;

-- has_content --
SELECT 1 FROM content WHERE place = $1;

-- add_content --
INSERT INTO content (place, octets) VALUES ($1, $2);

-- use_content --
INSERT INTO content_use (campaign, place, manifest) VALUES ($1, $2, $3)
    ON CONFLICT (campaign, place) DO NOTHING;

-- drop_unused_content --
DELETE FROM content WHERE NOT EXISTS (SELECT 1 FROM content_use
                                       WHERE content_use.place = content.place);

-- manifest --
SELECT place, octets FROM content
 WHERE place = (SELECT place FROM content_use WHERE campaign = $1 AND manifest);

-- content --
SELECT octets FROM content WHERE place = $1;
