DROP INDEX merge_suggestions_other_idx;
DROP TABLE shared_addresses;
