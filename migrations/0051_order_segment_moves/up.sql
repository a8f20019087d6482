-- The moves of a profile are read by time, page by page, as its timeline is.
ALTER TABLE segment_moves DROP CONSTRAINT segment_moves_pkey;
ALTER TABLE segment_moves ADD PRIMARY KEY (environment_id, profile_id, moved_at, id);
