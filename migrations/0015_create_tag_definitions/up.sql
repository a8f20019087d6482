CREATE TABLE tag_definitions (
    environment_id smallint NOT NULL,
    name           text NOT NULL,
    colour         text NOT NULL DEFAULT 'grey'
        CONSTRAINT tag_definitions_colour CHECK (colour IN ('grey', 'blue', 'green', 'amber', 'red', 'violet')),
    description    text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (environment_id, name)
);
SELECT place_table('tag_definitions', 'reference');

-- What is there already.
INSERT INTO tag_definitions (environment_id, name, created_at)
SELECT p.environment_id, t.name, min(p.created_at) FROM profiles p CROSS JOIN LATERAL unnest(p.tags) AS t (name)
GROUP BY p.environment_id, t.name;
