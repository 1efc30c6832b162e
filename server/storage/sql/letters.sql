-- name: letter_known(device, code, digest)$
SELECT 1 FROM dead_letters WHERE device = :device AND code = :code AND digest = :digest;

-- name: letter_again(device, code, digest, journal, seq, at)!
UPDATE dead_letters SET times = times + 1, last_at = :at, journal = COALESCE(journal, :journal),
    seq = COALESCE(seq, :seq)
WHERE device = :device AND code = :code AND digest = :digest;

-- name: letter_put(school, device, code, event_id, journal, seq, payload, digest, size, at)!
INSERT INTO dead_letters
    (school, device, code, event_id, journal, seq, payload, digest, size, times, first_at, last_at)
VALUES (:school, :device, :code, :event_id, :journal, :seq, :payload, :digest, :size, 1, :at, :at);

-- name: letter_room(device, day)^
-- What a device has had of a day's share.
SELECT COALESCE(SUM(kept), 0) AS letters, COALESCE(SUM(kept_bytes), 0) AS bytes
FROM letter_counts WHERE device = :device AND day = :day;

-- name: letter_count(device, day, code, school, kept, kept_bytes, counted, counted_bytes, digest, at)!
INSERT INTO letter_counts (device, day, code, school, kept, kept_bytes, counted, counted_bytes, digest, last_at)
VALUES (:device, :day, :code, :school, :kept, :kept_bytes, :counted, :counted_bytes, :digest, :at)
ON CONFLICT (device, day, code, school) DO UPDATE SET
    kept = letter_counts.kept + excluded.kept, kept_bytes = letter_counts.kept_bytes + excluded.kept_bytes,
    counted = letter_counts.counted + excluded.counted,
    counted_bytes = letter_counts.counted_bytes + excluded.counted_bytes,
    digest = CASE WHEN excluded.counted > 0 THEN excluded.digest ELSE letter_counts.digest END,
    last_at = excluded.last_at;

-- name: letter_thin(before, nothing)!
UPDATE dead_letters SET payload = :nothing WHERE last_at < :before AND length(payload) > 0;

-- name: letters_counted(school, first, most)
-- What was only counted since a day, the last first.
SELECT device, day, code, counted, counted_bytes, last_at FROM letter_counts
WHERE school = :school AND counted > 0 AND day >= :first
ORDER BY last_at DESC, device, code
LIMIT :most;

-- name: letters_counted_since(school, first)$
SELECT COALESCE(SUM(counted), 0) FROM letter_counts WHERE school = :school AND day >= :first;

-- name: letters_counted_all()$
SELECT COALESCE(SUM(counted), 0) FROM letter_counts;

-- name: letter_numbers_up_to(journal, hi)
SELECT lo, hi FROM letter_numbers WHERE journal = :journal AND lo <= :hi ORDER BY lo DESC;

-- name: letter_numbers_delete(journal, lo)!
DELETE FROM letter_numbers WHERE journal = :journal AND lo = :lo;

-- name: letter_numbers_put(journal, lo, hi, school, device)!
INSERT INTO letter_numbers (journal, lo, hi, school, device) VALUES (:journal, :lo, :hi, :school, :device)
ON CONFLICT (journal, lo) DO UPDATE SET hi = excluded.hi, school = excluded.school, device = excluded.device;
