-- All that one form, import or call did, profile by profile.
CREATE INDEX changes_group_idx ON changes (environment_id, group_id, profile_id);
