-- Whether an operator runs the organisation: all workspaces of this server, and their groups.
ALTER TABLE operators ADD COLUMN is_organisation_admin boolean NOT NULL DEFAULT false;
-- Where an operator was last; null: nowhere since this is noted.
ALTER TABLE operators ADD COLUMN last_workspace_id smallint;
-- Somebody has to: the admin who has been here longest. Of several workspaces nobody is guessed; a command says who.
UPDATE operators SET is_organisation_admin = true WHERE id = (
    SELECT o.id FROM operators o JOIN memberships m ON m.operator_id = o.id AND m.role = 'admin' AND m.disabled_at IS NULL
    ORDER BY o.created_at, o.id LIMIT 1)
    AND (SELECT count(*) FROM workspaces) = 1;

-- Workspaces whose people are matched with each other by one identifier.
CREATE TABLE workspace_groups (
    id         smallint PRIMARY KEY,
    name       text NOT NULL CONSTRAINT workspace_groups_name_key UNIQUE,
    matched_by text NOT NULL CONSTRAINT workspace_groups_matched_by CHECK (matched_by IN ('email', 'id')),
    created_at timestamptz NOT NULL,
    -- since when something is shared in it, which fixes the identifier; null: nothing yet
    shared_at  timestamptz
);
SELECT place_table('workspace_groups', 'reference');
-- null: in no group
ALTER TABLE workspaces ADD COLUMN group_id smallint;

-- Lines about the organisation, which belong to no workspace.
CREATE INDEX audit_log_organisation_idx ON audit_log (id) WHERE workspace_id IS NULL AND NOT is_refusal;
