DROP TABLE signing_keys;
DELETE FROM table_placement WHERE rel = 'signing_keys';
