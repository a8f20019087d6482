-- Changes of many profiles, done batch by batch: each batch moves on in a transaction of its own.
CREATE TABLE jobs (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    -- what to do, with its particulars
    task           jsonb NOT NULL,
    -- as people read it
    title          text NOT NULL,
    source_id      integer NOT NULL,
    created_at     timestamptz NOT NULL,
    -- the last profile that was looked at
    reached        uuid,
    looked_at      bigint NOT NULL DEFAULT 0,
    changed        bigint NOT NULL DEFAULT 0,
    -- looked at and left as they were, although they should have been changed
    refused        bigint NOT NULL DEFAULT 0,
    -- whoever works on it says so again before this
    held_until     timestamptz,
    finished_at    timestamptz,
    failure        text,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('jobs', 'local');
CREATE INDEX jobs_open_idx ON jobs (created_at) WHERE finished_at IS NULL;
