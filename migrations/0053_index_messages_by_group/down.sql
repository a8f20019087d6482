DROP INDEX messages_group_idx;
