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

-- name: device_settings_find(device)^
SELECT device, languages, brightness, volume, procedures, texts FROM device_settings WHERE device = :device;

-- name: device_settings_all()
SELECT device, languages, brightness, volume, procedures, texts FROM device_settings;

-- name: device_settings_put(device, languages, brightness, volume, procedures, texts)!
INSERT INTO device_settings (device, languages, brightness, volume, procedures, texts)
VALUES (:device, :languages, :brightness, :volume, :procedures, :texts)
ON CONFLICT (device) DO UPDATE SET languages = excluded.languages, brightness = excluded.brightness,
    volume = excluded.volume, procedures = excluded.procedures, texts = excluded.texts;

-- name: device_left_schools()
-- Where devices stood before they moved: a message may still be kept there for them.
SELECT DISTINCT c.device, c.came_from FROM claims c JOIN devices d ON d.id = c.device
WHERE c.used_at IS NOT NULL AND c.came_from IS NOT NULL AND c.came_from <> d.school
ORDER BY c.device, c.came_from;

-- name: device_moved_away(school)
-- Devices that stood in the school and stand in another one now.
SELECT DISTINCT d.id, d.school, d.kind, d.label, d.created_at, d.retired_at
FROM claims c JOIN devices d ON d.id = c.device
WHERE c.used_at IS NOT NULL AND c.came_from = :school AND d.school <> :school
ORDER BY d.id;

-- name: config_schools()
-- This and the next ones: all that a configuration says of a school, of all schools at once.
SELECT slug AS school, name, sample, superior, hours FROM schools;

-- name: config_procedures()
SELECT school, body FROM procedures WHERE until IS NULL ORDER BY position, slug;

-- name: config_keys()
SELECT school, room, id, public, created_at, retired_at, vouched_by, vouch FROM seal_keys ORDER BY created_at, id;

-- name: config_key_holders()
SELECT k.school, h.key, h.holder, u.role, u.disabled_at
FROM key_holders h JOIN seal_keys k ON k.id = h.key JOIN users u ON u.login = h.holder ORDER BY h.key, h.holder;

-- name: config_calendar_days()
-- Those of the school '' are of all schools.
SELECT school, day, worked FROM calendar_days ORDER BY day;

-- name: device_set_label(id, label)!
UPDATE devices SET label = :label WHERE id = :id;

-- name: ingest_device(id)^
-- What the ingest has to know before it takes what a device says, in one look.
SELECT d.school, d.kind, d.retired_at, p.boots, p.journals, p.returns, p.returned_at,
    (SELECT COUNT(*) FROM clock_doubts WHERE ended_at IS NOT NULL) AS doubts_ended
FROM devices d LEFT JOIN presence p ON p.device = d.id WHERE d.id = :id;

-- name: journal_owner(journal)$
SELECT device FROM journals WHERE journal = :journal;

-- name: journal_bind(journal, device)!
INSERT INTO journals (journal, device) VALUES (:journal, :device);

-- name: point_find(id)^
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
WHERE p.id = :id;

-- name: point_all()
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
ORDER BY d.school, d.created_at, p.id;

-- name: point_of_school(school)
SELECT p.id, d.school, d.label, p.place, p.audience, p.survey, p.single_use, p.wifi, d.created_at, d.retired_at
FROM points p JOIN devices d ON d.id = p.id
WHERE d.school = :school
ORDER BY d.created_at, p.id;

-- name: point_insert(id, place, audience, survey, single_use, wifi)!
INSERT INTO points (id, place, audience, survey, single_use, wifi)
VALUES (:id, :place, :audience, :survey, :single_use, :wifi);

-- name: point_update(id, audience, survey, single_use, wifi)!
UPDATE points SET audience = :audience, survey = :survey, single_use = :single_use, wifi = :wifi
WHERE id = :id;

-- name: point_set_label(id, label)!
UPDATE devices SET label = :label WHERE id = :id;

-- name: point_bring_back(id)!
UPDATE devices SET retired_at = NULL WHERE id = :id;

-- name: point_counts(school, first, last)
-- All answers, also those to surveys that enter no rate.
SELECT a.device AS id,
    SUM(CASE WHEN a.misuse IS NULL THEN 1 ELSE 0 END) AS counted,
    SUM(CASE WHEN a.misuse IS NULL THEN 0 ELSE 1 END) AS left_out
FROM answers a JOIN points p ON p.id = a.device
WHERE a.school = :school AND a.day BETWEEN :first AND :last
GROUP BY a.device;

-- name: point_last_days(school)
-- The newest day by its index, backwards: found at once for a point that is in use.
SELECT p.id,
    (SELECT a.day FROM answers a WHERE a.school = d.school AND a.device = p.id ORDER BY a.day DESC LIMIT 1) AS day
FROM points p JOIN devices d ON d.id = p.id
WHERE d.school = :school;

-- name: point_slip_insert(hash, point, sheet, made_on)*!
INSERT INTO slips (hash, point, sheet, made_on, used) VALUES (:hash, :point, :sheet, :made_on, 0);

-- name: slips_void(point)!
UPDATE slips SET used = 1 WHERE point = :point AND used = 0;

-- name: point_slips(school)
SELECT s.point AS id, COUNT(*) AS made, SUM(s.used) AS used
FROM slips s JOIN devices d ON d.id = s.point
WHERE d.school = :school
GROUP BY s.point;

-- name: presence_find(device)^
SELECT state, session, changed_at, heard_at FROM presence WHERE device = :device;

-- name: presence_health_find(device)^
SELECT heard_at, health FROM presence WHERE device = :device;

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
