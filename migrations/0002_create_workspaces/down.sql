DROP TABLE sources;
DROP TABLE environments;
DROP TABLE workspaces;
DELETE FROM table_placement WHERE rel IN ('sources', 'environments', 'workspaces');
