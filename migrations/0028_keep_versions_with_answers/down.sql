ALTER TABLE idempotent_calls DROP COLUMN etag;
