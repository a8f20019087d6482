DROP TABLE tag_definitions;
DELETE FROM table_placement WHERE rel = 'tag_definitions';
