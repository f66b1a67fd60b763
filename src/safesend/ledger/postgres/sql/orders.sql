-- Statements about what people order, by name.

-- set_control --
UPDATE campaign SET control = $2 WHERE id = $1;

-- note_order --
INSERT INTO control (campaign, at, control, actor, reason, provider)
VALUES ($1, $2, $3, $4, $5, $6);

-- set_hold --
INSERT INTO hold (campaign, provider, control) VALUES ($1, $2, $3)
    ON CONFLICT (campaign, provider) DO UPDATE SET control = excluded.control;

-- lift_hold --
DELETE FROM hold WHERE campaign = $1 AND provider = $2;

-- set_begins --
UPDATE campaign SET begins = $2 WHERE id = $1;

-- ordered --
-- First the campaign as a whole, then the providers on hold; and who said so last.
WITH order_of (provider, control, begins) AS (
  SELECT '', control, begins FROM campaign WHERE id = $1
   UNION ALL
  SELECT provider, control, 0.0 FROM hold WHERE campaign = $1
)
SELECT o.provider, o.control, o.begins, told.reason, told.actor, told.at
  FROM order_of AS o LEFT JOIN LATERAL (
       SELECT said.reason, said.actor, said.at FROM control AS said
        WHERE said.campaign = $1 AND said.provider = o.provider
          AND said.control = o.control
        ORDER BY said.id DESC LIMIT 1) AS told ON true
 ORDER BY o.provider;

-- held_back --
SELECT provider FROM hold
 WHERE campaign = $1
   AND (EXISTS (SELECT 1 FROM delivery AS d
                 WHERE d.campaign = $1 AND d.state = 2 AND d.provider = hold.provider
                   AND d.id * 1 <= (SELECT live_upto FROM campaign WHERE id = $1))
     OR EXISTS (SELECT 1 FROM delivery AS d
                 WHERE d.campaign = $1 AND d.state = 3
                   AND d.provider = hold.provider));
