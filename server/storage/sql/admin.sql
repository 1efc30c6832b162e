-- name: school_find(slug)^
SELECT slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at
FROM schools WHERE slug = :slug;

-- name: school_all()
SELECT slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at
FROM schools ORDER BY slug;

-- name: school_insert(slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at)!
INSERT INTO schools
    (slug, name, parent, abbreviation, superior, recipient, place, signer, goal, sample, created_at)
VALUES (:slug, :name, :parent, :abbreviation, :superior, :recipient, :place, :signer, :goal, :sample, :created_at);

-- name: school_update(slug, name, parent, abbreviation, superior, recipient, place, signer, goal)!
UPDATE schools SET name = :name, parent = :parent, abbreviation = :abbreviation, superior = :superior,
    recipient = :recipient, place = :place, signer = :signer, goal = :goal
WHERE slug = :slug;

-- name: device_find(id)^
SELECT id, school, kind, label, created_at, retired_at FROM devices WHERE id = :id;

-- name: device_secret(id)^
SELECT id, school, kind, password_hash, retired_at FROM devices WHERE id = :id;

-- name: device_all()
SELECT id, school, kind, label, created_at, retired_at FROM devices ORDER BY school, id;

-- name: device_of_school(school)
SELECT id, school, kind, label, created_at, retired_at FROM devices WHERE school = :school ORDER BY id;

-- name: device_secrets()
-- Those that may connect to a broker: a code on paper never does.
SELECT id, school, password_hash FROM devices WHERE retired_at IS NULL AND kind <> 'qr' ORDER BY school, id;

-- name: device_insert(id, school, kind, label, password_hash, created_at)!
INSERT INTO devices (id, school, kind, label, password_hash, created_at)
VALUES (:id, :school, :kind, :label, :password_hash, :created_at);

-- name: device_set_password(id, password_hash)!
UPDATE devices SET password_hash = :password_hash WHERE id = :id;

-- name: device_retire(id, retired_at)!
UPDATE devices SET retired_at = :retired_at WHERE id = :id;

-- name: user_find(login)^
SELECT login, school, role, password_hash, created_at, disabled_at FROM users WHERE login = :login;

-- name: user_all()
SELECT login, school, role, created_at, disabled_at FROM users ORDER BY school, login;

-- name: user_of_school(school)
SELECT login, school, role, created_at, disabled_at FROM users WHERE school = :school ORDER BY login;

-- name: user_insert(login, school, role, password_hash, created_at)!
INSERT INTO users (login, school, role, password_hash, created_at)
VALUES (:login, :school, :role, :password_hash, :created_at);

-- name: user_set_password(login, password_hash)!
UPDATE users SET password_hash = :password_hash WHERE login = :login;

-- name: user_disable(login, disabled_at)!
UPDATE users SET disabled_at = :disabled_at WHERE login = :login;

-- name: token_find(hash)^
SELECT hash, school, kind, label, created_at, revoked_at FROM tokens WHERE hash = :hash;

-- name: token_all()
SELECT hash, school, kind, label, created_at, revoked_at FROM tokens ORDER BY school, created_at, hash;

-- name: token_of_school(school)
SELECT hash, school, kind, label, created_at, revoked_at FROM tokens WHERE school = :school ORDER BY created_at, hash;

-- name: token_insert(hash, school, kind, label, created_at)!
INSERT INTO tokens (hash, school, kind, label, created_at) VALUES (:hash, :school, :kind, :label, :created_at);

-- name: token_revoke(hash, revoked_at)!
UPDATE tokens SET revoked_at = :revoked_at WHERE hash = :hash;

-- name: procedure_current(school)
SELECT slug, body FROM procedures WHERE school = :school AND until IS NULL ORDER BY position, slug;

-- name: procedure_insert(school, slug, position, body, since)!
INSERT INTO procedures (school, slug, position, body, since) VALUES (:school, :slug, :position, :body, :since);

-- name: survey_version_all()
SELECT survey, version, body FROM survey_versions ORDER BY survey, version;

-- name: survey_version_insert(survey, version, body, since)!
INSERT INTO survey_versions (survey, version, body, since) VALUES (:survey, :version, :body, :since);
