DROP TABLE attribute_definitions;
DELETE FROM table_placement WHERE rel = 'attribute_definitions';
