-- Tokens for the public; what a rating is, said once; certainty of times by whether it is a rating's.

-- live: any two days, for the school's own use. public: whole months and a regime's periods that have ended.
ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'live';

-- A rating is an answer with a level. Answers to the other surveys enter no figure of the procedures.
CREATE VIEW ratings AS
SELECT event, school, device, survey, version, channel, lang, procedure, level, answers, took_ms, day, misuse,
    signs, label
FROM answers WHERE level IS NOT NULL;

DROP TABLE quality_cells;

-- How certain the times of a day's answers are, ratings (rated 1) apart from the others.
CREATE TABLE quality_cells (
    school TEXT NOT NULL,
    day TEXT NOT NULL,
    quality TEXT NOT NULL,
    rated INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (school, day, quality, rated)
) WITHOUT ROWID;

INSERT INTO quality_cells (school, day, quality, rated, n)
SELECT a.school, a.day, e.quality, CASE WHEN a.level IS NULL THEN 0 ELSE 1 END, COUNT(*)
FROM answers a JOIN events e ON e.n = a.event
GROUP BY a.school, a.day, e.quality, CASE WHEN a.level IS NULL THEN 0 ELSE 1 END;
