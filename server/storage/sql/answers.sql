-- name: survey_version_all()
SELECT survey, version, body FROM survey_versions ORDER BY survey, version;

-- name: survey_version_insert(survey, version, body, since)!
INSERT INTO survey_versions (survey, version, body, since) VALUES (:survey, :version, :body, :since);

-- name: ingest_same_event(id, journal, seq)
SELECT digest, device, journal, seq FROM events WHERE id = :id OR (journal = :journal AND seq = :seq);

-- name: ingest_event_insert(n, id, digest, school, device, journal, seq, type, boot, up_ms, wall, synced, received_at, occurred_at, quality, uncertainty_ms, doubt)*!
INSERT INTO events (n, id, digest, school, device, journal, seq, type, boot, up_ms, wall, synced, received_at,
    occurred_at, quality, uncertainty_ms, doubt)
VALUES (:n, :id, :digest, :school, :device, :journal, :seq, :type, :boot, :up_ms, :wall, :synced, :received_at,
    :occurred_at, :quality, :uncertainty_ms, :doubt);

-- name: ingest_answer_insert(n, school, device, survey, version, channel, lang, procedure, level, answers, took_ms, day, signs)*!
INSERT INTO answers (event, school, device, survey, version, channel, lang, procedure, level, answers, took_ms, day,
    signs)
VALUES (:n, :school, :device, :survey, :version, :channel, :lang, :procedure, :level, :answers, :took_ms, :day,
    :signs);

-- name: ingest_rate_add(school, dimension, day, key, misuse, n1, n2, n3, n4, n5)*!
INSERT INTO rate_cells (school, dimension, day, key, misuse, n1, n2, n3, n4, n5)
VALUES (:school, :dimension, :day, :key, :misuse, :n1, :n2, :n3, :n4, :n5)
ON CONFLICT (school, dimension, day, key, misuse) DO UPDATE SET
    n1 = rate_cells.n1 + excluded.n1, n2 = rate_cells.n2 + excluded.n2, n3 = rate_cells.n3 + excluded.n3,
    n4 = rate_cells.n4 + excluded.n4, n5 = rate_cells.n5 + excluded.n5;

-- name: ingest_choice_add(school, survey, question, day, procedure, choice, misuse, n)*!
INSERT INTO choice_cells (school, survey, question, day, procedure, choice, misuse, n)
VALUES (:school, :survey, :question, :day, :procedure, :choice, :misuse, :n)
ON CONFLICT (school, survey, question, day, procedure, choice, misuse) DO UPDATE SET
    n = choice_cells.n + excluded.n;

-- name: ingest_quality_add(school, day, quality, rated, n)*!
INSERT INTO quality_cells (school, day, quality, rated, n) VALUES (:school, :day, :quality, :rated, :n)
ON CONFLICT (school, day, quality, rated) DO UPDATE SET n = quality_cells.n + excluded.n;

-- name: ingest_anchor_find(device, boot)^
SELECT origin_ms, updated_at, doubt FROM anchors WHERE device = :device AND boot = :boot;

-- name: ingest_anchor_put(device, boot, origin_ms, updated_at, doubt)!
INSERT INTO anchors (device, boot, origin_ms, updated_at, doubt)
VALUES (:device, :boot, :origin_ms, :updated_at, :doubt)
ON CONFLICT (device, boot) DO UPDATE SET origin_ms = excluded.origin_ms, updated_at = excluded.updated_at,
    doubt = excluded.doubt;

-- name: ingest_events_of_boot(device, boot)
SELECT e.n, e.school, e.device, e.journal, e.seq, e.doubt, d.ended_at AS doubt_ended_at, e.up_ms, e.wall, e.synced, e.received_at, e.occurred_at, e.quality, e.uncertainty_ms,
    a.survey, a.channel, a.procedure, a.level, a.answers, a.misuse
FROM events e LEFT JOIN answers a ON a.event = e.n LEFT JOIN clock_doubts d ON d.n = e.doubt
WHERE e.device = :device AND e.boot = :boot;

-- name: ingest_event_retime(n, occurred_at, quality, uncertainty_ms)*!
UPDATE events SET occurred_at = :occurred_at, quality = :quality, uncertainty_ms = :uncertainty_ms WHERE n = :n;

-- name: ingest_answer_retime(n, day)*!
UPDATE answers SET day = :day WHERE event = :n;

-- name: ingest_timed_before(journal, seq)^
SELECT seq, occurred_at, uncertainty_ms FROM events
WHERE journal = :journal AND seq < :seq AND quality IN ('synced', 'anchored') ORDER BY seq DESC LIMIT 1;

-- name: ingest_timed_after(journal, seq)^
SELECT seq, occurred_at, uncertainty_ms FROM events
WHERE journal = :journal AND seq > :seq AND quality IN ('synced', 'anchored') ORDER BY seq LIMIT 1;

-- name: ingest_ranges_up_to(journal, hi)
SELECT lo, hi FROM arrived WHERE journal = :journal AND lo <= :hi ORDER BY lo DESC;

-- name: ingest_ranges_within(journal, lo, hi)
SELECT lo, hi FROM arrived WHERE journal = :journal AND hi >= :lo AND lo <= :hi ORDER BY lo;

-- name: ingest_highest()
SELECT journal, MAX(hi) AS hi FROM arrived GROUP BY journal;

-- name: ingest_range_delete(journal, lo)!
DELETE FROM arrived WHERE journal = :journal AND lo = :lo;

-- name: ingest_range_put(journal, lo, hi, school, device)!
INSERT INTO arrived (journal, lo, hi, school, device) VALUES (:journal, :lo, :hi, :school, :device)
ON CONFLICT (journal, lo) DO UPDATE SET hi = excluded.hi, school = excluded.school, device = excluded.device;

-- name: misuse_due_add(school, device, day)*!
INSERT INTO misuse_due (school, device, day) VALUES (:school, :device, :day)
ON CONFLICT (school, device, day) DO NOTHING;

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

-- name: letters_counted_all()$
SELECT COALESCE(SUM(counted), 0) FROM letter_counts;

-- name: letter_numbers_up_to(journal, hi)
SELECT lo, hi FROM letter_numbers WHERE journal = :journal AND lo <= :hi ORDER BY lo DESC;

-- name: letter_numbers_delete(journal, lo)!
DELETE FROM letter_numbers WHERE journal = :journal AND lo = :lo;

-- name: letter_numbers_put(journal, lo, hi, school, device)!
INSERT INTO letter_numbers (journal, lo, hi, school, device) VALUES (:journal, :lo, :hi, :school, :device)
ON CONFLICT (journal, lo) DO UPDATE SET hi = excluded.hi, school = excluded.school, device = excluded.device;

-- name: overview_arrived(school)
SELECT journal, lo, hi, device FROM arrived WHERE school = :school ORDER BY journal, lo;

-- name: overview_times(school)
SELECT id, occurred_at, quality, uncertainty_ms FROM events WHERE school = :school ORDER BY n;
