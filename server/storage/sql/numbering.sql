-- Read and used within one transaction of the one writer: see `services.numbering`.

-- name: last_event()$
SELECT COALESCE(MAX(n), 0) FROM events;

-- name: last_in_journal(journal)$
SELECT COALESCE(MAX(hi), 0) FROM arrived WHERE journal = :journal;

-- name: last_case()$
SELECT COALESCE(MAX(n), 0) FROM cases;

-- name: last_number_of_year(school, year)$
SELECT COALESCE(MAX(number), 0) FROM cases WHERE school = :school AND year = :year;

-- name: last_doubt()$
SELECT COALESCE(MAX(n), 0) FROM clock_doubts;
