-- How much of a device's refused messages is kept: of the rest the counts and the numbers stay.
ALTER TABLE dead_letters ADD COLUMN size INTEGER NOT NULL DEFAULT 0;   -- bytes as it came; the payload may be less
UPDATE dead_letters SET size = length(payload);

CREATE TABLE letter_counts (
    device TEXT NOT NULL,
    day TEXT NOT NULL,
    code TEXT NOT NULL,
    school TEXT NOT NULL,
    kept INTEGER NOT NULL,               -- different messages of that day that stand among the dead letters
    kept_bytes INTEGER NOT NULL,         -- of their payloads
    counted INTEGER NOT NULL,            -- messages beyond the bounds, of which nothing else stays
    counted_bytes INTEGER NOT NULL,
    digest TEXT NOT NULL,                -- of the last of these; '' where there is none
    last_at INTEGER NOT NULL,
    PRIMARY KEY (device, day, code, school)
) WITHOUT ROWID;

CREATE TABLE letter_numbers (            -- what has arrived in messages that were only counted
    journal TEXT NOT NULL,
    lo INTEGER NOT NULL,
    hi INTEGER NOT NULL,
    school TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (journal, lo)
) WITHOUT ROWID;
