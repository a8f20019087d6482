-- In each of these the newest statement about a key is the row; the stamp orders statements.
CREATE TABLE devices (
    environment_id     smallint NOT NULL,
    profile_id         uuid NOT NULL,
    token              text NOT NULL,
    -- a removed device stays as its own tombstone
    is_removed         boolean NOT NULL,
    type               text NOT NULL CONSTRAINT devices_type CHECK (type IN ('push', 'webpush', 'inapp')),
    platform           text,
    model              text,
    os_version         text,
    is_active          boolean NOT NULL,
    limits_ad_tracking boolean,
    att_status         text,
    first_seen_at      timestamptz NOT NULL,
    last_seen_at       timestamptz NOT NULL,
    stamp              jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, token)
);
SELECT place_table('devices', 'spread', 'profile_id');
CREATE INDEX devices_token_idx ON devices (environment_id, token);
ALTER TABLE devices ADD CONSTRAINT devices_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

CREATE TABLE subscriptions (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    -- 'all' is every channel
    channel        text NOT NULL,
    -- '' is everything on that channel
    topic          text NOT NULL,
    state          text NOT NULL
        CONSTRAINT subscriptions_state CHECK (state IN ('subscribed', 'pending', 'unsubscribed', 'suppressed')),
    reason         text NOT NULL,
    stamp          jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, channel, topic)
);
SELECT place_table('subscriptions', 'spread', 'profile_id');
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

CREATE TABLE consents (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    purpose        text NOT NULL,
    given          boolean NOT NULL,
    document       text,
    location       text,
    hardware_id    text,
    stamp          jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, purpose)
);
SELECT place_table('consents', 'spread', 'profile_id');
ALTER TABLE consents ADD CONSTRAINT consents_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

-- What was said about an address alone: it holds for whoever gets that address later too.
CREATE TABLE address_subscriptions (
    environment_id smallint NOT NULL,
    address_channel text NOT NULL,
    address        text NOT NULL,
    channel        text NOT NULL,
    topic          text NOT NULL,
    state          text NOT NULL
        CONSTRAINT address_subscriptions_state CHECK (state IN ('subscribed', 'pending', 'unsubscribed', 'suppressed')),
    reason         text NOT NULL,
    stamp          jsonb NOT NULL,
    PRIMARY KEY (environment_id, address_channel, address, channel, topic)
);
SELECT place_table('address_subscriptions', 'lookup', 'address');
