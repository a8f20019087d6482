DROP TABLE membership_syncs;
DROP TABLE membership_attributes;
