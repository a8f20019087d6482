-- Lists of profiles that somebody saved: private to an operator, or shared by the workspace.
CREATE TABLE views (
    workspace_id smallint NOT NULL,
    id           uuid NOT NULL,
    -- null: shared
    owner_id     uuid,
    name         text NOT NULL,
    -- the list, as its address says it
    typed        text NOT NULL,
    sort         text NOT NULL,
    -- null: the usual columns
    shown        text,
    density      text NOT NULL,
    -- counts the changes
    version      integer NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
SELECT place_table('views', 'local');
ALTER TABLE views ADD CONSTRAINT views_owner_fk
    FOREIGN KEY (owner_id, workspace_id) REFERENCES memberships (operator_id, workspace_id) ON DELETE CASCADE;
CREATE INDEX views_owner_idx ON views (workspace_id, owner_id, name);

-- The view that the list opens with.
CREATE TABLE default_views (
    workspace_id smallint NOT NULL,
    operator_id  uuid NOT NULL,
    view_id      uuid NOT NULL,
    PRIMARY KEY (workspace_id, operator_id)
);
SELECT place_table('default_views', 'local');
ALTER TABLE default_views ADD CONSTRAINT default_views_operator_fk
    FOREIGN KEY (operator_id, workspace_id) REFERENCES memberships (operator_id, workspace_id) ON DELETE CASCADE;
ALTER TABLE default_views ADD CONSTRAINT default_views_view_fk
    FOREIGN KEY (workspace_id, view_id) REFERENCES views (workspace_id, id) ON DELETE CASCADE;
