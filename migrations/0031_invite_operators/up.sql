-- When somebody signed in last; null: not since this is noted.
ALTER TABLE operators ADD COLUMN signed_in_at timestamptz;
-- Since when somebody may no longer come into a workspace; null: they may.
ALTER TABLE memberships ADD COLUMN disabled_at timestamptz;

-- The link itself is only with whoever got it; here is the SHA-256 of its token.
CREATE TABLE invitations (
    id           uuid PRIMARY KEY,
    workspace_id smallint NOT NULL,
    email        text NOT NULL,
    name         text NOT NULL,
    role         text NOT NULL CONSTRAINT invitations_role CHECK (role IN ('marketer', 'support', 'admin')),
    token_hash   bytea NOT NULL CONSTRAINT invitations_token_key UNIQUE,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT invitations_email_key UNIQUE (workspace_id, email)
);
SELECT place_table('invitations', 'local');
