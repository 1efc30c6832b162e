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

-- name: session_end_all()!
DELETE FROM sessions;

-- name: browser_find(hash, login)^
SELECT seen_at FROM browsers WHERE hash = :hash AND login = :login;

-- name: browser_note(hash, login, seen_at)!
INSERT INTO browsers (hash, login, seen_at) VALUES (:hash, :login, :seen_at)
ON CONFLICT (hash, login) DO UPDATE SET seen_at = excluded.seen_at;

-- name: browser_forget(before)!
DELETE FROM browsers WHERE seen_at <= :before;
