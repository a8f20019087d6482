DROP TABLE data_requests;
DROP TABLE revoked_links;
DELETE FROM table_placement WHERE rel IN ('data_requests', 'revoked_links');
DELETE FROM signing_keys WHERE purpose = 'links';
-- Rows of the ledger keep their source, under a kind that was known before.
UPDATE sources SET kind = 'job' WHERE kind = 'person';
ALTER TABLE sources DROP CONSTRAINT sources_kind;
ALTER TABLE sources ADD CONSTRAINT sources_kind CHECK (kind IN ('key', 'import', 'operator', 'job'));
