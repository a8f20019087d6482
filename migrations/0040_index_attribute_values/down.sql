CREATE INDEX profiles_attributes_idx ON profiles USING gin (attributes jsonb_path_ops);
ALTER TABLE profiles DROP COLUMN attribute_terms;
DROP FUNCTION day_of(jsonb);
DROP FUNCTION number_of(jsonb);
