DROP TABLE search_folds;
DELETE FROM table_placement WHERE rel = 'search_folds';
DROP INDEX profiles_east_asian_idx;
DROP FUNCTION east_asian_grams(text);
DROP FUNCTION is_east_asian(text);
