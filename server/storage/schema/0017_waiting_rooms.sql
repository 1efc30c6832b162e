-- In whose room a waiting complaint is to open: about-principal where its sender said whom it accuses.
ALTER TABLE waiting_cases ADD COLUMN room TEXT NOT NULL DEFAULT 'complaints';
