-- name: desk_readings(case_n, most)
SELECT at, actor, what FROM readings WHERE case_n = :case_n ORDER BY n DESC LIMIT :most;

-- name: desk_marks(school)
-- By all that decides who may know of a case.
SELECT school, room, against_principal, COUNT(*) AS cases, SUM(version) AS entries FROM cases
WHERE school = :school GROUP BY school, room, against_principal;

-- name: desk_open_by_room(school)
SELECT room, against_principal, COUNT(*) AS n FROM cases
WHERE school = :school AND status NOT IN ('returned', 'forwarded', 'closed') GROUP BY room, against_principal;

-- name: desk_request_marks(school)
SELECT COALESCE(c.school, p.school) AS school, COALESCE(c.room, 'complaints') AS room,
    COALESCE(c.against_principal, 0) AS against_principal, COUNT(*) AS requests,
    SUM(CASE WHEN p.state = 'open' THEN 1 ELSE 0 END) AS still_open
FROM privacy_requests p LEFT JOIN cases c ON c.n = p.case_n WHERE p.school = :school GROUP BY 1, 2, 3;
