CREATE TABLE operators (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CONSTRAINT operators_email_key UNIQUE,
    name          text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL
);
SELECT place_table('operators', 'reference');

CREATE TABLE memberships (
    operator_id  uuid NOT NULL,
    workspace_id smallint NOT NULL,
    role         text NOT NULL CONSTRAINT memberships_role CHECK (role IN ('marketer', 'support', 'admin')),
    PRIMARY KEY (operator_id, workspace_id)
);
SELECT place_table('memberships', 'reference');

-- The token itself is only in the browser's cookie; here is its SHA-256.
CREATE TABLE sessions (
    token_hash   bytea PRIMARY KEY,
    operator_id  uuid NOT NULL CONSTRAINT sessions_operator_fk REFERENCES operators (id) ON DELETE CASCADE,
    csrf         text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);
CREATE INDEX sessions_operator_idx ON sessions (operator_id);
SELECT place_table('sessions', 'local');

-- What operators did outside profiles: sign-ins, sign-outs, accounts.
CREATE TABLE audit_log (
    id          uuid PRIMARY KEY,
    at          timestamptz NOT NULL,
    operator_id uuid,
    action      text NOT NULL,
    detail      jsonb NOT NULL
);
CREATE INDEX audit_log_at_idx ON audit_log (at, id);
SELECT place_table('audit_log', 'local');
