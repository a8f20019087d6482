DROP INDEX changes_group_idx;
