ALTER TABLE profiles DROP COLUMN joined_at;
ALTER TABLE profile_identifiers DROP COLUMN leads;
ALTER TABLE profile_identifiers DROP COLUMN joined_at;
ALTER TABLE merges DROP COLUMN leads;
ALTER TABLE merges DROP COLUMN said_index;
ALTER TABLE merges DROP COLUMN said_at;
