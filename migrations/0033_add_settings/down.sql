ALTER TABLE workspaces DROP COLUMN accent;
ALTER TABLE workspaces DROP COLUMN settings;
