DROP TABLE screen_views;
DELETE FROM table_placement WHERE rel = 'screen_views';
