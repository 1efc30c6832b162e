-- name: desk_marks(school)
-- By all that decides who may know of a case.
SELECT school, room, against_principal, COUNT(*) AS cases, SUM(version) AS entries FROM cases
WHERE school = :school GROUP BY school, room, against_principal;

-- name: desk_request_marks(school)
SELECT COALESCE(c.school, p.school) AS school, COALESCE(c.room, 'complaints') AS room,
    COALESCE(c.against_principal, 0) AS against_principal, COUNT(*) AS requests,
    SUM(CASE WHEN p.state = 'open' THEN 1 ELSE 0 END) AS still_open
FROM privacy_requests p LEFT JOIN cases c ON c.n = p.case_n WHERE p.school = :school GROUP BY 1, 2, 3;

-- name: overview_answers_stored()$
-- From the counts by day, which hold every answer once: as quick at any size.
SELECT COALESCE(SUM(n), 0) FROM quality_cells;

-- name: overview_answers_of(school)
-- By the certainty of their times, from the counts by day: every answer changes it, no other school's does.
SELECT quality, SUM(n) AS n, MAX(day) AS last FROM quality_cells WHERE school = :school
GROUP BY quality ORDER BY quality;

-- name: overview_last_dead_letter(school)$
SELECT MAX(last_at) FROM dead_letters WHERE school = :school;

-- name: overview_dead_letter_count()$
SELECT COUNT(*) FROM dead_letters;

-- name: overview_presence_all()
SELECT device, state, changed_at, heard_at, health, returns, returned_at FROM presence;

-- name: overview_arrived_all()
SELECT journal, lo, hi FROM arrived ORDER BY journal, lo;
