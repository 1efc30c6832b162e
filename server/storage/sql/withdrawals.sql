-- name: withdrawn_devices()
SELECT id FROM devices WHERE retired_at IS NOT NULL;

-- name: withdrawn_users()
SELECT login FROM users WHERE disabled_at IS NOT NULL;

-- name: withdrawn_tokens()
SELECT hash FROM tokens WHERE revoked_at IS NOT NULL;

-- name: withdrawn_keys()
SELECT id FROM seal_keys WHERE retired_at IS NOT NULL;

-- name: withdrawn_holders()
SELECT DISTINCT l.key, l.holder FROM key_log l
WHERE l.act IN ('revoked', 'revoked-lost') AND NOT EXISTS (SELECT 1 FROM key_holders h WHERE h.key = l.key AND h.holder = l.holder);

-- name: withdrawn_key_retire(id, retired_at)!
UPDATE seal_keys SET retired_at = :retired_at WHERE id = :id AND retired_at IS NULL;

-- name: withdrawn_claims(now)
SELECT device FROM claims WHERE used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now ORDER BY device;

-- name: withdrawn_claims_end(at)!
UPDATE claims SET withdrawn_at = :at, secret = NULL WHERE used_at IS NULL AND withdrawn_at IS NULL;

-- name: withdrawn_holder_rows()
SELECT k.id, k.school, k.room, h.holder, h.box FROM key_holders h JOIN seal_keys k ON k.id = h.key
JOIN users u ON u.login = h.holder
WHERE u.disabled_at IS NULL ORDER BY k.school, k.room, h.holder;
