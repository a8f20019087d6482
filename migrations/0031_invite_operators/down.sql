DROP TABLE invitations;
DELETE FROM table_placement WHERE rel = 'invitations';
ALTER TABLE memberships DROP COLUMN disabled_at;
ALTER TABLE operators DROP COLUMN signed_in_at;
