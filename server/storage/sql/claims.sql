-- name: claim_insert(device, school, name, secret, made_at, made_by, expires_at)!
INSERT INTO claims (device, school, name, secret, made_at, made_by, expires_at)
VALUES (:device, :school, :name, :secret, :made_at, :made_by, :expires_at);

-- name: claim_open(device, now)^
SELECT device, school, made_at, expires_at FROM claims
WHERE device = :device AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now
ORDER BY n DESC LIMIT 1;

-- name: claim_withdraw(device, at)!
UPDATE claims SET withdrawn_at = :at, secret = NULL
WHERE device = :device AND used_at IS NULL AND withdrawn_at IS NULL;

-- name: claim_named(name)^
SELECT n, device, school, secret, expires_at, withdrawn_at, used_at, wrong, shares, proof, answer FROM claims
WHERE name = :name ORDER BY n DESC LIMIT 1;

-- name: claim_use(n, at, shares, proof, answer, came_from)!
UPDATE claims SET used_at = :at, shares = :shares, proof = :proof, answer = :answer, came_from = :came_from,
    secret = NULL
WHERE n = :n;

-- name: claim_wrong(n)!
UPDATE claims SET wrong = wrong + 1 WHERE n = :n;

-- name: claim_forget_secrets(now)!
-- What is past its time, whether it was used or not.
UPDATE claims SET secret = NULL, shares = NULL, proof = NULL, answer = NULL
WHERE expires_at <= :now AND (secret IS NOT NULL OR answer IS NOT NULL);

-- name: claim_forget_names(before)!
UPDATE claims SET name = NULL WHERE name IS NOT NULL AND expires_at < :before;

-- name: claim_copy_forget()!
-- In a copy: a code that is open is not to be found in a backup.
UPDATE claims SET secret = NULL WHERE secret IS NOT NULL;

-- name: claim_history(device)
SELECT school, made_at, made_by, expires_at, withdrawn_at, used_at, came_from, wrong FROM claims
WHERE device = :device ORDER BY n DESC;

-- name: device_let_in(id, school, password_hash)!
UPDATE devices SET school = :school, password_hash = :password_hash WHERE id = :id;

-- name: device_presence_forget(device)!
DELETE FROM presence WHERE device = :device;
