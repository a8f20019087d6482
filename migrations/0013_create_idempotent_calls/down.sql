DELETE FROM table_placement WHERE rel = 'idempotent_calls';
DROP TABLE idempotent_calls;
