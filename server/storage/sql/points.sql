-- name: point_find(id)^
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
WHERE p.id = :id;
