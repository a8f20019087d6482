-- Attributes that say whether somebody belongs to a segment, of this workspace or of another one of its group.
CREATE TABLE membership_attributes (
    -- whose profiles have the attribute
    environment_id      smallint NOT NULL,
    id                  uuid NOT NULL,
    attribute           text NOT NULL,
    from_environment_id smallint NOT NULL,
    segment_id          uuid NOT NULL,
    rhythm              text NOT NULL CONSTRAINT membership_attributes_rhythm CHECK (rhythm IN ('hand', 'six hours', 'day')),
    created_at          timestamptz NOT NULL,
    -- null: only when somebody asks for it
    due_at              timestamptz,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('membership_attributes', 'local');
CREATE UNIQUE INDEX membership_attributes_segment_idx
    ON membership_attributes (from_environment_id, segment_id, environment_id);

-- What became of each attribute in each synchronisation, which is a job of the same id.
CREATE TABLE membership_syncs (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    membership_id  uuid NOT NULL,
    began_at       timestamptz NOT NULL,
    is_by_hand     boolean NOT NULL,
    -- how many belong to the segment, and for how many that is new
    members        bigint NOT NULL,
    entered        bigint NOT NULL,
    left_it        bigint NOT NULL,
    PRIMARY KEY (environment_id, membership_id, id)
);
SELECT place_table('membership_syncs', 'local');
ALTER TABLE membership_syncs ADD CONSTRAINT membership_syncs_membership_fk
    FOREIGN KEY (environment_id, membership_id) REFERENCES membership_attributes (environment_id, id) ON DELETE CASCADE;
