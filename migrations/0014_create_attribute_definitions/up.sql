-- Every attribute that anybody ever said something of, with what people decided about it.
CREATE TABLE attribute_definitions (
    environment_id smallint NOT NULL,
    -- as senders say it; never changes
    name           text NOT NULL,
    -- '': made of the name
    display_name   text NOT NULL DEFAULT '',
    description    text NOT NULL DEFAULT '',
    type           text NOT NULL
        CONSTRAINT attribute_definitions_type CHECK (type IN ('text', 'number', 'boolean', 'date', 'list', 'object')),
    -- people chose the type, so that what arrives is read as that; else it is a guess from the first value
    is_typed       boolean NOT NULL DEFAULT false,
    -- whose values it has: said of people, or worked out by kith alone
    origin         text NOT NULL DEFAULT 'said'
        CONSTRAINT attribute_definitions_origin CHECK (origin IN ('said', 'calculated', 'membership')),
    in_table       boolean NOT NULL DEFAULT false,
    is_filterable  boolean NOT NULL DEFAULT false,
    is_sensitive   boolean NOT NULL DEFAULT false,
    -- its place on profiles; null: after those that have one, by name
    place          integer,
    created_at     timestamptz NOT NULL,
    retired_at     timestamptz,
    PRIMARY KEY (environment_id, name)
);
SELECT place_table('attribute_definitions', 'reference');

-- What is there already.
INSERT INTO attribute_definitions (environment_id, name, type, created_at)
SELECT p.environment_id, m.name,
    coalesce(min(CASE jsonb_typeof(p.attributes -> m.name)
        WHEN 'number' THEN 'number' WHEN 'boolean' THEN 'boolean' WHEN 'array' THEN 'list' WHEN 'object' THEN 'object'
        WHEN 'string' THEN 'text' END), 'text'),
    min(p.created_at)
FROM profiles p CROSS JOIN LATERAL jsonb_object_keys(p.attribute_meta) AS m (name)
GROUP BY p.environment_id, m.name;
