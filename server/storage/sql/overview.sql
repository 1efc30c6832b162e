-- name: overview_last_event()$
SELECT MAX(n) FROM events;

-- name: overview_answers_stored()$
-- From the counts by day, which hold every answer once: as quick at any size.
SELECT COALESCE(SUM(n), 0) FROM quality_cells;

-- name: overview_last_dead_letter(school)$
SELECT MAX(last_at) FROM dead_letters WHERE school = :school;

-- name: overview_dead_letters(school, before, count)
SELECT n, device, code, event_id, journal, seq, payload, size, times, first_at, last_at
FROM dead_letters
WHERE school = :school AND last_at <= :before
ORDER BY last_at DESC, n DESC
LIMIT :count;

-- name: overview_dead_letters_since(school, since, most)$
SELECT COUNT(*) FROM (
    SELECT 1 FROM dead_letters WHERE school = :school AND last_at >= :since LIMIT :most
) AS recent;

-- name: overview_dead_letter_count()$
SELECT COUNT(*) FROM dead_letters;

-- name: overview_presence(school)
SELECT p.device, d.kind, p.state, p.changed_at, p.heard_at, p.health, p.returns, p.returned_at
FROM presence p JOIN devices d ON d.id = p.device
WHERE p.school = :school;

-- name: overview_presence_all()
SELECT device, state, changed_at, heard_at, health, returns, returned_at FROM presence;

-- name: overview_arrived(school)
SELECT journal, lo, hi, device FROM arrived WHERE school = :school ORDER BY journal, lo;

-- name: overview_times(school)
SELECT id, occurred_at, quality, uncertainty_ms FROM events WHERE school = :school ORDER BY n;

-- name: overview_arrived_all()
SELECT journal, lo, hi FROM arrived ORDER BY journal, lo;

-- name: overview_qualities(school, first, last)
-- Of ratings, counted or left out: the answers to other surveys stand behind no rate.
SELECT quality, SUM(n) AS n
FROM quality_cells
WHERE school = :school AND rated = 1 AND day BETWEEN :first AND :last
GROUP BY quality;

-- name: overview_first_day(school)$
SELECT MIN(day) FROM rate_cells WHERE school = :school AND dimension = 'all' AND n1 + n2 + n3 + n4 + n5 > 0;
