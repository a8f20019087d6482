-- Files that are imported, that were, or that wait for it. The files themselves lie in the data directory: no row has anything of their people.
CREATE TABLE imports (
    environment_id smallint NOT NULL,
    -- group of its changes
    id             uuid NOT NULL,
    file_name      text NOT NULL,
    size           bigint NOT NULL,
    -- SHA-256 in hexadecimal digits
    fingerprint    text NOT NULL,
    -- who brought it; by the command line nobody did
    operator_id    uuid,
    by_name        text NOT NULL,
    choices        jsonb NOT NULL,
    -- how it was read, in words
    understood     text NOT NULL,
    -- pairs of the head of a column and what it means
    meanings       jsonb NOT NULL,
    stage          text NOT NULL CONSTRAINT imports_stage
                   CHECK (stage IN ('ready', 'trying', 'importing', 'done', 'stopped', 'failed')),
    -- up to where it is stored
    reached        jsonb NOT NULL,
    read_bytes     bigint NOT NULL,
    failure        text,
    created_at     timestamptz NOT NULL,
    -- when its lines arrived
    began_at       timestamptz,
    ended_at       timestamptz,
    -- the job that undoes it
    undone_by      uuid,
    -- number of the process that works on it
    held_by        integer,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('imports', 'local');
CREATE INDEX imports_created_idx ON imports (environment_id, created_at DESC, id DESC);
CREATE INDEX imports_open_idx ON imports (created_at) WHERE stage IN ('trying', 'importing');

-- Choices about files that are kept by name.
CREATE TABLE import_choices (
    environment_id smallint NOT NULL,
    name           text NOT NULL,
    choices        jsonb NOT NULL,
    PRIMARY KEY (environment_id, name)
);
SELECT place_table('import_choices', 'local');
