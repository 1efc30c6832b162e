-- name: times_arrivals()
SELECT n, received_at FROM events WHERE doubt IS NULL ORDER BY n;

-- name: times_days()
SELECT school, day, COUNT(*) AS n FROM answers GROUP BY school, day;

-- name: times_boots_of(first, last)
SELECT DISTINCT device, boot FROM events WHERE n BETWEEN :first AND :last AND doubt IS NULL;

-- name: times_shift_phones(first, last, shift, before)!
UPDATE events SET up_ms = CASE WHEN up_ms + :shift < :before THEN up_ms + :shift ELSE :before END
WHERE n BETWEEN :first AND :last AND doubt IS NULL AND boot = 'server';

-- name: times_shift_rows(first, last, shift, before, doubt)!
UPDATE events SET doubt = :doubt,
    received_at = CASE WHEN received_at + :shift < :before THEN received_at + :shift ELSE :before END
WHERE n BETWEEN :first AND :last AND doubt IS NULL;

-- name: times_rows_of(doubt)$
SELECT COUNT(*) FROM events WHERE doubt = :doubt;

-- name: times_cases_of(doubt)$
SELECT COUNT(*) FROM cases c JOIN events e ON e.id = c.id WHERE e.doubt = :doubt;

-- name: times_anchors()
-- Each anchor with the earliest zero that the boot's own answers allow, and what had come of it by then.
SELECT a.device, a.boot, a.origin_ms, a.updated_at, MIN(e.received_at - e.up_ms) AS earliest,
    MAX(CASE WHEN e.up_ms < a.updated_at - a.origin_ms THEN e.received_at ELSE 0 END) AS known_then,
    MAX(e.received_at) AS came_at
FROM anchors a LEFT JOIN events e ON e.device = a.device AND e.boot = a.boot AND e.doubt IS NULL
GROUP BY a.device, a.boot, a.origin_ms, a.updated_at;

-- name: times_anchor_drop(device, boot)!
DELETE FROM anchors WHERE device = :device AND boot = :boot;
