-- taken_seats --
SELECT number FROM seat WHERE key = ?1 AND until > ?2 ORDER BY number;

-- take_seat --
INSERT INTO seat (key, number, holder, until) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (key, number) DO UPDATE
       SET holder = excluded.holder, until = excluded.until;

-- renew_seat --
UPDATE seat SET until = ?3 WHERE holder = ?1 AND until > ?2;

-- leave_seat --
UPDATE seat SET until = 0.0 WHERE holder = ?1;
