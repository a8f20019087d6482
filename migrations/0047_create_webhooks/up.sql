-- Addresses of other systems that are told who enters and who leaves segments.
CREATE TABLE webhooks (
    environment_id   smallint NOT NULL,
    id               uuid NOT NULL,
    name             text NOT NULL,
    url              text NOT NULL,
    happenings       text[] NOT NULL,
    -- null: all segments
    segment_ids      uuid[],
    is_on            boolean NOT NULL,
    -- why kith turned it off by itself
    off_cause        text CONSTRAINT webhooks_off_cause CHECK (off_cause IN ('gone', 'failing')),
    -- 24 to 64 bytes; whoever signs needs them, so they are no hash
    secret           bytea NOT NULL,
    -- the secret before, which signs until that time, too
    old_secret       bytea,
    old_secret_until timestamptz,
    -- first failure since the last success
    failing_since    timestamptz,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (environment_id, id),
    CONSTRAINT webhooks_old_secret CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhooks_off CHECK (off_cause IS NULL OR NOT is_on)
);
SELECT place_table('webhooks', 'reference');

-- Messages to webhooks. The id is that of the message: several webhooks may get the same one.
CREATE TABLE webhook_deliveries (
    environment_id smallint NOT NULL,
    -- all zeros: a test, which is about nobody
    profile_id     uuid NOT NULL,
    webhook_id     uuid NOT NULL,
    id             uuid NOT NULL,
    -- null: a test
    kind           text,
    segment_id     uuid,
    segment_name   text,
    happened_at    timestamptz NOT NULL,
    state          text NOT NULL CONSTRAINT webhook_deliveries_state CHECK (state IN ('waiting', 'delivered', 'failed')),
    -- when a waiting one is sent; whoever sends it moves this on first, so that nobody else does
    due_at         timestamptz NOT NULL,
    attempts       integer NOT NULL,
    -- the last attempt
    attempted_at   timestamptz,
    took_ms        integer,
    status         integer,
    -- the beginning of what was answered, or why there was no answer
    answer         text,
    PRIMARY KEY (environment_id, profile_id, webhook_id, id),
    CONSTRAINT webhook_deliveries_about CHECK ((kind IS NULL) = (segment_id IS NULL) AND (kind IS NULL) = (segment_name IS NULL))
);
SELECT place_table('webhook_deliveries', 'spread', 'profile_id');
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (environment_id, webhook_id, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_log_idx ON webhook_deliveries (environment_id, webhook_id, id);
-- Most are delivered.
CREATE INDEX webhook_deliveries_open_idx ON webhook_deliveries (environment_id, webhook_id, state, id) WHERE state <> 'delivered';
