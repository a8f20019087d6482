-- The time zone in which somebody reads times; null: UTC.
ALTER TABLE operators ADD COLUMN zone text;
