DROP INDEX profiles_updated_idx;
