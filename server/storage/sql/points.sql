-- name: point_find(id)^
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
WHERE p.id = :id;

-- name: point_all()
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
ORDER BY d.school, d.created_at, p.id;

-- name: point_of_school(school)
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
WHERE d.school = :school
ORDER BY d.created_at, p.id;

-- name: point_insert(id, place, audience, survey, single_use, wifi)!
INSERT INTO points (id, place, audience, survey, single_use, wifi)
VALUES (:id, :place, :audience, :survey, :single_use, :wifi);

-- name: point_update(id, audience, survey, single_use, wifi)!
UPDATE points SET audience = :audience, survey = :survey, single_use = :single_use, wifi = :wifi
WHERE id = :id;

-- name: point_set_label(id, label)!
UPDATE devices SET label = :label WHERE id = :id;

-- name: point_bring_back(id)!
UPDATE devices SET retired_at = NULL WHERE id = :id;

-- name: point_counts(school, first, last)
-- All answers, also those to surveys that enter no rate.
SELECT a.device AS id,
    SUM(CASE WHEN a.misuse IS NULL THEN 1 ELSE 0 END) AS counted,
    SUM(CASE WHEN a.misuse IS NULL THEN 0 ELSE 1 END) AS left_out
FROM answers a JOIN points p ON p.id = a.device
WHERE a.school = :school AND a.day BETWEEN :first AND :last
GROUP BY a.device;

-- name: point_last_days(school)
-- The newest day by its index, backwards: found at once for a point that is in use.
SELECT p.id,
    (SELECT a.day FROM answers a WHERE a.school = d.school AND a.device = p.id ORDER BY a.day DESC LIMIT 1) AS day
FROM points p JOIN devices d ON d.id = p.id
WHERE d.school = :school;

-- name: point_slip_insert(hash, point, sheet, made_on)*!
INSERT INTO slips (hash, point, sheet, made_on, used) VALUES (:hash, :point, :sheet, :made_on, 0);

-- name: slips_used()
SELECT hash FROM slips WHERE used = 1;

-- name: slips_unused()
SELECT point, COUNT(*) AS unused FROM slips WHERE used = 0 GROUP BY point ORDER BY point;

-- name: slip_use(hash)*!
UPDATE slips SET used = 1 WHERE hash = :hash;

-- name: slips_void(point)!
UPDATE slips SET used = 1 WHERE point = :point AND used = 0;

-- name: point_slips(school)
SELECT s.point AS id, COUNT(*) AS made, SUM(s.used) AS used
FROM slips s JOIN devices d ON d.id = s.point
WHERE d.school = :school
GROUP BY s.point;
