-- The profile that a kept answer shows, so that an erasure takes the answer, too.
ALTER TABLE idempotent_calls ADD COLUMN profile_id uuid;
CREATE INDEX idempotent_calls_profile_idx ON idempotent_calls (profile_id) WHERE profile_id IS NOT NULL;
-- Answers that name what was wrong may repeat what was sent.
CREATE INDEX idempotent_calls_refused_idx ON idempotent_calls (key_id) WHERE status >= 400;
