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

-- name: session_insert(hash, login, stamp, machine, at, boot, up)!
INSERT INTO sessions (hash, login, stamp, machine, made_at, seen_at, boot, made_up, seen_up)
VALUES (:hash, :login, :stamp, :machine, :at, :at, :boot, :up, :up);

-- name: session_find(hash)^
SELECT hash, login, stamp, machine, made_at, seen_at, boot, made_up, seen_up FROM sessions WHERE hash = :hash;

-- name: session_all()
SELECT hash, login, stamp, machine, made_at, seen_at, boot, made_up, seen_up FROM sessions;

-- name: session_of_login(login)
SELECT hash, login, stamp, machine, made_at, seen_at, boot, made_up, seen_up FROM sessions
WHERE login = :login ORDER BY seen_at DESC, hash;

-- name: session_seen(hash, seen_at, boot, made_up, seen_up)!
UPDATE sessions SET seen_at = :seen_at, boot = :boot, made_up = :made_up, seen_up = :seen_up WHERE hash = :hash;

-- name: session_end(hash)!
DELETE FROM sessions WHERE hash = :hash;

-- name: session_end_of(login, but)!
DELETE FROM sessions WHERE login = :login AND hash <> :but;

-- name: browser_find(hash, login)^
SELECT seen_at FROM browsers WHERE hash = :hash AND login = :login;

-- name: browser_note(hash, login, seen_at)!
INSERT INTO browsers (hash, login, seen_at) VALUES (:hash, :login, :seen_at)
ON CONFLICT (hash, login) DO UPDATE SET seen_at = excluded.seen_at;

-- name: browser_forget(before)!
DELETE FROM browsers WHERE seen_at <= :before;
