DROP TABLE import_choices;
DROP TABLE imports;
DELETE FROM table_placement WHERE rel IN ('imports', 'import_choices');
