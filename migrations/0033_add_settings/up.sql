-- What holds for the whole workspace, as the area `settings` reads it, and the colour of its console.
ALTER TABLE workspaces ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';
ALTER TABLE workspaces ADD COLUMN accent text NOT NULL DEFAULT 'indigo'
    CONSTRAINT workspaces_accent CHECK (accent IN ('indigo', 'teal', 'green', 'plum', 'rust'));
