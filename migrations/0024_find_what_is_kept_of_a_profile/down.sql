DROP INDEX idempotent_calls_refused_idx;
ALTER TABLE idempotent_calls DROP COLUMN profile_id;
