-- The registers read all of a school that had not ended before a day: who may know of what is for
-- `domain.casework.sees` to say.

-- name: register_cases(school, since)
SELECT n, school, year, number, room, kind, status, channel, about, assignee, summary, against_principal, received_at,
    received_on, closed_at, satisfied, contact_gone_at, erased_at
FROM cases WHERE school = :school AND (closed_at IS NULL OR closed_at >= :since) ORDER BY received_on, year, number;

-- name: register_entries(school, since)
SELECT e.case_n, e.seq, e.at, e.action, e.from_status, e.to_status, e.reason, e.data
FROM case_entries e JOIN cases c ON c.n = e.case_n
WHERE c.school = :school AND (c.closed_at IS NULL OR c.closed_at >= :since) ORDER BY e.case_n, e.seq;

-- name: register_clocks(school, since)
SELECT k.case_n, k.rule, k.variant, k.started_on, k.stopped_on
FROM case_clocks k JOIN cases c ON c.n = k.case_n
WHERE c.school = :school AND (c.closed_at IS NULL OR c.closed_at >= :since) ORDER BY k.case_n, k.started_on, k.rule;

-- name: register_receptions(school)
SELECT n, case_n, day, people, again, by_principal, settled_by, within, guidance, taken_by, note, box, actor, at
FROM receptions WHERE school = :school ORDER BY day, at, n;

-- name: register_reading_insert(case_n, reception, at, actor)!
INSERT INTO readings (case_n, reception, at, actor, what) VALUES (:case_n, :reception, :at, :actor, 'register');
