DROP TABLE api_keys;
DELETE FROM table_placement WHERE rel = 'api_keys';
