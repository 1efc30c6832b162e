-- Complaints: keys they are sealed to, cases with what was done about them, clocks, calendar, registers.

-- Whatever holds for the whole installation; 'code_salt' is the salt of every sender's code.
CREATE TABLE installation (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE seal_keys (
    id TEXT PRIMARY KEY,                 -- survey_defs.complaint.key_id of the public half
    school TEXT NOT NULL REFERENCES schools (slug),
    room TEXT NOT NULL,                  -- 'complaints' or 'denunciations'
    public BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER                   -- no longer sealed to; still opens what is old
);

-- The private half, once for each person who may read, locked with that person's passphrase.
CREATE TABLE key_holders (
    key TEXT NOT NULL REFERENCES seal_keys (id),
    holder TEXT NOT NULL REFERENCES users (login),
    salt BLOB NOT NULL,
    operations INTEGER NOT NULL,         -- Argon2id's cost, as it was when this was locked
    memory INTEGER NOT NULL,
    box BLOB NOT NULL,
    granted_at INTEGER NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (key, holder)
);

-- What was ever done with a key: made, granted, revoked, unlocked, backed-up, restored, passphrase, retired.
CREATE TABLE key_log (
    n INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    holder TEXT NOT NULL                 -- whom it concerned, or ''
);

CREATE TABLE cases (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,             -- of the event that brought it, or minted at the desk
    school TEXT NOT NULL REFERENCES schools (slug),
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,             -- "Phản ánh số 14 năm 2026"
    room TEXT NOT NULL,                  -- 'complaints' or 'denunciations': who may know of it
    kind TEXT NOT NULL,                  -- pakn, thong_tin, khieu_nai, to_cao
    status TEXT NOT NULL,
    version INTEGER NOT NULL,            -- seq of its last entry: two who act at once are told apart
    channel TEXT NOT NULL,               -- kiosk, qr, button, reception
    device TEXT,
    lang TEXT NOT NULL,
    procedure TEXT,
    about TEXT NOT NULL,                 -- JSON list of subjects
    assignee TEXT,                       -- login of who handles it
    summary TEXT NOT NULL,               -- trích yếu for the register, without personal data
    search TEXT NOT NULL,                -- what may be searched without unsealing, folded
    petition_number TEXT,                -- of the signed đơn behind a khiếu nại or tố cáo
    petition_date TEXT,
    against_principal INTEGER NOT NULL,  -- 1: the accused is the principal, who may not know of it
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    received_on TEXT NOT NULL,           -- the day from which its limits run
    closed_at INTEGER,
    satisfied INTEGER,                   -- what the sender said of the answer: 1, 0, or null
    code_hash TEXT UNIQUE,               -- Argon2id of the sender's code; null once it opens nothing
    contact_gone_at INTEGER,             -- how to reach the sender was forgotten; the text may still be there
    erased_at INTEGER,                   -- text, contact and keys are gone; the counts stay
    UNIQUE (school, year, number)
);

CREATE INDEX cases_by_status ON cases (school, room, status);

-- What happened to a case: only ever added to.
CREATE TABLE case_entries (
    case_n INTEGER NOT NULL REFERENCES cases (n),
    seq INTEGER NOT NULL,                -- from 1 without holes
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,                 -- a login; 'sender'; '' for what happened by itself
    action TEXT NOT NULL,
    from_status TEXT NOT NULL,           -- '' for the first
    to_status TEXT NOT NULL,
    reason TEXT,                         -- a word of the action's list
    data TEXT NOT NULL,                  -- JSON object: assignee, body, rule, variant, kind, number, date, …
    visible INTEGER NOT NULL,            -- 1: the sender sees it
    PRIMARY KEY (case_n, seq)
);

-- The one exception: what could name somebody leaves the data of an erased case.
CREATE TRIGGER case_entries_stand BEFORE UPDATE ON case_entries
WHEN NEW.case_n <> OLD.case_n OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor
    OR NEW.action <> OLD.action OR NEW.from_status <> OLD.from_status OR NEW.to_status <> OLD.to_status
    OR NEW.reason IS NOT OLD.reason OR NEW.visible <> OLD.visible OR length(NEW.data) >= length(OLD.data)
    OR NOT EXISTS (SELECT 1 FROM cases WHERE n = OLD.case_n AND erased_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;

CREATE TRIGGER case_entries_stay BEFORE DELETE ON case_entries
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;

-- Every text of a case, sealed: to the school's key ('desk') and, where the sender may read it, to the
-- key that the sender's code opens ('sender').
CREATE TABLE sealed_texts (
    n INTEGER PRIMARY KEY,
    case_n INTEGER NOT NULL REFERENCES cases (n),
    seq INTEGER NOT NULL,                -- the entry it belongs to
    audience TEXT NOT NULL,              -- 'desk' or 'sender'
    box BLOB NOT NULL,
    UNIQUE (case_n, seq, audience)
);

-- Who opened which case's texts, and when.
CREATE TABLE readings (
    n INTEGER PRIMARY KEY,
    case_n INTEGER REFERENCES cases (n), -- null: a visit that no case came of
    reception INTEGER,                   -- that visit, receptions.n; null: a case
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL                   -- page, reply, register
);

CREATE TABLE case_clocks (
    case_n INTEGER NOT NULL REFERENCES cases (n),
    rule TEXT NOT NULL,                  -- of server/rules/limits.yaml
    variant TEXT NOT NULL,               -- '' for the plain one
    started_on TEXT NOT NULL,
    stopped_on TEXT,
    PRIMARY KEY (case_n, rule, started_on)
);

-- Days that differ from the national calendar; school '' holds for all.
CREATE TABLE calendar_days (
    school TEXT NOT NULL,
    day TEXT NOT NULL,
    worked INTEGER NOT NULL,             -- 0: off, 1: worked
    name TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (school, day)
);

-- Sổ tiếp công dân, what Mẫu 03/TCD asks beyond the case: entries of the receptionist.
CREATE TABLE receptions (
    n INTEGER PRIMARY KEY,
    school TEXT NOT NULL REFERENCES schools (slug),
    case_n INTEGER REFERENCES cases (n),
    day TEXT NOT NULL,
    people INTEGER NOT NULL,
    again INTEGER NOT NULL,              -- 1: the same matter has been here before
    by_principal INTEGER NOT NULL,       -- 1: received by the principal in person
    settled_by TEXT NOT NULL,            -- cơ quan đã giải quyết
    within INTEGER NOT NULL,             -- 1: thuộc thẩm quyền
    guidance TEXT NOT NULL,              -- hướng dẫn
    taken_by TEXT NOT NULL,              -- cơ quan thụ lý
    note TEXT NOT NULL,
    box BLOB,                            -- who came: sealed to the school's key; null once erased
    actor TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE INDEX receptions_by_day ON receptions (school, day);

-- Requests of a person about their own data.
CREATE TABLE privacy_requests (
    n INTEGER PRIMARY KEY,
    school TEXT NOT NULL REFERENCES schools (slug),
    case_n INTEGER REFERENCES cases (n),
    kind TEXT NOT NULL,                  -- see, correct, delete
    asked_on TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    actor TEXT NOT NULL,                 -- 'sender' or the login that took it down
    state TEXT NOT NULL,                 -- open, done, refused
    reason TEXT,                         -- why it was refused
    box BLOB,                            -- details, sealed to the school's key
    answered_at INTEGER,
    answered_by TEXT,
    mark TEXT                            -- of the sender's form, by the code's key: sent twice, it counts once
);

CREATE TABLE answer_templates (
    school TEXT NOT NULL REFERENCES schools (slug),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (school, id)
);
