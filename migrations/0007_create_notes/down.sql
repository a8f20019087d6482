DROP TABLE note_versions;
DROP TABLE notes;
DELETE FROM table_placement WHERE rel IN ('note_versions', 'notes');
