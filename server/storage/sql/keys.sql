-- name: key_salt()$
SELECT value FROM installation WHERE key = 'code_salt';

-- name: key_insert(id, school, room, public, created_at, vouched_by, vouch)!
INSERT INTO seal_keys (id, school, room, public, created_at, retired_at, vouched_by, vouch)
VALUES (:id, :school, :room, :public, :created_at, NULL, :vouched_by, :vouch);

-- name: key_find(id)^
SELECT id, school, room, public, created_at, retired_at, vouched_by, vouch FROM seal_keys WHERE id = :id;

-- name: key_current(school, room)^
SELECT id, school, room, public, created_at, retired_at, vouched_by, vouch FROM seal_keys
WHERE school = :school AND room = :room AND retired_at IS NULL
ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: key_of_room(school, room)
SELECT id, school, room, public, created_at, retired_at, vouched_by, vouch FROM seal_keys
WHERE school = :school AND room = :room ORDER BY created_at DESC, id DESC;

-- name: key_retire(school, room, retired_at)!
UPDATE seal_keys SET retired_at = :retired_at
WHERE school = :school AND room = :room AND retired_at IS NULL;

-- name: key_holder_insert(key, holder, salt, operations, memory, box, relay, granted_at, granted_by)!
INSERT INTO key_holders (key, holder, salt, operations, memory, box, relay, granted_at, granted_by)
VALUES (:key, :holder, :salt, :operations, :memory, :box, :relay, :granted_at, :granted_by);

-- name: key_holder_relock(key, holder, salt, operations, memory, box, relay)!
UPDATE key_holders SET salt = :salt, operations = :operations, memory = :memory, box = :box, relay = :relay
WHERE key = :key AND holder = :holder;

-- name: key_holder_set_relay(key, holder, relay)!
UPDATE key_holders SET relay = :relay WHERE key = :key AND holder = :holder;

-- name: key_holder_relays(key)
SELECT h.holder, h.salt, h.operations, h.memory, h.relay, h.granted_at, h.granted_by
FROM key_holders h JOIN seal_keys k ON k.id = h.key JOIN users u ON u.login = h.holder
WHERE h.key = :key AND u.disabled_at IS NULL AND u.school = k.school ORDER BY h.granted_at, h.holder;

-- name: key_holder_delete(key, holder)!
DELETE FROM key_holders WHERE key = :key AND holder = :holder;

-- name: key_holder_of_key(key)
SELECT h.key, h.holder, h.granted_at, h.granted_by, u.role, u.disabled_at
FROM key_holders h JOIN users u ON u.login = h.holder WHERE h.key = :key ORDER BY h.granted_at, h.holder;

-- name: key_holder_locks(holder)
SELECT k.id, k.room, k.public, k.created_at, k.retired_at, h.salt, h.operations, h.memory, h.box, h.relay
FROM key_holders h
JOIN seal_keys k ON k.id = h.key
JOIN users u ON u.login = h.holder
WHERE h.holder = :holder AND u.disabled_at IS NULL AND u.school = k.school
ORDER BY k.created_at DESC, k.id DESC;

-- name: key_log_insert(key, at, actor, act, holder)!
INSERT INTO key_log (key, at, actor, act, holder) VALUES (:key, :at, :actor, :act, :holder);

-- name: key_log_of_room(school, room)
SELECT l.n, l.key, l.at, l.actor, l.act, l.holder
FROM key_log l JOIN seal_keys k ON k.id = l.key
WHERE k.school = :school AND k.room = :room ORDER BY l.n DESC;

-- name: key_last_acts(school, room)
SELECT l.key, l.act, l.holder, MAX(l.at) AS at
FROM key_log l JOIN seal_keys k ON k.id = l.key
WHERE k.school = :school AND k.room = :room GROUP BY l.key, l.act, l.holder;

-- name: overview_presence(school)
SELECT p.device, d.kind, p.state, p.changed_at, p.heard_at, p.health, p.returns, p.returned_at
FROM presence p JOIN devices d ON d.id = p.device
WHERE p.school = :school;
