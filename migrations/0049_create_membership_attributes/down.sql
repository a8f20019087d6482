DROP TABLE membership_syncs;
DROP TABLE membership_attributes;
DELETE FROM table_placement WHERE rel IN ('membership_attributes', 'membership_syncs');
