-- Addresses that so many people have that no two of them are suggested for merging because of it.
CREATE TABLE shared_addresses (
    environment_id smallint NOT NULL,
    channel        text NOT NULL,
    address        text NOT NULL,
    first_at       timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    PRIMARY KEY (environment_id, channel, address)
);
SELECT place_table('shared_addresses', 'reference');
CREATE INDEX shared_addresses_last_idx ON shared_addresses (environment_id, last_at, channel, address);
-- Suggestions follow whoever becomes part of somebody else, and go with whoever is erased.
CREATE INDEX merge_suggestions_other_idx ON merge_suggestions (environment_id, other_id);
