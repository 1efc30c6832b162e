-- Devices that enrol themselves with a claim code, and what each of them is set to.

-- A claim lets one device in, once and for a day: a new one, one whose key is renewed, one that moves.
CREATE TABLE claims (
    n INTEGER PRIMARY KEY,
    device TEXT NOT NULL REFERENCES devices (id),
    school TEXT NOT NULL REFERENCES schools (slug),  -- where the device stands once it has come in
    key TEXT,                            -- what the code stretches to, in hex; erased some days after its end
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,               -- a login, '' for the command line
    expires_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    used_at INTEGER,
    nonce TEXT,                          -- of the request that it was used for: the same one is answered again
    came_from TEXT                       -- the school where the device stood before
);

CREATE INDEX claims_by_device ON claims (device, n);

-- What a device is set to; no row means the defaults.
CREATE TABLE device_settings (
    device TEXT PRIMARY KEY REFERENCES devices (id),
    languages TEXT NOT NULL DEFAULT 'vi en',   -- with spaces between, the first leads
    brightness INTEGER NOT NULL DEFAULT 100,   -- percent
    volume INTEGER NOT NULL DEFAULT 0,         -- percent, 0 is silent
    procedures TEXT NOT NULL DEFAULT '',       -- of a box's second row, with spaces between; '' the school's first
    texts TEXT NOT NULL DEFAULT '{}'           -- JSON: key -> language -> words
);
