-- Whose a journal is: the device that used it first, for good. A point's is named as the point and numbered
-- by the server alone.
CREATE TABLE journals (
    journal TEXT PRIMARY KEY,
    device TEXT NOT NULL REFERENCES devices (id)
) WITHOUT ROWID;

INSERT INTO journals (journal, device) SELECT id, id FROM points;

INSERT INTO journals (journal, device)
SELECT journal, device FROM events
WHERE n IN (SELECT MIN(n) FROM events GROUP BY journal) AND device IN (SELECT id FROM devices)
ON CONFLICT (journal) DO NOTHING;

-- Of these every event was refused.
INSERT INTO journals (journal, device)
SELECT journal, device FROM arrived a
WHERE lo = (SELECT MIN(lo) FROM arrived WHERE journal = a.journal) AND device IN (SELECT id FROM devices)
ON CONFLICT (journal) DO NOTHING;
