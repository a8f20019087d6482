DROP INDEX audit_log_refusals_idx;
ALTER TABLE audit_log DROP COLUMN is_refusal;
ALTER TABLE audit_log DROP COLUMN address;
