-- name: calendar_day_all(school)
SELECT school, day, worked, name FROM calendar_days WHERE school IN ('', :school) ORDER BY school, day;

-- name: calendar_day_put(school, day, worked, name, changed_by, changed_at)!
INSERT INTO calendar_days (school, day, worked, name, changed_by, changed_at)
VALUES (:school, :day, :worked, :name, :changed_by, :changed_at)
ON CONFLICT (school, day) DO UPDATE SET worked = excluded.worked, name = excluded.name,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: calendar_day_delete(school, day)!
DELETE FROM calendar_days WHERE school = :school AND day = :day;
