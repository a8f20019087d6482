-- What a workspace decides about messages; both its environments share it.
CREATE TABLE topic_sections (
    workspace_id smallint NOT NULL,
    id           integer NOT NULL,
    name         text NOT NULL,
    place        integer NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT place_table('topic_sections', 'reference');

CREATE TABLE topics (
    workspace_id smallint NOT NULL,
    id           integer NOT NULL,
    -- as senders write it; never changes
    key          text NOT NULL,
    name         text NOT NULL,
    -- for the people who choose it
    description  text NOT NULL,
    -- null: after all sections
    section_id   integer,
    place        integer NOT NULL,
    -- channel to default; one that is not there is on until people opt out
    defaults     jsonb NOT NULL,
    is_sale      boolean NOT NULL,
    -- keys of purposes that must have been agreed to
    purposes     text[] NOT NULL,
    created_at   timestamptz NOT NULL,
    retired_at   timestamptz,
    PRIMARY KEY (workspace_id, id)
);
SELECT place_table('topics', 'reference');
CREATE UNIQUE INDEX topics_key_idx ON topics (workspace_id, key);

CREATE TABLE purposes (
    workspace_id smallint NOT NULL,
    id           integer NOT NULL,
    -- as senders write it; never changes
    key          text NOT NULL,
    name         text NOT NULL,
    description  text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT place_table('purposes', 'reference');
CREATE UNIQUE INDEX purposes_key_idx ON purposes (workspace_id, key);

-- A channel without a row has the usual rules.
CREATE TABLE channel_rules (
    workspace_id       smallint NOT NULL,
    channel            text NOT NULL,
    -- messages need a yes first
    asks_first         boolean NOT NULL,
    purposes           text[] NOT NULL,
    -- a subscription waits until the person confirms it
    confirms           boolean NOT NULL,
    most_confirmations smallint NOT NULL
        CONSTRAINT channel_rules_most_confirmations CHECK (most_confirmations BETWEEN 1 AND 3),
    PRIMARY KEY (workspace_id, channel)
);
SELECT place_table('channel_rules', 'reference');

-- Topics that people named before anybody defined them, and how many answered for a purpose.
CREATE INDEX subscriptions_topic_idx ON subscriptions (environment_id, topic) WHERE topic <> '';
CREATE INDEX consents_purpose_idx ON consents (environment_id, purpose);
