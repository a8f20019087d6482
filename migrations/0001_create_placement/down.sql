DROP FUNCTION place_table(text, text, text);
DROP TABLE table_placement;
DROP EXTENSION pg_trgm;
