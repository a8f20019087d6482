-- Every attribute that is not sensitive can be filtered by since its values have terms. What an admin chooses is an index for ranges.
ALTER TABLE attribute_definitions RENAME COLUMN is_filterable TO is_indexed;
