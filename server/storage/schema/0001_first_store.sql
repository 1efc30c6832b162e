-- Schools, devices, people; events with what they say; roll-ups; what was refused; presence.
CREATE TABLE schools (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    parent TEXT REFERENCES schools (slug),
    abbreviation TEXT NOT NULL,          -- as in "Số: 05/BC-THCSM"
    superior TEXT NOT NULL,              -- cơ quan chủ quản, above the school's name in a document
    recipient TEXT NOT NULL,             -- whom reports go to, "Phòng GD&ĐT" by default
    place TEXT NOT NULL,                 -- địa danh of a document
    signer TEXT NOT NULL,                -- who signs, may be empty
    goal REAL NOT NULL,                  -- the school's goal for the satisfaction rate, a fraction
    sample INTEGER NOT NULL,             -- 1: its data are made up and every page says so
    created_at INTEGER NOT NULL
);

CREATE TABLE devices (
    id TEXT PRIMARY KEY,                 -- also its MQTT user name
    school TEXT NOT NULL REFERENCES schools (slug),
    kind TEXT NOT NULL,                  -- kiosk, button, qr
    label TEXT NOT NULL,
    password_hash TEXT NOT NULL,         -- mosquitto's own format ($7$, PBKDF2-SHA512), for both brokers
    created_at INTEGER NOT NULL,
    retired_at INTEGER
);

CREATE TABLE users (
    login TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES schools (slug),
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,         -- argon2id
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
);

CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,               -- SHA-256 of 256 random bits
    school TEXT NOT NULL REFERENCES schools (slug),
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
);

CREATE TABLE procedures (
    school TEXT NOT NULL REFERENCES schools (slug),
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,           -- order on the screens
    body TEXT NOT NULL,                  -- survey_defs.model.Procedure as JSON
    since INTEGER NOT NULL,
    until INTEGER,                       -- set when withdrawn or replaced: names keep their history
    PRIMARY KEY (school, slug, since)
);

CREATE TABLE survey_versions (
    survey TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,                  -- survey_defs.model.Survey as JSON; never changes
    since INTEGER NOT NULL,
    PRIMARY KEY (survey, version)
);

CREATE TABLE events (
    n INTEGER PRIMARY KEY,               -- order of storing
    id TEXT NOT NULL UNIQUE,             -- minted on the device
    digest TEXT NOT NULL,                -- of the event's content: tells a duplicate from a conflict
    school TEXT NOT NULL,
    device TEXT NOT NULL,
    journal TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    boot TEXT NOT NULL,
    up_ms INTEGER NOT NULL,
    wall TEXT,
    synced INTEGER NOT NULL DEFAULT 0,   -- 1: the device's clock was synced, says the batch that brought it
    received_at INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    quality TEXT NOT NULL,               -- synced, anchored, bounded, unknown
    uncertainty_ms INTEGER,              -- null where unknown
    UNIQUE (journal, seq)
);

CREATE INDEX events_by_boot ON events (device, boot);

CREATE TABLE answers (
    event INTEGER PRIMARY KEY REFERENCES events (n),
    school TEXT NOT NULL,
    device TEXT NOT NULL,
    survey TEXT NOT NULL,
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    lang TEXT NOT NULL,
    procedure TEXT,
    level INTEGER,                       -- of the survey's headline question, else null
    answers TEXT NOT NULL,               -- JSON object
    took_ms INTEGER,
    day TEXT NOT NULL,
    misuse TEXT                          -- why it is left out, or null
);

CREATE INDEX answers_by_day ON answers (school, day);

-- Roll-ups, kept in the same transaction as the insert and recomputed by the doctor.
-- dimension: 'all' (key ''), 'procedure' (slug, '' for none), 'channel', 'device'
CREATE TABLE rate_cells (
    school TEXT NOT NULL,
    dimension TEXT NOT NULL,
    day TEXT NOT NULL,
    key TEXT NOT NULL,
    misuse INTEGER NOT NULL,             -- 1: flagged, left out by default
    n1 INTEGER NOT NULL,
    n2 INTEGER NOT NULL,
    n3 INTEGER NOT NULL,
    n4 INTEGER NOT NULL,
    n5 INTEGER NOT NULL,
    PRIMARY KEY (school, dimension, day, key, misuse)
) WITHOUT ROWID;

-- How often each choice of each question was taken; the choice '' counts who answered the question.
CREATE TABLE choice_cells (
    school TEXT NOT NULL,
    survey TEXT NOT NULL,
    question TEXT NOT NULL,
    day TEXT NOT NULL,
    procedure TEXT NOT NULL,             -- '' for none
    choice TEXT NOT NULL,
    misuse INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (school, survey, question, day, procedure, choice, misuse)
) WITHOUT ROWID;

-- How certain the times of a day's events are: (school, day, quality) -> how many.
CREATE TABLE quality_cells (
    school TEXT NOT NULL,
    day TEXT NOT NULL,
    quality TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (school, day, quality)
) WITHOUT ROWID;

-- Server time at a boot's zero: the earliest that any of its batches implied.
CREATE TABLE anchors (
    device TEXT NOT NULL,
    boot TEXT NOT NULL,
    origin_ms INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,         -- when the batch arrived that said so
    PRIMARY KEY (device, boot)
) WITHOUT ROWID;

-- What has arrived of each journal, as disjoint ranges [lo, hi] that do not touch; a gap is a hole.
CREATE TABLE arrived (
    journal TEXT NOT NULL,
    lo INTEGER NOT NULL,
    hi INTEGER NOT NULL,
    school TEXT NOT NULL,
    device TEXT NOT NULL,                -- the device that brought it last
    PRIMARY KEY (journal, lo)
) WITHOUT ROWID;

CREATE TABLE dead_letters (
    n INTEGER PRIMARY KEY,
    school TEXT NOT NULL,                -- as the topic claims; '' where it has none
    device TEXT NOT NULL,
    code TEXT NOT NULL,
    event_id TEXT,
    journal TEXT,
    seq INTEGER,
    payload BLOB NOT NULL,
    digest TEXT NOT NULL,
    times INTEGER NOT NULL,              -- the same again only counts
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    UNIQUE (device, code, digest)
);

CREATE INDEX dead_letters_by_school ON dead_letters (school, last_at);

CREATE TABLE presence (
    device TEXT PRIMARY KEY,
    school TEXT NOT NULL,
    state TEXT NOT NULL,
    session TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    heard_at INTEGER,                    -- last word of any kind; null: only a retained message so far
    health TEXT                          -- the last health message, JSON
);
