-- Days of devices whose answers the rules are to be run over again; the newest first, as people look at them.

-- name: misuse_due_some(count)
SELECT school, device, day FROM misuse_due ORDER BY day DESC, school, device LIMIT :count;

-- name: misuse_due_done(school, device, day)!
DELETE FROM misuse_due WHERE school = :school AND device = :device AND day = :day;

-- name: misuse_source(device, school)^
-- The school is the one where the answers were given: the device may stand in another one by now.
SELECT d.kind, p.place, COALESCE(p.single_use, 0) AS single_use, s.hours
FROM devices d JOIN schools s ON s.slug = :school LEFT JOIN points p ON p.id = d.id
WHERE d.id = :device;

-- name: misuse_answers(school, device, day)
-- The rules themselves see neither the level nor the choices: these are for moving the counts.
SELECT e.n, e.boot, e.up_ms, e.occurred_at, e.quality, e.uncertainty_ms, a.school, a.device, a.day, a.survey,
    a.channel, a.procedure, a.level, a.answers, a.took_ms, a.signs, a.label, a.misuse
FROM answers a JOIN events e ON e.n = a.event
WHERE a.school = :school AND a.day = :day AND a.device = :device;

-- name: misuse_set(n, misuse)*!
UPDATE answers SET misuse = :misuse WHERE event = :n;

-- Labels: what a person said of an answer.

-- name: misuse_answer(school, n)^
SELECT e.n, a.school, a.device, a.day, a.survey, a.channel, a.procedure, a.level, a.answers, a.label, a.misuse
FROM answers a JOIN events e ON e.n = a.event
WHERE a.event = :n AND a.school = :school;

-- name: misuse_label_set(n, label, misuse)*!
UPDATE answers SET label = :label, misuse = :misuse WHERE event = :n;

-- name: misuse_label_add(school, event, before, label, note, actor, at)*!
INSERT INTO misuse_labels (school, event, before, label, note, actor, at)
VALUES (:school, :event, :before, :label, :note, :actor, :at);

-- name: misuse_label_last(school)$
SELECT COALESCE(MAX(n), 0) FROM misuse_labels WHERE school = :school;

-- name: misuse_labelled_since(event, since)$
SELECT COUNT(*) FROM misuse_labels WHERE event = :event AND n > :since;

-- name: misuse_label_history(school, count)
-- What one person said at one moment of several answers is one line.
SELECT l.at, l.actor, l.label, l.before, l.note, a.device, a.day, COUNT(*) AS n
FROM misuse_labels l JOIN answers a ON a.event = l.event
WHERE l.school = :school
GROUP BY l.at, l.actor, l.label, l.before, l.note, a.device, a.day
ORDER BY MAX(l.n) DESC
LIMIT :count;

-- What was left out. `rated` are those with a level, which the rates are made of.

-- name: misuse_reasons(school, first, last)
SELECT misuse, COUNT(*) AS n, COUNT(level) AS rated
FROM answers
WHERE school = :school AND day BETWEEN :first AND :last AND misuse IS NOT NULL
GROUP BY misuse;

-- name: misuse_labelled(school, first, last)
SELECT CASE WHEN a.misuse IS NULL THEN 1 ELSE 0 END AS counted, COUNT(*) AS n
FROM ratings a
WHERE a.event IN (SELECT event FROM misuse_labels WHERE school = :school)
    AND a.day BETWEEN :first AND :last AND a.label IS NOT NULL
GROUP BY counted;

-- name: misuse_episodes(school, first, last, apart, count, skipped)
-- Flagged answers of one device, day and reason, no two neighbours more than `apart` ms from one another.
WITH flagged AS (
    SELECT a.event, a.device, a.day, a.misuse, e.occurred_at, e.quality,
        LAG(e.occurred_at) OVER (PARTITION BY a.device, a.day, a.misuse ORDER BY e.occurred_at, a.event) AS before
    FROM answers a JOIN events e ON e.n = a.event
    WHERE a.school = :school AND a.day BETWEEN :first AND :last AND a.misuse IS NOT NULL
), numbered AS (
    SELECT *, SUM(CASE WHEN before IS NULL OR occurred_at - before > :apart THEN 1 ELSE 0 END)
        OVER (PARTITION BY device, day, misuse ORDER BY occurred_at, event) AS episode
    FROM flagged
)
SELECT device, day, misuse, COUNT(*) AS n, MIN(occurred_at) AS first_at, MAX(occurred_at) AS last_at,
    SUM(CASE WHEN quality IN ('synced', 'anchored') THEN 0 ELSE 1 END) AS unsure, COUNT(*) OVER () AS episodes
FROM numbered
GROUP BY device, day, misuse, episode
ORDER BY last_at DESC, device, misuse
LIMIT :count OFFSET :skipped;

-- name: misuse_of_day(school, device, day, first, last, count, skipped)
-- Never with what was answered: who returns or leaves out answers does not see which were the good ones.
SELECT e.n, e.occurred_at, e.quality, a.channel, a.procedure, a.took_ms, a.label, a.misuse,
    COUNT(*) OVER () AS found
FROM answers a JOIN events e ON e.n = a.event
WHERE a.school = :school AND a.day = :day AND a.device = :device AND e.occurred_at BETWEEN :first AND :last
ORDER BY e.occurred_at, e.n
LIMIT :count OFFSET :skipped;

-- name: misuse_of_reason(school, device, day, misuse, first, last, count, skipped)
SELECT e.n, e.occurred_at, e.quality, a.channel, a.procedure, a.took_ms, a.label, a.misuse,
    COUNT(*) OVER () AS found
FROM answers a JOIN events e ON e.n = a.event
WHERE a.school = :school AND a.day = :day AND a.device = :device AND a.misuse = :misuse
    AND e.occurred_at BETWEEN :first AND :last
ORDER BY e.occurred_at, e.n
LIMIT :count OFFSET :skipped;
