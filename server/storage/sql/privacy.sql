-- name: privacy_insert(school, case_n, kind, asked_on, asked_at, actor, box)$
INSERT INTO privacy_requests (school, case_n, kind, asked_on, asked_at, actor, state, box)
VALUES (:school, :case_n, :kind, :asked_on, :asked_at, :actor, 'open', :box) RETURNING n;

-- name: privacy_same(case_n, kind, actor)$
SELECT n FROM privacy_requests
WHERE case_n = :case_n AND kind = :kind AND actor = :actor AND state = 'open' ORDER BY n LIMIT 1;

-- name: privacy_find(n)^
SELECT n, school, case_n, kind, asked_on, asked_at, actor, state, reason, box, answered_at, answered_by
FROM privacy_requests WHERE n = :n;

-- name: privacy_of_school(school)
SELECT p.n, p.school, p.case_n, p.kind, p.asked_on, p.asked_at, p.actor, p.state, p.reason, p.answered_at,
    p.answered_by, CASE WHEN p.box IS NULL THEN 0 ELSE 1 END AS has_details,
    c.school AS case_school, c.year, c.number, c.room, c.against_principal, c.erased_at
FROM privacy_requests p LEFT JOIN cases c ON c.n = p.case_n
WHERE p.school = :school ORDER BY p.n;

-- name: privacy_answer(n, state, reason, answered_at, answered_by)!
UPDATE privacy_requests SET state = :state, reason = :reason, answered_at = :answered_at, answered_by = :answered_by
WHERE n = :n AND state = 'open';

-- name: privacy_reading(case_n, at, actor)!
INSERT INTO readings (case_n, at, actor, what) VALUES (:case_n, :at, :actor, 'privacy');

-- name: erase_boxes(case_n)
SELECT box FROM sealed_texts WHERE case_n = :case_n
UNION ALL
SELECT box FROM receptions WHERE case_n = :case_n AND box IS NOT NULL
UNION ALL
SELECT box FROM privacy_requests WHERE case_n = :case_n AND box IS NOT NULL;

-- name: erase_texts(case_n)!
DELETE FROM sealed_texts WHERE case_n = :case_n;

-- name: erase_receptions(case_n)!
UPDATE receptions SET box = NULL, guidance = '', note = '' WHERE case_n = :case_n;

-- name: erase_requests(case_n)!
UPDATE privacy_requests SET box = NULL WHERE case_n = :case_n;

-- name: erase_marks(case_n, erased_at, code_mark)!
UPDATE cases SET code_hash = NULL, code_mark = :code_mark, summary = '', search = '', petition_number = NULL, erased_at = :erased_at
WHERE n = :case_n;

-- name: erase_entries(case_n)
SELECT seq, data FROM case_entries WHERE case_n = :case_n ORDER BY seq;

-- name: erase_entry_data(case_n, seq, data)!
UPDATE case_entries SET data = :data WHERE case_n = :case_n AND seq = :seq;

-- name: erase_letters()
SELECT n, event_id, payload FROM dead_letters WHERE length(payload) > 0;

-- name: erase_letter(n, payload)!
UPDATE dead_letters SET payload = :payload WHERE n = :n;

-- name: erase_case_of_id(id)^
SELECT n, erased_at FROM cases WHERE id = :id;

-- name: erased_ids()
SELECT id, erased_at FROM cases WHERE erased_at IS NOT NULL ORDER BY n;

-- name: sweep_cases()
SELECT n, school, kind, room, closed_at, contact_gone_at FROM cases
WHERE closed_at IS NOT NULL AND erased_at IS NULL ORDER BY n;

-- name: sweep_contacts(login)
-- Of the school whose keys this login may hold, where the contact has not gone yet.
SELECT c.n, c.school, c.room, c.closed_at FROM cases c JOIN users u ON u.school = c.school
WHERE u.login = :login AND c.closed_at IS NOT NULL AND c.erased_at IS NULL AND c.contact_gone_at IS NULL
ORDER BY c.n;

-- name: sweep_first_text(case_n)!
DELETE FROM sealed_texts WHERE case_n = :case_n AND seq = 1;

-- name: sweep_contact_gone(case_n, at)!
UPDATE cases SET contact_gone_at = :at WHERE n = :case_n;

-- name: sweep_visits()
SELECT r.n, r.day, r.box, r.case_n, c.closed_at FROM receptions r LEFT JOIN cases c ON c.n = r.case_n
WHERE r.box IS NOT NULL ORDER BY r.n;

-- name: sweep_visit(n)!
UPDATE receptions SET box = NULL WHERE n = :n;

-- name: sweep_requests()
SELECT n, answered_at, box FROM privacy_requests
WHERE box IS NOT NULL AND answered_at IS NOT NULL AND case_n IS NULL ORDER BY n;

-- name: sweep_request(n)!
UPDATE privacy_requests SET box = NULL WHERE n = :n;

-- name: ahead_cases(school)
SELECT n, school, kind, room, closed_at, contact_gone_at, against_principal FROM cases
WHERE school = :school AND closed_at IS NOT NULL AND erased_at IS NULL ORDER BY n;

-- name: ahead_visits(school)
SELECT r.day, r.case_n, c.closed_at, c.school, c.room, c.against_principal
FROM receptions r LEFT JOIN cases c ON c.n = r.case_n
WHERE r.school = :school AND r.box IS NOT NULL ORDER BY r.n;

-- name: ahead_requests(school)
SELECT answered_at FROM privacy_requests
WHERE school = :school AND box IS NOT NULL AND answered_at IS NOT NULL AND case_n IS NULL ORDER BY n;
