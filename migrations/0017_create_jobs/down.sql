DROP TABLE jobs;
DELETE FROM table_placement WHERE rel = 'jobs';
