DROP TABLE changes;
DELETE FROM table_placement WHERE rel = 'changes';
