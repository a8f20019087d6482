-- Word search over names, identifiers and addresses.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What kind of table each is: the record that the schema rules are checked against,
-- and, where the Citus extension exists, the instruction that spreads it.
CREATE TABLE table_placement (
    rel  text PRIMARY KEY,
    kind text NOT NULL CONSTRAINT table_placement_kind CHECK (kind IN ('spread', 'lookup', 'reference', 'local')),
    key  text
);

CREATE FUNCTION place_table(rel text, kind text, key text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO table_placement (rel, kind, key) VALUES (rel, kind, key);
    IF kind = 'local' OR NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
    IF kind = 'reference' THEN
        EXECUTE format('SELECT create_reference_table(%L)', rel);
    ELSE
        EXECUTE format('SELECT create_distributed_table(%L, %L, colocate_with => %L)', rel, key,
                       CASE WHEN kind = 'lookup' OR rel = 'profiles' THEN 'none' ELSE 'profiles' END);
    END IF;
END $$;

SELECT place_table('table_placement', 'local');
