-- What is said of somebody before they became one with another belongs to the part that they were, whenever it arrives.
ALTER TABLE merges ADD COLUMN said_at timestamptz;
UPDATE merges SET said_at = merged_at;
ALTER TABLE merges ALTER COLUMN said_at SET NOT NULL;
ALTER TABLE merges ADD COLUMN said_index integer NOT NULL DEFAULT 0;
-- Whether the merged profile's own statements stand above the survivor's.
ALTER TABLE merges ADD COLUMN leads boolean NOT NULL DEFAULT false;
-- An identifier that was joined to somebody who went by others before; null: what was said of it was always said of this profile.
ALTER TABLE profile_identifiers ADD COLUMN joined_at timestamptz;
ALTER TABLE profile_identifiers ADD COLUMN leads boolean NOT NULL DEFAULT false;
-- The last time that anything was joined to a profile: what is said later needs no look at its parts.
ALTER TABLE profiles ADD COLUMN joined_at timestamptz;
UPDATE profiles p SET joined_at = m.said_at FROM (
    SELECT environment_id, profile_id, max(said_at) AS said_at FROM merges WHERE undone_at IS NULL GROUP BY 1, 2
) m WHERE p.environment_id = m.environment_id AND p.id = m.profile_id;
