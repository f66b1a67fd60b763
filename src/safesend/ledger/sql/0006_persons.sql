-- Schema 6: what is known of persons ends, and what they asked for does not.

-- 1: the person asked for it, so it stays when the campaign is purged. 0: a server said
-- that the mailbox does not exist.
ALTER TABLE suppression ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
