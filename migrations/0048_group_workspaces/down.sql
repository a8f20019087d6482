DROP INDEX audit_log_organisation_idx;
ALTER TABLE workspaces DROP COLUMN group_id;
DROP TABLE workspace_groups;
DELETE FROM table_placement WHERE rel = 'workspace_groups';
ALTER TABLE operators DROP COLUMN last_workspace_id;
ALTER TABLE operators DROP COLUMN is_organisation_admin;
