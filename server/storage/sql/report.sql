-- name: report_choices_of_procedure(school, survey, question, procedure, first, last)
SELECT choice, SUM(n) AS n
FROM choice_cells
WHERE school = :school AND survey = :survey AND question = :question AND procedure = :procedure
    AND day BETWEEN :first AND :last AND misuse = 0
GROUP BY choice;

-- name: report_rating_devices(school)
-- Devices and points that ever brought a rating.
SELECT DISTINCT key FROM rate_cells WHERE school = :school AND dimension = 'device';

-- name: report_refused(school, since, until)
-- Different messages that were refused for the first time between two moments.
SELECT code, COUNT(*) AS n
FROM dead_letters
WHERE school = :school AND first_at >= :since AND first_at < :until
GROUP BY code
ORDER BY code;
