-- name: template_of_school(school)
SELECT id, name, body, changed_by, changed_at FROM answer_templates WHERE school = :school ORDER BY id;

-- name: template_insert(school, id, name, body, by, at)!
INSERT INTO answer_templates (school, id, name, body, changed_by, changed_at)
VALUES (:school, :id, :name, :body, :by, :at);

-- name: template_change(school, id, name, body, by, at)!
UPDATE answer_templates SET name = :name, body = :body, changed_by = :by, changed_at = :at
WHERE school = :school AND id = :id;

-- name: template_delete(school, id)!
DELETE FROM answer_templates WHERE school = :school AND id = :id;
