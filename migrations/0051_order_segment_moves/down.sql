ALTER TABLE segment_moves DROP CONSTRAINT segment_moves_pkey;
ALTER TABLE segment_moves ADD PRIMARY KEY (environment_id, profile_id, id);
