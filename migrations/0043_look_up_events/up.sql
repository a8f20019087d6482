-- Properties of an event, such as an order number, by which the search box finds whose it was.
ALTER TABLE event_definitions ADD COLUMN lookup_keys text[] NOT NULL DEFAULT '{}';

-- One row for each marked property of an event. It goes where the event goes.
CREATE TABLE event_keys (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    occurred_at    timestamptz NOT NULL,
    event_id       uuid NOT NULL,
    property       text NOT NULL,
    -- as it is looked up: in lower case
    value          text NOT NULL,
    definition_id  integer NOT NULL,
    PRIMARY KEY (environment_id, profile_id, occurred_at, event_id, property)
);
SELECT place_table('event_keys', 'spread', 'profile_id');
CREATE INDEX event_keys_value_idx ON event_keys (environment_id, value, profile_id);

-- Events whose older events are being gone through after their marks were changed.
CREATE TABLE event_key_fills (
    definition_id   integer PRIMARY KEY,
    -- when they are to be gone through, and, before they were once, when again: by then all that did not see the marks is stored
    due_at          timestamptz NOT NULL,
    again_at        timestamptz,
    -- the last event that was looked at; null: none yet
    reached_at      timestamptz,
    reached_profile uuid
);
SELECT place_table('event_key_fills', 'reference');
