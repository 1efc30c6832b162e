-- name: presence_find(device)^
SELECT state, session, changed_at, heard_at FROM presence WHERE device = :device;

-- name: presence_put(device, school, state, session, changed_at, heard_at)!
INSERT INTO presence (device, school, state, session, changed_at, heard_at)
VALUES (:device, :school, :state, :session, :changed_at, :heard_at)
ON CONFLICT (device) DO UPDATE SET school = excluded.school, state = excluded.state, session = excluded.session,
    changed_at = excluded.changed_at, heard_at = excluded.heard_at;

-- name: presence_boots_forget(device)!
UPDATE presence SET boots = '', journals = '', returns = 0, returned_at = NULL WHERE device = :device;

-- name: presence_heard(device, school, at, boots, journals, returns, returned_at)*!
INSERT INTO presence (device, school, state, session, changed_at, heard_at, boots, journals, returns, returned_at)
VALUES (:device, :school, 'ready', '', :at, :at, :boots, :journals, :returns, :returned_at)
ON CONFLICT (device) DO UPDATE SET school = excluded.school,
    boots = excluded.boots, journals = excluded.journals, returns = excluded.returns, returned_at = excluded.returned_at,
    heard_at = CASE WHEN presence.heard_at IS NULL OR presence.heard_at < excluded.heard_at
        THEN excluded.heard_at ELSE presence.heard_at END;

-- name: presence_health(device, school, at, heard_at, health)!
INSERT INTO presence (device, school, state, session, changed_at, heard_at, health)
VALUES (:device, :school, 'ready', '', :at, :heard_at, :health)
ON CONFLICT (device) DO UPDATE SET health = excluded.health,
    heard_at = CASE WHEN excluded.heard_at IS NULL THEN presence.heard_at ELSE excluded.heard_at END;
