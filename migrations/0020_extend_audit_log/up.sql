-- The client's address, as text.
ALTER TABLE audit_log ADD COLUMN address text;
-- What was refused to somebody can be caused by anybody, so less of it is kept.
ALTER TABLE audit_log ADD COLUMN is_refusal boolean NOT NULL DEFAULT false;
CREATE INDEX audit_log_refusals_idx ON audit_log (at, id) WHERE is_refusal;
