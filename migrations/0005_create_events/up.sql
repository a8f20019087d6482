CREATE TABLE event_definitions (
    id             integer PRIMARY KEY,
    environment_id smallint NOT NULL,
    name           text NOT NULL,
    -- whether it shows that the person is there ("Online now"), or was done for them
    is_activity    boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT event_definitions_name_key UNIQUE (environment_id, name)
);
SELECT place_table('event_definitions', 'reference');

-- Monthly partitions, made when the first event of a month arrives.
CREATE TABLE events (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    occurred_at    timestamptz NOT NULL,
    id             uuid NOT NULL,
    definition_id  integer NOT NULL,
    received_at    timestamptz NOT NULL,
    source_id      integer NOT NULL,
    properties     jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, occurred_at, id)
) PARTITION BY RANGE (occurred_at);
SELECT place_table('events', 'spread', 'profile_id');
CREATE INDEX events_definition_idx ON events (environment_id, definition_id, occurred_at, profile_id);
