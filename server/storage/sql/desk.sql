-- name: desk_readings(case_n, most)
SELECT at, actor, what FROM readings WHERE case_n = :case_n ORDER BY n DESC LIMIT :most;

-- name: desk_marks(school, room)^
SELECT COUNT(*) AS cases, COALESCE(SUM(version), 0) AS entries FROM cases WHERE school = :school AND room = :room;

-- name: desk_request_marks(school)^
SELECT COUNT(*) AS requests, SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END) AS open
FROM privacy_requests WHERE school = :school;
