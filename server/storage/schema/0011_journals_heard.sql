-- The journals that boots of a device wrote in, by which two machines with one identity are told.
ALTER TABLE presence ADD COLUMN journals TEXT NOT NULL DEFAULT '';     -- "journal seq boot journal …", the last first
