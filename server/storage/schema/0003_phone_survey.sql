-- The phone survey: points and slips; answers that are left out, by the rules or by a person's word.

-- Where a code hangs, or whom a survey asks: what a device of kind qr has besides.
CREATE TABLE points (
    id TEXT PRIMARY KEY REFERENCES devices (id),
    place TEXT NOT NULL,                 -- desk, waiting, classroom, letter, audience
    audience TEXT NOT NULL,              -- phu-huynh, hoc-sinh, giao-vien: whom the poster speaks to
    survey TEXT NOT NULL,                -- what it asks now; an answer keeps its own
    single_use INTEGER NOT NULL,         -- 1: one answer for each slip that was handed out
    wifi TEXT NOT NULL                   -- the network that the poster names, '' for none
);

INSERT INTO points (id, place, audience, survey, single_use, wifi)
SELECT id, 'desk', 'phu-huynh', 'tthc', 0, '' FROM devices WHERE kind = 'qr';

-- Slips handed out at a desk. Neither when one was used nor for which answer is written anywhere: the
-- desk knows whom it gave a slip to.
CREATE TABLE slips (
    hash TEXT PRIMARY KEY,               -- of the point and the slip's letters
    point TEXT NOT NULL REFERENCES points (id),
    sheet TEXT NOT NULL,                 -- those that were printed together
    made_on TEXT NOT NULL,
    used INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX slips_by_point ON slips (point, sheet);

-- What was noticed when the answer came in, as words with spaces between: trap.
ALTER TABLE answers ADD COLUMN signs TEXT NOT NULL DEFAULT '';
-- What a person said of it, which stands above the rules: 'counted', or a reason to leave it out.
ALTER TABLE answers ADD COLUMN label TEXT;

CREATE INDEX answers_left_out ON answers (school, day) WHERE misuse IS NOT NULL;

-- Who said so, when and why; only ever added to.
CREATE TABLE misuse_labels (
    n INTEGER PRIMARY KEY,
    school TEXT NOT NULL REFERENCES schools (slug),
    event INTEGER NOT NULL REFERENCES events (n),
    before TEXT,                         -- the reason it was left out for until then, null: it was counted
    label TEXT NOT NULL,
    note TEXT NOT NULL,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE INDEX misuse_labels_by_school ON misuse_labels (school, at);

-- Days of devices whose answers the rules are to be run over again.
CREATE TABLE misuse_due (
    school TEXT NOT NULL,
    device TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (school, device, day)
) WITHOUT ROWID;

-- When somebody is at the school, local time: what comes at other hours is left out at desks. Until the
-- school has said so, nothing is left out for its hour: evenings with parents are as honest as mornings.
ALTER TABLE schools ADD COLUMN hours TEXT NOT NULL DEFAULT '00:00-24:00';
