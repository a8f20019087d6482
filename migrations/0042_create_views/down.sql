DROP TABLE default_views;
DROP TABLE views;
DELETE FROM table_placement WHERE rel IN ('views', 'default_views');
