ALTER TABLE messages DROP COLUMN confirms;
ALTER TABLE channel_rules DROP COLUMN confirms_since, DROP COLUMN confirmation_template;
DROP TABLE confirmation_requests;
DROP TABLE confirmations;
DELETE FROM table_placement WHERE rel IN ('confirmations', 'confirmation_requests');
