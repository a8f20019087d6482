-- Changes of several people that somebody asked for. The id is that of the job which makes the change, once it was confirmed.
CREATE TABLE bulk_changes (
    environment_id smallint NOT NULL,
    id             uuid NOT NULL,
    -- what to do, with its particulars
    change         jsonb NOT NULL,
    -- why, for the ledger; empty where none is asked for
    reason         text NOT NULL,
    created_at     timestamptz NOT NULL,
    -- how many are meant, and of whom nothing is to be changed, when they were chosen
    people         bigint NOT NULL,
    already        bigint NOT NULL,
    kept           bigint NOT NULL,
    PRIMARY KEY (environment_id, id)
);
SELECT place_table('bulk_changes', 'local');

-- Who was chosen, as they were then. Nobody is added later; who is erased stays here as an id until the list goes.
CREATE TABLE bulk_targets (
    environment_id smallint NOT NULL,
    bulk_id        uuid NOT NULL,
    profile_id     uuid NOT NULL,
    -- version of the profile when it was chosen
    version        bigint NOT NULL,
    -- what became of it; null before its turn
    result         text,
    PRIMARY KEY (environment_id, bulk_id, profile_id)
);
SELECT place_table('bulk_targets', 'spread', 'profile_id');
