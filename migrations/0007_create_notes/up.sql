CREATE TABLE notes (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    id             uuid NOT NULL,
    body           text NOT NULL,
    pinned         boolean NOT NULL DEFAULT false,
    version        integer NOT NULL,
    author_id      integer NOT NULL,
    created_at     timestamptz NOT NULL,
    editor_id      integer NOT NULL,
    edited_at      timestamptz NOT NULL,
    deleted_at     timestamptz,
    PRIMARY KEY (environment_id, profile_id, id)
);
SELECT place_table('notes', 'spread', 'profile_id');
ALTER TABLE notes ADD CONSTRAINT notes_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

-- Every text that a note ever had, the current one included.
CREATE TABLE note_versions (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    note_id        uuid NOT NULL,
    version        integer NOT NULL,
    body           text NOT NULL,
    editor_id      integer NOT NULL,
    edited_at      timestamptz NOT NULL,
    PRIMARY KEY (environment_id, profile_id, note_id, version)
);
SELECT place_table('note_versions', 'spread', 'profile_id');
ALTER TABLE note_versions ADD CONSTRAINT note_versions_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;
