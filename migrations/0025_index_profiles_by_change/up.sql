-- Senders ask for the profiles that changed since a time.
CREATE INDEX profiles_updated_idx ON profiles (environment_id, updated_at, id) WHERE merged_into IS NULL;
