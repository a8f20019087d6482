ALTER TABLE operators DROP COLUMN zone;
