DELETE FROM table_placement WHERE rel IN ('merges', 'merge_suggestions', 'erasures', 'settling');
DROP TABLE settling;
DROP TABLE erasures;
DROP TABLE merge_suggestions;
DROP TABLE merges;
ALTER TABLE identifier_claims DROP COLUMN not_before;
ALTER TABLE profile_identifiers DROP COLUMN retired_at;
