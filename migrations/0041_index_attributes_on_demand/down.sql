ALTER TABLE attribute_definitions RENAME COLUMN is_indexed TO is_filterable;
