-- An id that the person no longer goes by still finds them.
ALTER TABLE profile_identifiers ADD COLUMN retired_at timestamptz;
-- What is older than this was said about somebody who has been erased.
ALTER TABLE identifier_claims ADD COLUMN not_before timestamptz;

-- Who became one with whom. The merged profile's rows stay as they were then, so that it can be restored.
CREATE TABLE merges (
    environment_id smallint NOT NULL,
    -- the survivor
    profile_id     uuid NOT NULL,
    id             uuid NOT NULL,
    merged_id      uuid NOT NULL,
    merged_at      timestamptz NOT NULL,
    source_id      integer NOT NULL,
    -- what the survivor took over, with what it had before
    taken          jsonb NOT NULL,
    identifiers    jsonb NOT NULL,
    undone_at      timestamptz,
    undone_by      integer,
    PRIMARY KEY (environment_id, profile_id, id)
);
SELECT place_table('merges', 'spread', 'profile_id');
CREATE INDEX merges_merged_at_idx ON merges (environment_id, merged_at, id);
CREATE INDEX merges_merged_idx ON merges (environment_id, merged_id);
ALTER TABLE merges ADD CONSTRAINT merges_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

-- Two known people who look like one. The smaller id comes first.
CREATE TABLE merge_suggestions (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    other_id       uuid NOT NULL,
    -- what both of them go by
    kind           text NOT NULL,
    value          text NOT NULL,
    source_id      integer NOT NULL,
    first_at       timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    dismissed_at   timestamptz,
    PRIMARY KEY (environment_id, profile_id, other_id)
);
SELECT place_table('merge_suggestions', 'spread', 'profile_id');
CREATE INDEX merge_suggestions_last_idx ON merge_suggestions (environment_id, last_at, profile_id, other_id);

-- Identifiers of people who were erased, as hashes: what is older and arrives late is dropped.
CREATE TABLE erasures (
    environment_id smallint NOT NULL,
    digest         bytea NOT NULL,
    erased_at      timestamptz NOT NULL,
    -- nor may they come back with anything newer
    is_blocked     boolean NOT NULL,
    PRIMARY KEY (environment_id, digest)
);
SELECT place_table('erasures', 'lookup', 'digest');

-- Profiles that were merged or erased a moment ago: a writer that had looked before may still add an event to them.
CREATE TABLE settling (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    -- where the events belong; null: nowhere
    survivor_id    uuid,
    since          timestamptz NOT NULL,
    PRIMARY KEY (environment_id, profile_id)
);
SELECT place_table('settling', 'local');
