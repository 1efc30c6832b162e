-- name: times_arrivals()
SELECT n, received_at FROM events WHERE doubt IS NULL ORDER BY n;

-- name: times_days()
SELECT school, day, COUNT(*) AS n FROM answers GROUP BY school, day;

-- name: times_boots_of(first, last)
SELECT DISTINCT device, boot FROM events WHERE n BETWEEN :first AND :last AND doubt IS NULL;

-- name: times_bounded_boots()
SELECT DISTINCT device, boot FROM events WHERE quality = 'bounded';

-- name: times_shift_phones(first, last, shift, before)!
UPDATE events SET up_ms = CASE WHEN up_ms + :shift < :before THEN up_ms + :shift ELSE :before END
WHERE n BETWEEN :first AND :last AND doubt IS NULL AND boot = 'server';

-- name: times_shift_rows(first, last, shift, before, doubt)!
UPDATE events SET doubt = :doubt,
    received_at = CASE WHEN received_at + :shift < :before THEN received_at + :shift ELSE :before END
WHERE n BETWEEN :first AND :last AND doubt IS NULL;

-- name: times_rows_of(doubt)$
SELECT COUNT(*) FROM events WHERE doubt = :doubt;

-- name: times_cases()
-- The cases that devices and phones brought, with what is known of their events; not where that is still open.
SELECT c.n, c.school, c.year, c.number, c.received_on, e.occurred_at AS event_at, e.received_at AS came_at, e.quality
FROM cases c JOIN events e ON e.id = c.id LEFT JOIN clock_doubts d ON d.n = e.doubt
WHERE e.doubt IS NULL OR d.why = 'found'
ORDER BY c.n;

-- name: times_walk_ins()
-- The cases that somebody brought to the desk, and what their first entries say.
SELECT c.n, c.school, c.year, c.number, c.received_on, c.received_at, f.data
FROM cases c JOIN case_entries f ON f.case_n = c.n AND f.seq = 1
WHERE c.channel = 'reception'
ORDER BY c.n;

-- name: times_around_event(n)^
-- Between which arrivals lies what was stored right after an event.
SELECT
    (SELECT e.received_at FROM events e LEFT JOIN clock_doubts d ON d.n = e.doubt
     WHERE e.n <= :n AND (e.doubt IS NULL OR d.why = 'found') ORDER BY e.n DESC LIMIT 1) AS earliest,
    (SELECT e.received_at FROM events e LEFT JOIN clock_doubts d ON d.n = e.doubt
     WHERE e.n > :n AND (e.doubt IS NULL OR d.why = 'found') ORDER BY e.n LIMIT 1) AS latest;

-- name: times_receptions()
SELECT n, case_n, day, at FROM receptions ORDER BY n;

-- name: times_visit_redate(n, day, at)!
UPDATE receptions SET day = :day, at = :at WHERE n = :n;

-- name: times_reception_redate(case_n, was_on, day, at)!
UPDATE receptions SET day = :day, at = :at WHERE case_n = :case_n AND day = :was_on;

-- name: times_case_redate(n, year, number, received_on, received_at, occurred_at)!
UPDATE cases SET year = :year, number = :number, received_on = :received_on, received_at = :received_at,
    occurred_at = :occurred_at
WHERE n = :n;

-- name: times_case_clocks(n, was_on, received_on)!
-- A limit that was stopped before the right day ended on it.
UPDATE case_clocks SET started_on = :received_on,
    stopped_on = CASE WHEN stopped_on < :received_on THEN :received_on ELSE stopped_on END
WHERE case_n = :n AND started_on = :was_on;

-- name: times_anchors()
-- Each anchor with the earliest zero that the boot's own answers allow, and what had come of it by then.
SELECT a.device, a.boot, a.origin_ms, a.updated_at, MIN(e.received_at - e.up_ms) AS earliest,
    MAX(CASE WHEN e.up_ms < a.updated_at - a.origin_ms THEN e.received_at ELSE 0 END) AS known_then,
    MAX(e.received_at) AS came_at
FROM anchors a LEFT JOIN events e ON e.device = a.device AND e.boot = a.boot AND e.doubt IS NULL
GROUP BY a.device, a.boot, a.origin_ms, a.updated_at;

-- name: times_anchor_drop(device, boot)!
DELETE FROM anchors WHERE device = :device AND boot = :boot;
