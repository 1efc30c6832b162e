-- Who is signed in: what the pages' cookies stand for.

CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,               -- SHA-256 of the random id in the cookie
    login TEXT NOT NULL REFERENCES users (login),
    stamp TEXT NOT NULL,                 -- of the account: another password, role or school ends the session
    machine TEXT NOT NULL,               -- browser and system in words; no address
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,            -- when a person last used it
    boot TEXT NOT NULL,                  -- the start of the machine in which the next two count
    made_up INTEGER NOT NULL,            -- ms since that start; negative: begun before it
    seen_up INTEGER NOT NULL
);

CREATE INDEX sessions_of_login ON sessions (login);

-- Browsers with which somebody has signed in: others' wrong tries do not lock them out there.
CREATE TABLE browsers (
    hash TEXT NOT NULL,                  -- SHA-256 of the random id in the login page's cookie
    login TEXT NOT NULL REFERENCES users (login),
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (hash, login)
) WITHOUT ROWID;
