-- The sender's side of a case: found by what the sender's code comes to, whatever room it lies in.

-- name: clock_waiting_of_code(code_hash)^
SELECT w.school, s.name AS school_name FROM waiting_cases w JOIN schools s ON s.slug = w.school
WHERE w.code_hash = :code_hash;

-- name: follow_case(code_hash)^
SELECT c.*, s.name AS school_name, s.sample FROM cases c JOIN schools s ON s.slug = c.school
WHERE c.code_hash = :code_hash;

-- name: follow_gone(code_mark)^
SELECT c.year, c.number, c.received_on, c.erased_at, e.data, e.from_status, s.name AS school_name, s.sample, s.superior
FROM cases c JOIN schools s ON s.slug = c.school
JOIN case_entries e ON e.case_n = c.n AND e.action = 'erase'
WHERE c.code_mark = :code_mark ORDER BY e.seq DESC LIMIT 1;

-- name: follow_entries(case_n)
SELECT case_n, seq, at, actor, action, to_status, reason, data FROM case_entries
WHERE case_n = :case_n AND visible = 1 ORDER BY seq;

-- name: follow_boxes(case_n)
SELECT seq, box FROM sealed_texts WHERE case_n = :case_n AND audience = 'sender' ORDER BY seq;

-- name: follow_clock(case_n)^
SELECT rule, variant, started_on FROM case_clocks WHERE case_n = :case_n AND stopped_on IS NULL
ORDER BY started_on DESC, rule DESC LIMIT 1;

-- name: follow_requests(case_n)
SELECT n, kind, asked_on, state, answered_at FROM privacy_requests WHERE case_n = :case_n AND actor = 'sender'
ORDER BY n DESC;

-- name: follow_marked(case_n, mark)$
SELECT n FROM privacy_requests WHERE case_n = :case_n AND mark = :mark;

-- name: follow_mark(n, mark)!
UPDATE privacy_requests SET mark = :mark WHERE n = :n AND mark IS NULL;
