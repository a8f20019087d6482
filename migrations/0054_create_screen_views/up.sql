-- Content that sites and apps show to an audience.
CREATE TABLE screen_views (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    name           text NOT NULL,
    -- json or text
    kind           text NOT NULL,
    -- as it was written, with Liquid
    content        text NOT NULL,
    -- a filter, in its one way of writing
    audience       text NOT NULL,
    -- null: from the beginning, and for good
    shown_from     timestamptz,
    shown_until    timestamptz,
    priority       integer NOT NULL CONSTRAINT screen_views_priority CHECK (priority BETWEEN 0 AND 1000),
    -- number of changes, from 1
    version        integer NOT NULL,
    made_by        text NOT NULL,
    created_at     timestamptz NOT NULL,
    changed_by     text NOT NULL,
    updated_at     timestamptz NOT NULL,
    archived_at    timestamptz,
    PRIMARY KEY (environment_id, id),
    CONSTRAINT screen_views_until CHECK (shown_until > shown_from)
);
SELECT place_table('screen_views', 'local');
CREATE UNIQUE INDEX screen_views_name_idx ON screen_views (environment_id, lower(name)) WHERE archived_at IS NULL;
