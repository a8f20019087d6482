DELETE FROM table_placement WHERE rel = 'event_receipts';
DROP TABLE event_receipts;
DELETE FROM event_definitions WHERE kind <> 'event';
ALTER TABLE event_definitions DROP CONSTRAINT event_definitions_name_key;
ALTER TABLE event_definitions ADD CONSTRAINT event_definitions_name_key UNIQUE (environment_id, name);
ALTER TABLE event_definitions DROP CONSTRAINT event_definitions_kind;
ALTER TABLE event_definitions DROP COLUMN kind;
ALTER TABLE events DROP COLUMN via;
ALTER TABLE events DROP COLUMN context;
