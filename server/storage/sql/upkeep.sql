-- name: clock_doubts_open()
SELECT n, why, boot, up_ms, at FROM clock_doubts WHERE ended_at IS NULL ORDER BY n;

-- name: clock_doubt_end(n, ended_at, shift_ms)!
UPDATE clock_doubts SET ended_at = :ended_at, shift_ms = :shift_ms WHERE n = :n;

-- name: clock_boots_of(doubt)
SELECT device, boot FROM events WHERE doubt = :doubt
UNION SELECT device, boot FROM anchors WHERE doubt = :doubt;

-- name: clock_shift_anchors(doubt, shift)!
UPDATE anchors SET origin_ms = origin_ms + :shift, updated_at = updated_at + :shift, doubt = NULL
WHERE doubt = :doubt;

-- name: clock_drop_anchors(doubt)!
DELETE FROM anchors WHERE doubt = :doubt;

-- name: clock_shift_phones(doubt, shift)!
-- What phones send is timed by the server's own clock.
UPDATE events SET up_ms = up_ms + :shift WHERE doubt = :doubt AND boot = 'server';

-- name: clock_shift_events(doubt, shift)!
UPDATE events SET received_at = received_at + :shift, doubt = NULL WHERE doubt = :doubt;

-- name: clock_claim_restart(n, at)*!
-- Nobody can say when it was made: its time begins anew.
UPDATE claims SET expires_at = expires_at - made_at + :at, made_at = :at
WHERE n = :n AND used_at IS NULL AND withdrawn_at IS NULL;

-- name: clock_events_open()$
SELECT COUNT(*) FROM events WHERE doubt IS NOT NULL;

-- name: doctor_rates()
SELECT school, 'all' AS dimension, day, '' AS key, CASE WHEN misuse IS NULL THEN 0 ELSE 1 END AS flagged,
    SUM(CASE level WHEN 1 THEN 1 ELSE 0 END) AS n1, SUM(CASE level WHEN 2 THEN 1 ELSE 0 END) AS n2,
    SUM(CASE level WHEN 3 THEN 1 ELSE 0 END) AS n3, SUM(CASE level WHEN 4 THEN 1 ELSE 0 END) AS n4,
    SUM(CASE level WHEN 5 THEN 1 ELSE 0 END) AS n5
FROM ratings GROUP BY school, day, flagged
UNION ALL
SELECT school, 'procedure' AS dimension, day, COALESCE(procedure, '') AS key,
    CASE WHEN misuse IS NULL THEN 0 ELSE 1 END AS flagged,
    SUM(CASE level WHEN 1 THEN 1 ELSE 0 END), SUM(CASE level WHEN 2 THEN 1 ELSE 0 END),
    SUM(CASE level WHEN 3 THEN 1 ELSE 0 END), SUM(CASE level WHEN 4 THEN 1 ELSE 0 END),
    SUM(CASE level WHEN 5 THEN 1 ELSE 0 END)
FROM ratings GROUP BY school, day, COALESCE(procedure, ''), flagged
UNION ALL
SELECT school, 'channel' AS dimension, day, channel AS key, CASE WHEN misuse IS NULL THEN 0 ELSE 1 END AS flagged,
    SUM(CASE level WHEN 1 THEN 1 ELSE 0 END), SUM(CASE level WHEN 2 THEN 1 ELSE 0 END),
    SUM(CASE level WHEN 3 THEN 1 ELSE 0 END), SUM(CASE level WHEN 4 THEN 1 ELSE 0 END),
    SUM(CASE level WHEN 5 THEN 1 ELSE 0 END)
FROM ratings GROUP BY school, day, channel, flagged
UNION ALL
SELECT school, 'device' AS dimension, day, device AS key, CASE WHEN misuse IS NULL THEN 0 ELSE 1 END AS flagged,
    SUM(CASE level WHEN 1 THEN 1 ELSE 0 END), SUM(CASE level WHEN 2 THEN 1 ELSE 0 END),
    SUM(CASE level WHEN 3 THEN 1 ELSE 0 END), SUM(CASE level WHEN 4 THEN 1 ELSE 0 END),
    SUM(CASE level WHEN 5 THEN 1 ELSE 0 END)
FROM ratings GROUP BY school, day, device, flagged;

-- name: doctor_rate_cells()
SELECT school, dimension, day, key, misuse, n1, n2, n3, n4, n5 FROM rate_cells
WHERE n1 <> 0 OR n2 <> 0 OR n3 <> 0 OR n4 <> 0 OR n5 <> 0;

-- name: doctor_choices()
SELECT school, survey, day, COALESCE(procedure, '') AS about, CASE WHEN misuse IS NULL THEN 0 ELSE 1 END AS flagged,
    answers, COUNT(*) AS n
FROM answers GROUP BY school, survey, day, COALESCE(procedure, ''), flagged, answers;

-- name: doctor_choice_cells()
SELECT school, survey, question, day, procedure, choice, misuse, n FROM choice_cells WHERE n <> 0;

-- name: doctor_qualities()
SELECT e.school, e.quality, CASE WHEN a.level IS NULL THEN 0 ELSE 1 END AS rated, e.occurred_at / 3600000 AS hour,
    COUNT(*) AS n
FROM events e JOIN answers a ON a.event = e.n GROUP BY e.school, e.quality, rated, e.occurred_at / 3600000;

-- name: doctor_quality_cells()
SELECT school, day, quality, rated, n FROM quality_cells WHERE n <> 0;

-- name: doctor_wrong_days()
SELECT e.occurred_at / 3600000 AS hour, a.day, COUNT(*) AS n
FROM events e JOIN answers a ON a.event = e.n GROUP BY e.occurred_at / 3600000, a.day;

-- name: doctor_silent_events()$
SELECT COUNT(*) FROM events e LEFT JOIN answers a ON a.event = e.n WHERE e.type = 'answer' AND a.event IS NULL;

-- name: doctor_flags_against_labels()$
SELECT COUNT(*) FROM answers
WHERE label IS NOT NULL AND COALESCE(misuse, 'counted') <> label;

-- name: doctor_days_due()$
SELECT COUNT(*) FROM misuse_due;

-- name: doctor_broken_cases()$
-- Cases that are not what their entries come to.
SELECT COUNT(*) FROM cases c
WHERE c.version <> (SELECT COUNT(*) FROM case_entries e WHERE e.case_n = c.n)
    OR c.status <> COALESCE(
        (SELECT e.to_status FROM case_entries e WHERE e.case_n = c.n AND e.seq = c.version), '')
    OR EXISTS (
        SELECT 1 FROM case_entries e
        LEFT JOIN case_entries before ON before.case_n = e.case_n AND before.seq = e.seq - 1
        WHERE e.case_n = c.n AND e.from_status <> COALESCE(before.to_status, ''));

-- name: doctor_case_count()$
SELECT COUNT(*) FROM cases;

-- name: doctor_events_to_come(now)$
SELECT COUNT(*) FROM events WHERE received_at > :now;

-- name: doctor_counts()^
SELECT (SELECT COUNT(*) FROM events) AS events, (SELECT COUNT(*) FROM dead_letters) AS dead_letters,
    (SELECT COALESCE(SUM(counted), 0) FROM letter_counts) AS counted;

-- name: doctor_numbers()
SELECT journal, seq AS lo, seq AS hi, school, device FROM events
UNION ALL
SELECT journal, seq AS lo, seq AS hi, school, device FROM dead_letters
WHERE journal IS NOT NULL AND seq IS NOT NULL
UNION ALL
SELECT journal, lo, hi, school, device FROM letter_numbers
ORDER BY journal, lo;

-- name: doctor_ranges()
SELECT journal, lo, hi FROM arrived;

-- name: doctor_clear_rates()!
DELETE FROM rate_cells;

-- name: doctor_clear_choices()!
DELETE FROM choice_cells;

-- name: doctor_clear_qualities()!
DELETE FROM quality_cells;

-- name: doctor_clear_ranges()!
DELETE FROM arrived;

-- name: doctor_sealed_before(school, room, at)$
SELECT COUNT(*) FROM cases
WHERE school = :school AND room = :room AND erased_at IS NULL AND received_at <= :at;

-- name: slips_used()
SELECT hash FROM slips WHERE used = 1;

-- name: slips_unused()
SELECT point, COUNT(*) AS unused FROM slips WHERE used = 0 GROUP BY point ORDER BY point;

-- name: slip_use(hash)*!
UPDATE slips SET used = 1 WHERE hash = :hash;

-- name: session_end_all()!
DELETE FROM sessions;

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

-- name: times_anchors()
-- Each anchor with the earliest zero that the boot's own answers allow, and what had come of it by then.
SELECT a.device, a.boot, a.origin_ms, a.updated_at, MIN(e.received_at - e.up_ms) AS earliest,
    MAX(CASE WHEN e.up_ms < a.updated_at - a.origin_ms THEN e.received_at ELSE 0 END) AS known_then,
    MAX(e.received_at) AS came_at
FROM anchors a LEFT JOIN events e ON e.device = a.device AND e.boot = a.boot AND e.doubt IS NULL
GROUP BY a.device, a.boot, a.origin_ms, a.updated_at;

-- name: times_anchor_drop(device, boot)!
DELETE FROM anchors WHERE device = :device AND boot = :boot;
