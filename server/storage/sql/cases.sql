-- Who may know of a case is for `domain.casework.sees` to say: these queries answer with all of a school.

-- name: case_find(school, year, number)^
SELECT c.*, d.label AS device_label FROM cases c LEFT JOIN devices d ON d.id = c.device
WHERE c.school = :school AND c.year = :year AND c.number = :number;

-- name: case_get(n)^
SELECT c.*, d.label AS device_label FROM cases c LEFT JOIN devices d ON d.id = c.device WHERE c.n = :n;

-- name: case_of_id(id)$
SELECT n FROM cases WHERE id = :id;

-- name: case_of_code(code_hash)^
SELECT c.n, c.school, c.room, e.data FROM cases c JOIN case_entries e ON e.case_n = c.n AND e.seq = 1
WHERE c.code_hash = :code_hash;

-- name: case_of_digest(school, pattern)$
-- Reads every opening: for the rare letter whose code another letter has already.
SELECT e.case_n FROM case_entries e JOIN cases c ON c.n = e.case_n
WHERE c.school = :school AND e.seq = 1 AND e.data LIKE :pattern ORDER BY e.case_n LIMIT 1;

-- name: case_insert(n, id, school, year, number, room, kind, channel, device, lang, procedure, about, summary, search, occurred_at, received_at, received_on, code_hash, against_principal)!
INSERT INTO cases (n, id, school, year, number, room, kind, status, version, channel, device, lang, procedure, about,
    summary, search, against_principal, occurred_at, received_at, received_on, code_hash)
VALUES (:n, :id, :school, :year, :number, :room, :kind, '', 0, :channel, :device, :lang, :procedure, :about,
    :summary, :search, :against_principal, :occurred_at, :received_at, :received_on, :code_hash);

-- name: case_update(n, was, version, room, kind, status, assignee, summary, search, petition_number, petition_date, against_principal, closed_at, satisfied)!
UPDATE cases SET version = :version, room = :room, kind = :kind, status = :status, assignee = :assignee,
    summary = :summary, search = :search, petition_number = :petition_number, petition_date = :petition_date,
    against_principal = :against_principal, closed_at = :closed_at, satisfied = :satisfied
WHERE n = :n AND version = :was;

-- name: case_entry_insert(case_n, seq, at, actor, action, from_status, to_status, reason, data, visible)!
INSERT INTO case_entries (case_n, seq, at, actor, action, from_status, to_status, reason, data, visible)
VALUES (:case_n, :seq, :at, :actor, :action, :from_status, :to_status, :reason, :data, :visible);

-- name: case_entries_of(case_n)
SELECT e.seq, e.at, e.actor, e.action, e.from_status, e.to_status, e.reason, e.data, e.visible,
    (SELECT COUNT(*) FROM sealed_texts t WHERE t.case_n = e.case_n AND t.seq = e.seq AND t.audience = 'desk') AS desk,
    (SELECT COUNT(*) FROM sealed_texts t WHERE t.case_n = e.case_n AND t.seq = e.seq AND t.audience = 'sender')
        AS sender
FROM case_entries e WHERE e.case_n = :case_n ORDER BY e.seq;

-- name: case_sought(case_n)
-- The entries with something that a case is looked for by: whom it went to, the number that it had.
SELECT data FROM case_entries WHERE case_n = :case_n AND action IN ('forward', 'redate') ORDER BY seq;

-- name: case_box_insert(case_n, seq, audience, box)!
INSERT INTO sealed_texts (case_n, seq, audience, box) VALUES (:case_n, :seq, :audience, :box);

-- name: case_boxes(case_n, audience)
SELECT seq, box FROM sealed_texts WHERE case_n = :case_n AND audience = :audience ORDER BY seq;

-- name: case_box_first(case_n)$
SELECT box FROM sealed_texts WHERE case_n = :case_n AND seq = 1 AND audience = 'desk';

-- name: case_box_reseal(case_n, seq, box)!
UPDATE sealed_texts SET box = :box WHERE case_n = :case_n AND seq = :seq AND audience = 'desk';

-- name: case_receptions(case_n)
SELECT n, box FROM receptions WHERE case_n = :case_n AND box IS NOT NULL;

-- name: case_reception_reseal(n, box)!
UPDATE receptions SET box = :box WHERE n = :n;

-- name: case_requests(case_n)
SELECT n, box FROM privacy_requests WHERE case_n = :case_n AND box IS NOT NULL;

-- name: case_request_reseal(n, box)!
UPDATE privacy_requests SET box = :box WHERE n = :n;

-- name: case_reception_insert(school, case_n, day, people, again, by_principal, settled_by, within, guidance, taken_by, note, box, actor, at)!
INSERT INTO receptions (school, case_n, day, people, again, by_principal, settled_by, within, guidance, taken_by,
    note, box, actor, at)
VALUES (:school, :case_n, :day, :people, :again, :by_principal, :settled_by, :within, :guidance, :taken_by,
    :note, :box, :actor, :at);

-- name: case_reading_insert(case_n, at, actor, what)!
INSERT INTO readings (case_n, at, actor, what) VALUES (:case_n, :at, :actor, :what);

-- name: case_clock_start(case_n, rule, variant, started_on)!
INSERT INTO case_clocks (case_n, rule, variant, started_on) VALUES (:case_n, :rule, :variant, :started_on)
ON CONFLICT (case_n, rule, started_on) DO UPDATE SET stopped_on = NULL;

-- name: case_clock_stop(case_n, stopped_on)!
UPDATE case_clocks SET stopped_on = :stopped_on WHERE case_n = :case_n AND stopped_on IS NULL;

-- name: case_clock_past(case_n, rule, started_on, stopped_on)!
INSERT INTO case_clocks (case_n, rule, variant, started_on, stopped_on)
VALUES (:case_n, :rule, '', :started_on, :stopped_on)
ON CONFLICT (case_n, rule, started_on) DO UPDATE SET stopped_on = excluded.stopped_on;

-- name: case_clock_extend(case_n, rule, started_on, variant)!
UPDATE case_clocks SET variant = :variant
WHERE case_n = :case_n AND rule = :rule AND started_on = :started_on AND stopped_on IS NULL;

-- name: case_clocks_of(case_n)
SELECT rule, variant, started_on, stopped_on FROM case_clocks WHERE case_n = :case_n
ORDER BY started_on, rule;

-- name: case_queue_rows(school, ended, pattern)
SELECT c.*, d.label AS device_label, e.actor AS last_actor, e.action AS last_action
FROM cases c
LEFT JOIN devices d ON d.id = c.device
JOIN case_entries e ON e.case_n = c.n AND e.seq = c.version
WHERE c.school = :school AND c.search LIKE :pattern ESCAPE '\'
    AND CASE WHEN c.status IN ('returned', 'forwarded', 'closed') THEN 1 ELSE 0 END = :ended
ORDER BY c.received_on, c.year, c.number;

-- name: case_ended_spoken(school)
-- Ended cases in which the sender has the last word.
SELECT c.school, c.room, c.against_principal FROM cases c
JOIN case_entries e ON e.case_n = c.n AND e.seq = c.version
WHERE c.school = :school AND c.status IN ('returned', 'forwarded', 'closed')
    AND e.actor = 'sender' AND e.action = 'word' AND c.erased_at IS NULL;

-- name: case_ended_counts(school)
-- By all that decides who may know of a case.
SELECT school, room, against_principal, COUNT(*) AS n FROM cases
WHERE school = :school AND status IN ('returned', 'forwarded', 'closed')
GROUP BY school, room, against_principal;

-- name: case_queue_clocks(school, ended)
SELECT k.case_n, k.rule, k.variant, k.started_on, k.stopped_on
FROM case_clocks k JOIN cases c ON c.n = k.case_n
WHERE c.school = :school AND CASE WHEN c.status IN ('returned', 'forwarded', 'closed') THEN 1 ELSE 0 END = :ended
ORDER BY k.case_n, k.started_on, k.rule;

-- name: clock_wait(n, id, school, channel, device, lang, procedure, about, code_hash, box, room)!
INSERT INTO waiting_cases (n, id, school, channel, device, lang, procedure, about, code_hash, box, room)
VALUES (:n, :id, :school, :channel, :device, :lang, :procedure, :about, :code_hash, :box, :room);

-- name: clock_waiting()
SELECT w.n, w.id, w.school, w.channel, w.device, w.lang, w.procedure, w.about, w.code_hash, w.box, w.room,
    e.occurred_at, e.quality, e.received_at, e.doubt
FROM waiting_cases w JOIN events e ON e.n = w.n ORDER BY w.n;

-- name: clock_waited(n)!
DELETE FROM waiting_cases WHERE n = :n;

-- name: desk_readings(case_n, most)
SELECT at, actor, what FROM readings WHERE case_n = :case_n ORDER BY n DESC LIMIT :most;

-- name: desk_open_by_room(school)
SELECT room, against_principal, COUNT(*) AS n FROM cases
WHERE school = :school AND status NOT IN ('returned', 'forwarded', 'closed') GROUP BY room, against_principal;

-- name: overview_last_event()$
SELECT MAX(n) FROM events;

-- name: rate_procedure_names(school)
SELECT slug, body FROM procedures WHERE school = :school ORDER BY since, position, slug;

-- name: template_of_school(school)
SELECT id, name, body, changed_by, changed_at FROM answer_templates WHERE school = :school ORDER BY id;

-- name: template_insert(school, id, name, body, by, at)!
INSERT INTO answer_templates (school, id, name, body, changed_by, changed_at)
VALUES (:school, :id, :name, :body, :by, :at);

-- name: template_change(school, id, name, body, by, at)!
UPDATE answer_templates SET name = :name, body = :body, changed_by = :by, changed_at = :at
WHERE school = :school AND id = :id;

-- name: template_delete(school, id)!
DELETE FROM answer_templates WHERE school = :school AND id = :id;

-- name: times_cases()
-- The cases that devices and phones brought, with what is known of their events; not where that is still open.
SELECT c.n, c.school, c.year, c.number, c.received_on, e.occurred_at AS event_at, e.received_at AS came_at, e.quality
FROM cases c JOIN events e ON e.id = c.id LEFT JOIN clock_doubts d ON d.n = e.doubt
WHERE e.doubt IS NULL OR d.why = 'found'
ORDER BY c.n;

-- name: times_walk_ins()
-- The cases that somebody brought to the desk, and what their first entries say.
SELECT c.n, c.school, c.year, c.number, c.received_on, c.received_at, f.data
FROM cases c JOIN case_entries f ON f.case_n = c.n AND f.seq = 1
WHERE c.channel = 'reception'
ORDER BY c.n;

-- name: times_around_event(n)^
-- Between which arrivals lies what was stored right after an event.
SELECT
    (SELECT e.received_at FROM events e LEFT JOIN clock_doubts d ON d.n = e.doubt
     WHERE e.n <= :n AND (e.doubt IS NULL OR d.why = 'found') ORDER BY e.n DESC LIMIT 1) AS earliest,
    (SELECT e.received_at FROM events e LEFT JOIN clock_doubts d ON d.n = e.doubt
     WHERE e.n > :n AND (e.doubt IS NULL OR d.why = 'found') ORDER BY e.n LIMIT 1) AS latest;

-- name: times_receptions()
SELECT n, case_n, day, at FROM receptions ORDER BY n;

-- name: times_visit_redate(n, day, at)!
UPDATE receptions SET day = :day, at = :at WHERE n = :n;

-- name: times_reception_redate(case_n, was_on, day, at)!
UPDATE receptions SET day = :day, at = :at WHERE case_n = :case_n AND day = :was_on;

-- name: times_case_redate(n, year, number, received_on, received_at, occurred_at)!
UPDATE cases SET year = :year, number = :number, received_on = :received_on, received_at = :received_at,
    occurred_at = :occurred_at
WHERE n = :n;

-- name: times_case_clocks(n, was_on, received_on)!
-- A limit that was stopped before the right day ended on it.
UPDATE case_clocks SET started_on = :received_on,
    stopped_on = CASE WHEN stopped_on < :received_on THEN :received_on ELSE stopped_on END
WHERE case_n = :n AND started_on = :was_on;
