ALTER TABLE event_definitions DROP COLUMN keep_days;
ALTER TABLE event_definitions DROP COLUMN revenue;
ALTER TABLE event_definitions DROP COLUMN is_message;
ALTER TABLE event_definitions DROP COLUMN summary;
ALTER TABLE event_definitions DROP COLUMN shown;
ALTER TABLE event_definitions DROP COLUMN icon;
ALTER TABLE event_definitions DROP COLUMN description;
ALTER TABLE event_definitions DROP COLUMN display_name;
