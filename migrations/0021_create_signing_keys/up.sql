-- Secrets that sign what browsers keep for longer than a process lives; each is made when it is first needed.
CREATE TABLE signing_keys (
    purpose    text PRIMARY KEY,
    secret     bytea NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT place_table('signing_keys', 'local');
