-- name: school_find(slug)^
SELECT slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at
FROM schools WHERE slug = :slug;

-- name: school_all()
SELECT slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at
FROM schools ORDER BY slug;

-- name: school_first_two()
-- Tells the only school from one of several, however many there are.
SELECT slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at
FROM schools ORDER BY slug LIMIT 2;

-- name: school_any(sample)$
SELECT 1 FROM schools WHERE sample = :sample LIMIT 1;

-- name: school_insert(slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at)!
INSERT INTO schools
    (slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at)
VALUES (:slug, :name, :parent, :abbreviation, :superior, :recipient, :place, :signer, :goal, :sample, :created_at);

-- name: school_update(slug, name, parent, abbreviation, superior, recipient, place, signer, goal)!
UPDATE schools SET name = :name, parent = :parent, abbreviation = :abbreviation, superior = :superior,
    recipient = :recipient, place = :place, signer = :signer, goal = :goal
WHERE slug = :slug;

-- name: procedure_current(school)
SELECT slug, body FROM procedures WHERE school = :school AND until IS NULL ORDER BY position, slug;

-- name: procedure_insert(school, slug, position, body, since)!
INSERT INTO procedures (school, slug, position, body, since) VALUES (:school, :slug, :position, :body, :since);

-- name: misuse_due_again(school, first, last)!
INSERT INTO misuse_due (school, device, day)
SELECT DISTINCT school, device, day FROM answers WHERE school = :school AND day BETWEEN :first AND :last
ON CONFLICT (school, device, day) DO NOTHING;

-- name: misuse_due_count(school)$
SELECT COUNT(*) FROM misuse_due WHERE school = :school;

-- name: misuse_hours(school)$
SELECT hours FROM schools WHERE slug = :school;

-- name: misuse_hours_set(school, hours)!
UPDATE schools SET hours = :hours WHERE slug = :school;
