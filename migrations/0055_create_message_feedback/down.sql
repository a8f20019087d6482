DELETE FROM signing_keys WHERE purpose = 'hooks';
DROP TABLE feedback_misses;
DELETE FROM table_placement WHERE rel = 'feedback_misses';
DROP INDEX sending_accounts_id_idx;
ALTER TABLE sending_accounts DROP COLUMN feedback, DROP COLUMN feedback_key, DROP COLUMN feedback_turn, DROP COLUMN feedback_confirm;
ALTER TABLE message_steps DROP COLUMN bounce, DROP COLUMN link, DROP COLUMN is_machine;
-- What only providers tell is gone; a message that was handed over was sent.
DELETE FROM message_steps WHERE status IN ('delivered', 'opened', 'clicked', 'unsubscribed', 'complained');
UPDATE messages SET status = 'sent' WHERE status IN ('delivered', 'opened', 'clicked', 'unsubscribed', 'complained');
DROP INDEX messages_provider_idx;
ALTER TABLE messages DROP CONSTRAINT messages_status;
ALTER TABLE messages ADD CONSTRAINT messages_status CHECK (status IN ('dropped', 'kept back', 'queued', 'sending', 'sent',
    'undelivered', 'failed', 'uncertain', 'cancelled'));
