DROP TABLE addresses;
DROP TABLE profile_aliases;
DROP TABLE profile_identifiers;
DROP TABLE identifier_claims;
DROP TABLE profile_activity;
DROP TABLE profiles;
DELETE FROM table_placement
    WHERE rel IN ('addresses', 'profile_aliases', 'profile_identifiers', 'identifier_claims',
                  'profile_activity', 'profiles');
