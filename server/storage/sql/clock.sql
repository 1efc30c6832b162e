-- name: clock_kept()$
SELECT value FROM installation WHERE key = 'clock';

-- name: clock_keep(value)!
INSERT INTO installation (key, value) VALUES ('clock', :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: clock_newest_moment()$
-- The newest moment that anything in the store was stamped with.
SELECT MAX(at) FROM (
    SELECT MAX(received_at) AS at FROM (SELECT received_at FROM events ORDER BY n DESC LIMIT 100) AS latest
    UNION ALL SELECT MAX(at) FROM case_entries
    UNION ALL SELECT MAX(heard_at) FROM presence
    UNION ALL SELECT MAX(last_at) FROM dead_letters
    UNION ALL SELECT MAX(at) FROM key_log
    UNION ALL SELECT MAX(created_at) FROM users
) AS moments;

-- name: clock_doubt_open(boot)^
SELECT n, why, boot, up_ms, at FROM clock_doubts WHERE boot = :boot AND ended_at IS NULL ORDER BY n DESC LIMIT 1;

-- name: clock_doubts_open()
SELECT n, why, boot, up_ms, at FROM clock_doubts WHERE ended_at IS NULL ORDER BY n;

-- name: clock_doubt_add(why, boot, up_ms, at)!
INSERT INTO clock_doubts (n, why, boot, up_ms, at)
VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM clock_doubts), :why, :boot, :up_ms, :at);

-- name: clock_doubt_end(n, ended_at, shift_ms)!
UPDATE clock_doubts SET ended_at = :ended_at, shift_ms = :shift_ms WHERE n = :n;

-- name: clock_mark_events(doubt, since, until)!
UPDATE events SET doubt = :doubt WHERE doubt IS NULL AND received_at BETWEEN :since AND :until;

-- name: clock_mark_anchors(doubt, since, until)!
UPDATE anchors SET doubt = :doubt WHERE doubt IS NULL AND updated_at BETWEEN :since AND :until;

-- name: clock_boots_of(doubt)
SELECT device, boot FROM events WHERE doubt = :doubt
UNION SELECT device, boot FROM anchors WHERE doubt = :doubt;

-- name: clock_shift_anchors(doubt, shift)!
UPDATE anchors SET origin_ms = origin_ms + :shift, updated_at = updated_at + :shift, doubt = NULL
WHERE doubt = :doubt;

-- name: clock_drop_anchors(doubt)!
DELETE FROM anchors WHERE doubt = :doubt;

-- name: clock_shift_phones(doubt, shift)!
-- What phones send is timed by the server's own clock.
UPDATE events SET up_ms = up_ms + :shift WHERE doubt = :doubt AND boot = 'server';

-- name: clock_shift_events(doubt, shift)!
UPDATE events SET received_at = received_at + :shift, doubt = NULL WHERE doubt = :doubt;

-- name: clock_claims_made(since, until)
SELECT n, made_at FROM claims WHERE made_at BETWEEN :since AND :until ORDER BY n;

-- name: clock_claim_shift(n, until, shift)*!
-- Of a claim that was made by a clock that was off, up to a moment by that clock.
UPDATE claims SET made_at = made_at + :shift, expires_at = expires_at + :shift,
    used_at = CASE WHEN used_at <= :until THEN used_at + :shift ELSE used_at END,
    withdrawn_at = CASE WHEN withdrawn_at <= :until THEN withdrawn_at + :shift ELSE withdrawn_at END
WHERE n = :n;

-- name: clock_claim_restart(n, at)*!
-- Nobody can say when it was made: its time begins anew.
UPDATE claims SET expires_at = expires_at - made_at + :at, made_at = :at
WHERE n = :n AND used_at IS NULL AND withdrawn_at IS NULL;

-- name: clock_wait(n, id, school, channel, device, lang, procedure, about, code_hash, box, room)!
INSERT INTO waiting_cases (n, id, school, channel, device, lang, procedure, about, code_hash, box, room)
VALUES (:n, :id, :school, :channel, :device, :lang, :procedure, :about, :code_hash, :box, :room);

-- name: clock_waiting()
SELECT w.n, w.id, w.school, w.channel, w.device, w.lang, w.procedure, w.about, w.code_hash, w.box, w.room,
    e.occurred_at, e.quality, e.received_at, e.doubt
FROM waiting_cases w JOIN events e ON e.n = w.n ORDER BY w.n;

-- name: clock_waiting_of_code(code_hash)^
SELECT w.school, s.name AS school_name FROM waiting_cases w JOIN schools s ON s.slug = w.school
WHERE w.code_hash = :code_hash;

-- name: clock_waiting_count(school)$
SELECT COUNT(*) FROM waiting_cases WHERE school = :school;

-- name: clock_waited(n)!
DELETE FROM waiting_cases WHERE n = :n;

-- name: clock_events_open()$
SELECT COUNT(*) FROM events WHERE doubt IS NOT NULL;
