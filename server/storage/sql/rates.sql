-- Rates are read from the roll-ups alone: what they cost depends on days and groups, not on answers.

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

-- name: rate_procedure_names(school)
SELECT slug, body FROM procedures WHERE school = :school ORDER BY since, position, slug;
