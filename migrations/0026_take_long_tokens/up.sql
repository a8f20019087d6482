-- An entry of an index holds 2,704 bytes, and tokens may have 4,096: indexes hold their SHA-256. A backslash is doubled because the text
-- of a bytea takes it for the start of an escape.
ALTER TABLE devices ADD COLUMN token_hash bytea NOT NULL
    GENERATED ALWAYS AS (sha256(replace(token, E'\\', E'\\\\')::bytea)) STORED;
ALTER TABLE devices DROP CONSTRAINT devices_pkey;
ALTER TABLE devices ADD PRIMARY KEY (environment_id, profile_id, token_hash);
DROP INDEX devices_token_idx;
CREATE INDEX devices_token_idx ON devices (environment_id, token_hash);
