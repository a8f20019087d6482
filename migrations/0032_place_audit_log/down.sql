DROP INDEX audit_log_workspace_idx;
ALTER TABLE audit_log DROP COLUMN workspace_id;
