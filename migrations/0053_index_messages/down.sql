DROP INDEX messages_text_idx;
CREATE INDEX messages_text_idx ON messages (changed_at) WHERE sent_text IS NOT NULL OR own IS NOT NULL;
DROP INDEX messages_group_idx;
