-- What surrounded an event, and under which profile it was first stored, where a merge moved it.
ALTER TABLE events ADD COLUMN context jsonb;
ALTER TABLE events ADD COLUMN via uuid;

-- A page or a screen may have the name of an event.
ALTER TABLE event_definitions ADD COLUMN kind text NOT NULL DEFAULT 'event';
ALTER TABLE event_definitions ADD CONSTRAINT event_definitions_kind CHECK (kind IN ('event', 'page', 'screen'));
ALTER TABLE event_definitions DROP CONSTRAINT event_definitions_name_key;
ALTER TABLE event_definitions ADD CONSTRAINT event_definitions_name_key UNIQUE (environment_id, kind, name);

-- Ids of messages whose sender gives no time, so that their repeats are known without it.
CREATE TABLE event_receipts (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    received_at    timestamptz NOT NULL,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('event_receipts', 'lookup', 'id');
CREATE INDEX event_receipts_received_idx ON event_receipts (received_at);
