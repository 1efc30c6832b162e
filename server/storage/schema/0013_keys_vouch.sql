-- The word that a room's old key gave for the one that took its place; null where nobody could open the old one.
ALTER TABLE seal_keys ADD COLUMN vouched_by TEXT;    -- the old key's id
ALTER TABLE seal_keys ADD COLUMN vouch BLOB;         -- its signature, by survey_defs.key_vouch
