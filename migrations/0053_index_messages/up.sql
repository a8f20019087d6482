-- What one form, call or job asked for.
CREATE INDEX messages_group_idx ON messages (environment_id, group_id);
-- Each workspace decides how long texts are kept.
DROP INDEX messages_text_idx;
CREATE INDEX messages_text_idx ON messages (environment_id, changed_at) WHERE sent_text IS NOT NULL OR own IS NOT NULL;
