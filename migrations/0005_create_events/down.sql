DROP TABLE events;
DROP TABLE event_definitions;
DELETE FROM table_placement WHERE rel IN ('events', 'event_definitions');
