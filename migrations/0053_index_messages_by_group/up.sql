-- What one form, call or job asked for.
CREATE INDEX messages_group_idx ON messages (environment_id, group_id);
