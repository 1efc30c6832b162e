-- name: claim_insert(device, school, key, made_at, made_by, expires_at)!
INSERT INTO claims (device, school, key, made_at, made_by, expires_at)
VALUES (:device, :school, :key, :made_at, :made_by, :expires_at);

-- name: claim_open(device, now)^
SELECT device, school, made_at, expires_at FROM claims
WHERE device = :device AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now
ORDER BY n DESC LIMIT 1;

-- name: claim_withdraw(device, at)!
UPDATE claims SET withdrawn_at = :at WHERE device = :device AND used_at IS NULL AND withdrawn_at IS NULL;

-- name: claim_keys()
-- The newest first: that a code was made twice is next to impossible, and then the newer one counts.
SELECT n, device, school, key, expires_at, withdrawn_at, used_at, nonce FROM claims
WHERE key IS NOT NULL ORDER BY n DESC;

-- name: claim_use(n, at, nonce, came_from)!
UPDATE claims SET used_at = :at, nonce = :nonce, came_from = :came_from WHERE n = :n;

-- name: claim_erase_keys(before)!
UPDATE claims SET key = NULL WHERE key IS NOT NULL AND expires_at < :before;

-- name: claim_history(device)
SELECT school, made_at, made_by, expires_at, withdrawn_at, used_at, came_from FROM claims
WHERE device = :device ORDER BY n DESC;

-- name: device_let_in(id, school, password_hash)!
UPDATE devices SET school = :school, password_hash = :password_hash WHERE id = :id;

-- name: device_presence_forget(device)!
DELETE FROM presence WHERE device = :device;
