CREATE INDEX changes_group_idx ON changes (environment_id, group_id);
DROP INDEX changes_group_profile_idx;
