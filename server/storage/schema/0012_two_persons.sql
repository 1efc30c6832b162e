-- The public half of the pair that a holder's passphrase comes to, with the key's own mark on it: a renewal seals
-- the new key to it, so that nobody who could read is left out. Null until the holder next types the passphrase.
ALTER TABLE key_holders ADD COLUMN relay BLOB;

-- What the hash of an erased case's code comes to: the sender is told what became of it; it opens nothing.
ALTER TABLE cases ADD COLUMN code_mark TEXT;

CREATE INDEX cases_by_code_mark ON cases (code_mark);
