-- Rates are read from the roll-ups alone: what they cost depends on days and groups, not on answers.

-- name: letters_counted(school, first, most)
-- What was only counted since a day, the last first.
SELECT device, day, code, counted, counted_bytes, last_at FROM letter_counts
WHERE school = :school AND counted > 0 AND day >= :first
ORDER BY last_at DESC, device, code
LIMIT :most;

-- name: letters_counted_since(school, first)$
SELECT COALESCE(SUM(counted), 0) FROM letter_counts WHERE school = :school AND day >= :first;

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

-- name: overview_qualities(school, first, last)
-- Of ratings, counted or left out: the answers to other surveys stand behind no rate.
SELECT quality, SUM(n) AS n
FROM quality_cells
WHERE school = :school AND rated = 1 AND day BETWEEN :first AND :last
GROUP BY quality;

-- name: overview_first_day(school)$
SELECT MIN(day) FROM rate_cells WHERE school = :school AND dimension = 'all' AND n1 + n2 + n3 + n4 + n5 > 0;

-- name: rate_groups(school, dimension, first, last)
SELECT key, misuse, SUM(n1) AS n1, SUM(n2) AS n2, SUM(n3) AS n3, SUM(n4) AS n4, SUM(n5) AS n5
FROM rate_cells
WHERE school = :school AND dimension = :dimension AND day BETWEEN :first AND :last
GROUP BY key, misuse;

-- name: rate_months(school, first, last)
SELECT substr(day, 1, 7) AS key, misuse,
    SUM(n1) AS n1, SUM(n2) AS n2, SUM(n3) AS n3, SUM(n4) AS n4, SUM(n5) AS n5
FROM rate_cells
WHERE school = :school AND dimension = 'all' AND day BETWEEN :first AND :last
GROUP BY substr(day, 1, 7), misuse;

-- name: rate_choices(school, survey, question, first, last)
SELECT choice, SUM(n) AS n
FROM choice_cells
WHERE school = :school AND survey = :survey AND question = :question AND day BETWEEN :first AND :last
    AND misuse = 0
GROUP BY choice;
