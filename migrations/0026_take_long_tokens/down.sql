-- Longer ones have no place in the indexes of before.
DELETE FROM devices WHERE length(token) > 2000;
DROP INDEX devices_token_idx;
ALTER TABLE devices DROP CONSTRAINT devices_pkey;
ALTER TABLE devices DROP COLUMN token_hash;
ALTER TABLE devices ADD PRIMARY KEY (environment_id, profile_id, token);
CREATE INDEX devices_token_idx ON devices (environment_id, token);
