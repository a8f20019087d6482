-- Groups of people of an environment: everybody whom a filter selects, or those who were chosen.
CREATE TABLE segments (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    kind           text NOT NULL CONSTRAINT segments_kind CHECK (kind IN ('live', 'chosen', 'kept')),
    name           text NOT NULL,
    description    text NOT NULL,
    folder         text NOT NULL,
    tags           text[] NOT NULL,
    owner_id       uuid,
    -- null: not defined by a filter
    definition     jsonb,
    on_profiles    boolean NOT NULL,
    version        integer NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    archived_at    timestamptz,
    -- what follows is kept by kith itself: null where nobody was counted yet
    size           bigint,
    counted_at     timestamptz,
    took_ms        integer,
    -- what the definition meant when it was counted, and until when the lengths of time in it were followed
    meaning        text,
    followed_until timestamptz,
    -- why it cannot be applied; null: it can
    broken         text,
    -- everybody is to be counted, once all transactions before that number are over
    wants_count    boolean NOT NULL,
    count_after    bigint,
    counting_since timestamptz,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('segments', 'local');
CREATE UNIQUE INDEX segments_name_idx ON segments (environment_id, lower(name)) WHERE archived_at IS NULL;

CREATE TABLE segment_versions (
    environment_id smallint NOT NULL,
    segment_id     uuid NOT NULL,
    version        integer NOT NULL,
    name           text NOT NULL,
    definition     jsonb,
    saved_at       timestamptz NOT NULL,
    operator_id    uuid,
    size_before    bigint,
    -- null: not counted yet
    size_after     bigint,
    PRIMARY KEY (environment_id, segment_id, version)
);
SELECT place_table('segment_versions', 'local');
ALTER TABLE segment_versions ADD CONSTRAINT segment_versions_segment_fk
    FOREIGN KEY (environment_id, segment_id) REFERENCES segments (environment_id, id) ON DELETE CASCADE;

-- What each segment depends on: a profile of which such a thing is said is looked at again.
CREATE TABLE segment_keys (
    environment_id smallint NOT NULL,
    key            text NOT NULL,
    segment_id     uuid NOT NULL,
    PRIMARY KEY (environment_id, key, segment_id)
);
SELECT place_table('segment_keys', 'local');
ALTER TABLE segment_keys ADD CONSTRAINT segment_keys_segment_fk
    FOREIGN KEY (environment_id, segment_id) REFERENCES segments (environment_id, id) ON DELETE CASCADE;
CREATE INDEX segment_keys_segment_idx ON segment_keys (environment_id, segment_id);

-- Size at the end of each day, in UTC, and who came and went on it.
CREATE TABLE segment_days (
    environment_id smallint NOT NULL,
    segment_id     uuid NOT NULL,
    day            date NOT NULL,
    size           bigint NOT NULL,
    entered        bigint NOT NULL,
    left_it        bigint NOT NULL,
    PRIMARY KEY (environment_id, segment_id, day)
);
SELECT place_table('segment_days', 'local');
ALTER TABLE segment_days ADD CONSTRAINT segment_days_segment_fk
    FOREIGN KEY (environment_id, segment_id) REFERENCES segments (environment_id, id) ON DELETE CASCADE;

CREATE TABLE segment_members (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    segment_id     uuid NOT NULL,
    entered_at     timestamptz NOT NULL,
    PRIMARY KEY (environment_id, profile_id, segment_id)
);
SELECT place_table('segment_members', 'spread', 'profile_id');
CREATE INDEX segment_members_segment_idx ON segment_members (environment_id, segment_id, profile_id);

-- Who entered and left, and why; who was there when a segment was first counted did not enter.
CREATE TABLE segment_moves (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    id             uuid NOT NULL,
    segment_id     uuid NOT NULL,
    moved_at       timestamptz NOT NULL,
    has_entered    boolean NOT NULL,
    cause          text NOT NULL CONSTRAINT segment_moves_cause CHECK (cause IN ('said', 'time', 'counted')),
    -- what was said, with the group of its changes
    keys           text[],
    group_id       uuid,
    PRIMARY KEY (environment_id, profile_id, id)
);
SELECT place_table('segment_moves', 'spread', 'profile_id');
CREATE INDEX segment_moves_segment_idx ON segment_moves (environment_id, segment_id, moved_at, id);

-- Profiles of which something was said since they were last looked at.
CREATE TABLE segment_queue (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    id             uuid NOT NULL,
    keys           text[] NOT NULL,
    group_id       uuid,
    said_at        timestamptz NOT NULL,
    -- only for this segment, while it is counted; null: for all
    segment_id     uuid,
    PRIMARY KEY (environment_id, profile_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
SELECT place_table('segment_queue', 'spread', 'profile_id');
CREATE INDEX segment_queue_order_idx ON segment_queue (environment_id, id);

-- Who was chosen for a segment, or kept in it by a system: a register, like tags.
CREATE TABLE segment_choices (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    segment_id     uuid NOT NULL,
    is_member      boolean NOT NULL,
    stamp          jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, segment_id)
);
SELECT place_table('segment_choices', 'spread', 'profile_id');
ALTER TABLE segment_choices ADD CONSTRAINT segment_choices_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;
CREATE INDEX segment_choices_segment_idx ON segment_choices (environment_id, segment_id, profile_id);

-- Pauses and suppressions end by themselves.
CREATE INDEX restrictions_until_idx ON restrictions (environment_id, until) WHERE until IS NOT NULL;
