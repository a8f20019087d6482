-- The workspace that a line is about; none for the sign-ins of nobody.
ALTER TABLE audit_log ADD COLUMN workspace_id smallint;
UPDATE audit_log SET workspace_id = (SELECT e.workspace_id FROM environments e WHERE e.id = (detail ->> 'environment')::smallint)
    WHERE detail ? 'environment';
-- What is about an operator is about their only workspace. Of several, nobody knows.
UPDATE audit_log a SET workspace_id = m.workspace_id
    FROM (SELECT operator_id, min(workspace_id) AS workspace_id FROM memberships GROUP BY operator_id HAVING count(*) = 1) m
    WHERE a.workspace_id IS NULL AND m.operator_id = a.operator_id;
-- Ids begin with the time, so this is newest first.
CREATE INDEX audit_log_workspace_idx ON audit_log (workspace_id, id);
