-- Claim codes that are exchanged in a run of SPAKE2: a name that may be said, and a secret that goes at its end.

ALTER TABLE claims ADD COLUMN name TEXT;          -- the first signs of the code; forgotten some days after its end
ALTER TABLE claims ADD COLUMN secret TEXT;        -- the number that the code stands for, in hex; only while it is open
ALTER TABLE claims ADD COLUMN wrong INTEGER NOT NULL DEFAULT 0;   -- runs in which another code was tried
ALTER TABLE claims ADD COLUMN shares TEXT;        -- of the run that it was used in: the device's and the server's
ALTER TABLE claims ADD COLUMN proof TEXT;         -- what the device proved itself by in it
ALTER TABLE claims ADD COLUMN answer TEXT;        -- what it was answered: it may ask for that again

-- Codes of before can be used no more, and what they left behind goes.
UPDATE claims SET withdrawn_at = made_at WHERE used_at IS NULL AND withdrawn_at IS NULL AND key IS NOT NULL;

UPDATE claims SET key = NULL, nonce = NULL;

ALTER TABLE claims DROP COLUMN key;

ALTER TABLE claims DROP COLUMN nonce;

CREATE INDEX claims_by_name ON claims (name, n);
