-- By what a workspace sends messages; both its environments share it.
CREATE TABLE sending_accounts (
    workspace_id  smallint NOT NULL,
    id            uuid NOT NULL,
    channel       text NOT NULL,
    name          text NOT NULL,
    -- how it hands over, without its secret
    provider      jsonb NOT NULL,
    -- encrypted with the server's key; null: it has none
    secret        bytea,
    -- the one that is used where none is named
    is_default    boolean NOT NULL,
    is_on         boolean NOT NULL,
    -- 0: no limit
    per_second    integer NOT NULL CONSTRAINT sending_accounts_per_second CHECK (per_second >= 0),
    at_once       integer NOT NULL CONSTRAINT sending_accounts_at_once CHECK (at_once BETWEEN 1 AND 16),
    -- hours after which a message that is not taken is given up
    give_up_hours integer NOT NULL CONSTRAINT sending_accounts_give_up CHECK (give_up_hours BETWEEN 1 AND 240),
    -- addresses that the test environment may send to
    test_list     text[] NOT NULL,
    -- first failure of the account itself since its last success, and what was said
    failing_since timestamptz,
    failure       text,
    created_at    timestamptz NOT NULL,
    removed_at    timestamptz,
    PRIMARY KEY (workspace_id, id)
);
SELECT place_table('sending_accounts', 'reference');

CREATE TABLE message_templates (
    workspace_id smallint NOT NULL,
    id           uuid NOT NULL,
    name         text NOT NULL,
    channel      text NOT NULL,
    -- campaign or service
    kind         text NOT NULL,
    topic        text,
    -- the newest
    version      integer NOT NULL,
    created_at   timestamptz NOT NULL,
    archived_at  timestamptz,
    PRIMARY KEY (workspace_id, id)
);
SELECT place_table('message_templates', 'reference');

CREATE TABLE message_template_versions (
    workspace_id smallint NOT NULL,
    template_id  uuid NOT NULL,
    version      integer NOT NULL,
    -- texts by language, the first one for everybody else
    variants     jsonb NOT NULL,
    saved_by     text NOT NULL,
    saved_at     timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, template_id, version)
);
SELECT place_table('message_template_versions', 'reference');

-- Messages to people. The id has the time at which it was asked for.
CREATE TABLE messages (
    environment_id   smallint NOT NULL,
    profile_id       uuid NOT NULL,
    id               uuid NOT NULL,
    channel          text NOT NULL,
    kind             text NOT NULL,
    topic            text,
    account_id       uuid NOT NULL,
    -- null: words of its own
    template_id      uuid,
    template_version integer,
    -- what lists show
    name             text NOT NULL,
    -- words of its own
    own              jsonb,
    -- what the template calls event
    event            jsonb,
    -- who asked, and by which form, call or job
    source_id        integer NOT NULL,
    group_id         uuid NOT NULL,
    -- why it goes out without agreement and consent; null: it does not
    unasked          text,
    status           text NOT NULL CONSTRAINT messages_status CHECK (status IN ('dropped', 'kept back', 'queued', 'sending', 'sent',
                     'undelivered', 'failed', 'uncertain', 'cancelled')),
    asked_at         timestamptz NOT NULL,
    -- when it was to be sent, and when a queued one is sent next
    first_due_at     timestamptz NOT NULL,
    due_at           timestamptz NOT NULL,
    -- when the status changed
    changed_at       timestamptz NOT NULL,
    attempts         integer NOT NULL,
    -- number of the process that hands it over
    held_by          integer,
    -- where it went, and in which language
    address          text,
    language         text,
    -- the text as it was sent; null after its time
    sent_text        jsonb,
    -- the provider's own id
    provider_id      text,
    -- what the verdict said when it was last asked
    verdict          jsonb,
    PRIMARY KEY (environment_id, profile_id, id)
);
SELECT place_table('messages', 'spread', 'profile_id');
CREATE INDEX messages_due_idx ON messages (environment_id, account_id, due_at) WHERE status = 'queued';
CREATE INDEX messages_held_idx ON messages (environment_id, held_by) WHERE status = 'sending';
CREATE INDEX messages_log_idx ON messages (environment_id, id);
CREATE INDEX messages_text_idx ON messages (changed_at) WHERE sent_text IS NOT NULL OR own IS NOT NULL;

-- What became of them. A step that comes twice has the same id.
CREATE TABLE message_steps (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    message_id     uuid NOT NULL,
    id             uuid NOT NULL,
    status         text NOT NULL,
    at             timestamptz NOT NULL,
    attempt        integer NOT NULL,
    -- the provider's, or the layer of the verdict
    code           text,
    words          text,
    -- whether it is an event of the person yet
    is_told        boolean NOT NULL,
    PRIMARY KEY (environment_id, profile_id, message_id, id)
);
SELECT place_table('message_steps', 'spread', 'profile_id');
CREATE INDEX message_steps_untold_idx ON message_steps (environment_id, at) WHERE NOT is_told;
