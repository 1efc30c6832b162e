-- The server's own clock: when it was in doubt, and what came in meanwhile.
CREATE TABLE clock_doubts (
    n INTEGER PRIMARY KEY,
    why TEXT NOT NULL,                   -- jumped, behind, ahead; late: NTP set a clock that had been believed
    boot TEXT NOT NULL,                  -- the start of the machine in which it began
    up_ms INTEGER NOT NULL,              -- so long after that start the server's time was `at`
    at INTEGER NOT NULL,
    ended_at INTEGER,                    -- null: the times of what came in are still open
    shift_ms INTEGER                     -- the true time less the server's own; null: nobody can say
);

-- The doubt in which it came: its received_at is then only what the server's time was, never later than the truth.
ALTER TABLE events ADD COLUMN doubt INTEGER;
ALTER TABLE anchors ADD COLUMN doubt INTEGER;

CREATE INDEX events_in_doubt ON events (doubt) WHERE doubt IS NOT NULL;

-- Complaints that came while the clock was in doubt: they get number, case and limits when it is right again.
CREATE TABLE waiting_cases (
    n INTEGER PRIMARY KEY REFERENCES events (n),
    id TEXT NOT NULL,
    school TEXT NOT NULL REFERENCES schools (slug),
    channel TEXT NOT NULL,
    device TEXT,
    lang TEXT NOT NULL,
    procedure TEXT,
    about TEXT NOT NULL,                 -- JSON list of subjects
    code_hash TEXT,
    box BLOB NOT NULL                    -- the letter, sealed to the school's key
);
