-- Schema 4: what may have arrived is known for it, until somebody decides.

-- The date that the message bears: every try of it is the same, octet for octet. 0.5 is
-- none yet: as long as any date, since a row must not grow when it is claimed.
ALTER TABLE delivery ADD COLUMN dated REAL NOT NULL DEFAULT 0.5;

-- The run that left it in doubt: its relay may have it. NULL as soon as a person decides.
-- A row that waits with it goes to that relay only, while that relay recognises it.
ALTER TABLE delivery ADD COLUMN doubt INTEGER;
UPDATE delivery SET doubt = holder - 8388608 WHERE state = 7;
