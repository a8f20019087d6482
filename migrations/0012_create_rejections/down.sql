DROP TABLE rejections;
DELETE FROM table_placement WHERE rel = 'rejections';
