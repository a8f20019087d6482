ALTER TABLE api_keys DROP COLUMN may_overwrite;
