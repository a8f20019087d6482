DROP TABLE event_key_fills;
DROP TABLE event_keys;
DELETE FROM table_placement WHERE rel IN ('event_keys', 'event_key_fills');
ALTER TABLE event_definitions DROP COLUMN lookup_keys;
