-- The ledger: who changed what, when, from where, and what it was before. Append-only.
CREATE TABLE changes (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    recorded_at    timestamptz NOT NULL,
    id             uuid NOT NULL,
    as_of          timestamptz NOT NULL,
    kind           text NOT NULL,
    subject        text NOT NULL,
    before         jsonb,
    after          jsonb,
    reason         text,
    source_id      integer NOT NULL,
    -- one form, one import, one call
    group_id       uuid NOT NULL,
    PRIMARY KEY (environment_id, profile_id, recorded_at, id)
) PARTITION BY RANGE (recorded_at);
SELECT place_table('changes', 'spread', 'profile_id');
