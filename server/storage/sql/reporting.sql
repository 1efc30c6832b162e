-- name: clock_waiting_count(school)$
SELECT COUNT(*) FROM waiting_cases WHERE school = :school;

-- name: register_ever(school)$
SELECT n FROM cases WHERE school = :school AND room = 'complaints' AND against_principal = 0 LIMIT 1;

-- name: report_choices_of_procedure(school, survey, question, procedure, first, last)
SELECT choice, SUM(n) AS n
FROM choice_cells
WHERE school = :school AND survey = :survey AND question = :question AND procedure = :procedure
    AND day BETWEEN :first AND :last AND misuse = 0
GROUP BY choice;

-- name: report_rating_devices(school)
-- Devices and points that ever brought a rating.
SELECT DISTINCT key FROM rate_cells WHERE school = :school AND dimension = 'device';

-- name: report_refused(school, since, until, first, last, unread)
-- Different messages that were refused for the first time between two moments, and those of the days between
-- that were only counted; but for those that nobody has read, which come again.
SELECT code, SUM(n) AS n FROM (
    SELECT code, COUNT(*) AS n FROM dead_letters
    WHERE school = :school AND first_at >= :since AND first_at < :until
    GROUP BY code
    UNION ALL
    SELECT code, SUM(counted) AS n FROM letter_counts
    WHERE school = :school AND counted > 0 AND code <> :unread AND day BETWEEN :first AND :last
    GROUP BY code
) AS refused
GROUP BY code
ORDER BY code;
