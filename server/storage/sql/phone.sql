-- name: phone_event(id)^
SELECT digest FROM events WHERE id = :id;

-- name: phone_procedure(school, procedure)^
SELECT slug FROM procedures WHERE school = :school AND slug = :procedure LIMIT 1;

-- name: phone_slip(hash)^
SELECT point, used FROM slips WHERE hash = :hash;

-- name: phone_slip_use(hash)!
UPDATE slips SET used = 1 WHERE hash = :hash;

-- name: phone_case(id)^
SELECT about, received_on FROM cases WHERE id = :id;

-- name: phone_mark(id)^
-- All that a point's page depends on but for its survey, which stands in the program: a page that was
-- rendered once is as good as new while this stays the same.
SELECT p.place, p.audience, p.survey, p.single_use, d.school, d.retired_at, s.name, s.sample,
    (SELECT COUNT(*) FROM procedures r WHERE r.school = d.school AND r.until IS NULL) AS offered,
    (SELECT MAX(r.since) FROM procedures r WHERE r.school = d.school) AS newest,
    (SELECT MAX(r.until) FROM procedures r WHERE r.school = d.school) AS ended,
    EXISTS (SELECT 1 FROM seal_keys k
        WHERE k.school = d.school AND k.room = 'complaints' AND k.retired_at IS NULL) AS has_key
FROM points p JOIN devices d ON d.id = p.id JOIN schools s ON s.slug = d.school
WHERE p.id = :id;
