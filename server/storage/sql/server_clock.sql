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

-- name: clock_doubt_add(n, why, boot, up_ms, at)!
INSERT INTO clock_doubts (n, why, boot, up_ms, at) VALUES (:n, :why, :boot, :up_ms, :at);

-- name: clock_mark_events(doubt, since, until)!
UPDATE events SET doubt = :doubt WHERE doubt IS NULL AND received_at BETWEEN :since AND :until;

-- name: clock_mark_anchors(doubt, since, until)!
UPDATE anchors SET doubt = :doubt WHERE doubt IS NULL AND updated_at BETWEEN :since AND :until;

-- name: clock_claims_made(since, until)
SELECT n, made_at FROM claims WHERE made_at BETWEEN :since AND :until ORDER BY n;

-- name: clock_claim_shift(n, until, shift)*!
-- Of a claim that was made by a clock that was off, up to a moment by that clock.
UPDATE claims SET made_at = made_at + :shift, expires_at = expires_at + :shift,
    used_at = CASE WHEN used_at <= :until THEN used_at + :shift ELSE used_at END,
    withdrawn_at = CASE WHEN withdrawn_at <= :until THEN withdrawn_at + :shift ELSE withdrawn_at END
WHERE n = :n;
