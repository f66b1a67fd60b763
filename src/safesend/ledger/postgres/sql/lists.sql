-- seen_list --
SELECT number, mark, at, era FROM seen_list WHERE id = $1;

-- see_list --
INSERT INTO seen_list (id, number, mark, at, era)
VALUES ($1, $2::bigint, $3::bytea, $4::float8, $5::float8)
    ON CONFLICT (id) DO UPDATE SET
       number = excluded.number, mark = excluded.mark, at = excluded.at,
       era = excluded.era
 WHERE (excluded.era, excluded.number) > (seen_list.era, seen_list.number);
