CREATE TABLE profiles (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    name           text NOT NULL DEFAULT '',
    attributes     jsonb NOT NULL DEFAULT '{}',
    -- attribute name -> stamp of its newest statement, deletions included
    attribute_meta jsonb NOT NULL DEFAULT '{}',
    tags           text[] NOT NULL DEFAULT '{}',
    tag_meta       jsonb NOT NULL DEFAULT '{}',
    search_text    text NOT NULL DEFAULT '',
    enabled        boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    source_id      integer NOT NULL,
    merged_into    uuid,
    version        bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('profiles', 'spread', 'id');
CREATE INDEX profiles_name_idx ON profiles (environment_id, name, id) WHERE merged_into IS NULL;
CREATE INDEX profiles_created_idx ON profiles (environment_id, created_at, id) WHERE merged_into IS NULL;
CREATE INDEX profiles_search_idx ON profiles USING gin (search_text gin_trgm_ops);
CREATE INDEX profiles_attributes_idx ON profiles USING gin (attributes jsonb_path_ops);
CREATE INDEX profiles_tags_idx ON profiles USING gin (tags);

-- One row a profile, apart from it: these times move with every event, and would otherwise move the wide row and its
-- word, attribute and tag indexes with them (measured: 4.3 s of 6.4 s of an import of 77,000 events).
CREATE TABLE profile_activity (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    first_seen_at  timestamptz NOT NULL,
    -- 1970 means never seen: a plain value keeps the list's order total and its index usable
    last_seen_at   timestamptz NOT NULL,
    PRIMARY KEY (environment_id, profile_id)
);
SELECT place_table('profile_activity', 'spread', 'profile_id');
CREATE INDEX profile_activity_seen_idx ON profile_activity (environment_id, last_seen_at, profile_id);

-- Uniqueness of identifiers: who owns this value. No foreign key, for it is placed by value.
CREATE TABLE identifier_claims (
    environment_id smallint NOT NULL,
    kind           text NOT NULL,
    value          text NOT NULL,
    profile_id     uuid NOT NULL,
    claimed_at     timestamptz NOT NULL,
    PRIMARY KEY (environment_id, kind, value)
);
SELECT place_table('identifier_claims', 'lookup', 'value');

CREATE TABLE profile_identifiers (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    kind           text NOT NULL,
    value          text NOT NULL,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    source_id      integer NOT NULL,
    PRIMARY KEY (environment_id, profile_id, kind, value)
);
SELECT place_table('profile_identifiers', 'spread', 'profile_id');
ALTER TABLE profile_identifiers ADD CONSTRAINT profile_identifiers_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

CREATE TABLE profile_aliases (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    alias_id       uuid NOT NULL,
    PRIMARY KEY (environment_id, profile_id, alias_id)
);
SELECT place_table('profile_aliases', 'spread', 'profile_id');
ALTER TABLE profile_aliases ADD CONSTRAINT profile_aliases_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

CREATE TABLE addresses (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    channel        text NOT NULL,
    -- null: removed; the stamp stays as the tombstone
    address        text,
    normalised     text,
    health         text NOT NULL DEFAULT 'ok' CONSTRAINT addresses_health CHECK (health IN ('ok', 'blocked')),
    health_reason  text,
    health_since   timestamptz,
    stamp          jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, channel)
);
SELECT place_table('addresses', 'spread', 'profile_id');
CREATE INDEX addresses_normalised_idx ON addresses (environment_id, channel, normalised);
ALTER TABLE addresses ADD CONSTRAINT addresses_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;
