-- Calls that carry a key of their own, so that a repeat of one does what it did and gets the answer that it got.
CREATE TABLE idempotent_calls (
    key_id      uuid NOT NULL,
    name        text NOT NULL,
    -- of method, path and body: another call under the same name is a mistake
    digest      bytea NOT NULL,
    received_at timestamptz NOT NULL,
    -- null until it is answered
    status      smallint,
    body        text,
    PRIMARY KEY (key_id, name)
);
SELECT place_table('idempotent_calls', 'local');
CREATE INDEX idempotent_calls_received_idx ON idempotent_calls (received_at);
