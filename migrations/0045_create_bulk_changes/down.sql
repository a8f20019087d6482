DROP TABLE bulk_targets;
DROP TABLE bulk_changes;
DELETE FROM table_placement WHERE rel IN ('bulk_changes', 'bulk_targets');
