-- What people decide themselves comes from a source of its own.
ALTER TABLE sources DROP CONSTRAINT sources_kind;
ALTER TABLE sources ADD CONSTRAINT sources_kind CHECK (kind IN ('key', 'import', 'operator', 'job', 'person'));

-- Signs the links of people. Two random ids are 32 bytes.
INSERT INTO signing_keys (purpose, secret, created_at)
SELECT 'links', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'epoch';

-- Links that were made until this time are worth nothing.
CREATE TABLE revoked_links (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    until          timestamptz NOT NULL,
    PRIMARY KEY (environment_id, profile_id)
);
SELECT place_table('revoked_links', 'spread', 'profile_id');
ALTER TABLE revoked_links ADD CONSTRAINT revoked_links_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

-- What people ask for by themselves and an admin answers: a copy of their data, or their erasure.
CREATE TABLE data_requests (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    kind           text NOT NULL CONSTRAINT data_requests_kind CHECK (kind IN ('copy', 'erasure')),
    asked_at       timestamptz NOT NULL,
    answered_at    timestamptz,
    PRIMARY KEY (environment_id, profile_id, kind, asked_at)
);
SELECT place_table('data_requests', 'spread', 'profile_id');
ALTER TABLE data_requests ADD CONSTRAINT data_requests_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;
CREATE INDEX data_requests_open_idx ON data_requests (environment_id, asked_at, profile_id) WHERE answered_at IS NULL;
