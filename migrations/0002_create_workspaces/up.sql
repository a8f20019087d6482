CREATE TABLE workspaces (
    id         smallint PRIMARY KEY,
    slug       text NOT NULL CONSTRAINT workspaces_slug_key UNIQUE,
    name       text NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT place_table('workspaces', 'reference');

CREATE TABLE environments (
    id           smallint PRIMARY KEY,
    workspace_id smallint NOT NULL,
    kind         text NOT NULL CONSTRAINT environments_kind CHECK (kind IN ('live', 'test')),
    CONSTRAINT environments_workspace_kind_key UNIQUE (workspace_id, kind)
);
SELECT place_table('environments', 'reference');

-- Who or what said something: named by the ledger and by every value.
CREATE TABLE sources (
    id             integer PRIMARY KEY,
    environment_id smallint NOT NULL,
    kind           text NOT NULL CONSTRAINT sources_kind CHECK (kind IN ('key', 'import', 'operator', 'job')),
    ref            text NOT NULL,
    name           text NOT NULL,
    CONSTRAINT sources_ref_key UNIQUE (environment_id, kind, ref)
);
SELECT place_table('sources', 'reference');
