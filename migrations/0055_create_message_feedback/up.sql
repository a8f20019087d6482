-- What providers tell of messages, as far as it goes beyond what kith knows when it hands them over.
ALTER TABLE messages DROP CONSTRAINT messages_status;
ALTER TABLE messages ADD CONSTRAINT messages_status CHECK (status IN ('dropped', 'kept back', 'queued', 'sending', 'sent', 'delivered',
    'opened', 'clicked', 'undelivered', 'unsubscribed', 'complained', 'failed', 'uncertain', 'cancelled'));
CREATE INDEX messages_provider_idx ON messages (environment_id, provider_id) WHERE provider_id IS NOT NULL;

-- hard or soft, of one that came back
ALTER TABLE message_steps ADD COLUMN bounce text CONSTRAINT message_steps_bounce CHECK (bounce IN ('hard', 'soft'));
-- where a click led
ALTER TABLE message_steps ADD COLUMN link text;
-- a program did it, not the person: it counts for nothing
ALTER TABLE message_steps ADD COLUMN is_machine boolean NOT NULL DEFAULT false;

-- in which format the provider of an account tells what becomes of messages
ALTER TABLE sending_accounts ADD COLUMN feedback text NOT NULL DEFAULT 'kith';
-- what its signatures are checked with, encrypted like the secret
ALTER TABLE sending_accounts ADD COLUMN feedback_key bytea;
-- how often the address that it calls was replaced
ALTER TABLE sending_accounts ADD COLUMN feedback_turn integer NOT NULL DEFAULT 0;
-- address by which an admin confirms that Amazon may send here
ALTER TABLE sending_accounts ADD COLUMN feedback_confirm text;
CREATE INDEX sending_accounts_id_idx ON sending_accounts (id);

-- What was told of messages that the account never sent: the newest of each account.
CREATE TABLE feedback_misses (
    workspace_id smallint NOT NULL,
    account_id   uuid NOT NULL,
    id           uuid NOT NULL,
    at           timestamptz NOT NULL,
    status       text NOT NULL,
    -- the id by which the provider named the message
    named        text NOT NULL,
    PRIMARY KEY (workspace_id, account_id, id)
);
SELECT place_table('feedback_misses', 'reference');

-- Makes the secret part of the addresses that providers call. Two random ids are 32 bytes.
INSERT INTO signing_keys (purpose, secret, created_at)
SELECT 'hooks', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'epoch';
