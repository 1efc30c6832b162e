-- The boots that spoke as a device, by which two machines with one identity are told.
ALTER TABLE presence ADD COLUMN boots TEXT NOT NULL DEFAULT '';        -- "boot up_ms boot up_ms …", the last first
ALTER TABLE presence ADD COLUMN returns INTEGER NOT NULL DEFAULT 0;    -- so many went on after another had followed
ALTER TABLE presence ADD COLUMN returned_at INTEGER;                   -- when one did so last
