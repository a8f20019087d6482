-- The secret itself is only with whoever got it; here is its SHA-256.
CREATE TABLE api_keys (
    id             uuid PRIMARY KEY,
    environment_id smallint NOT NULL,
    source_id      integer NOT NULL,
    name           text NOT NULL,
    kind           text NOT NULL CONSTRAINT api_keys_kind CHECK (kind IN ('server', 'browser')),
    secret_hash    bytea NOT NULL CONSTRAINT api_keys_secret_key UNIQUE,
    prefix         text NOT NULL,
    formats        text[] NOT NULL,
    capabilities   text[] NOT NULL,
    origins        text[] NOT NULL,
    per_minute     integer NOT NULL CONSTRAINT api_keys_per_minute CHECK (per_minute BETWEEN 1 AND 1000000),
    created_at     timestamptz NOT NULL,
    created_by     uuid,
    last_used_at   timestamptz,
    revoked_at     timestamptz,
    -- Everybody can read the key that a page carries.
    CONSTRAINT api_keys_browser_only_writes CHECK (kind <> 'browser' OR capabilities = ARRAY['write'])
);
CREATE INDEX api_keys_environment_idx ON api_keys (environment_id, created_at, id);
SELECT place_table('api_keys', 'reference');
