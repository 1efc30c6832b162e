-- name: phone_event(id)^
SELECT digest FROM events WHERE id = :id;

-- name: phone_last_number(journal)$
SELECT MAX(hi) FROM arrived WHERE journal = :journal;

-- name: phone_procedure(school, procedure)^
SELECT slug FROM procedures WHERE school = :school AND slug = :procedure LIMIT 1;

-- name: phone_slip(hash)^
SELECT point, used FROM slips WHERE hash = :hash;

-- name: phone_slip_use(hash)!
UPDATE slips SET used = 1 WHERE hash = :hash;

-- name: phone_case(id)^
SELECT about, received_on FROM cases WHERE id = :id;
