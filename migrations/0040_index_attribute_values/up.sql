-- A number, or a text that is one: src/attributes/terms.rs reads texts by the same rule.
CREATE FUNCTION number_of(value jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE jsonb_typeof(value)
    WHEN 'number' THEN value::numeric
    WHEN 'string' THEN CASE WHEN value #>> '{}' ~ '^-?[0-9]{1,40}(\.[0-9]{1,40})?$' THEN (value #>> '{}')::numeric END
END
$$;

-- The day with which a date or time begins.
CREATE FUNCTION day_of(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN jsonb_typeof(value) = 'string' AND value #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN left(value #>> '{}', 10) END
$$;

-- Hashes of the values of attributes, by which filters find profiles whatever the case and type of a value. The program computes them, and
-- rows from before get them here, in lower case as Postgres makes it.
ALTER TABLE profiles ADD COLUMN attribute_terms bigint[] NOT NULL DEFAULT '{}';
UPDATE profiles p SET attribute_terms = t.terms
FROM (
    SELECT q.environment_id, q.id,
        array_agg(DISTINCT ('x' || left(encode(sha256(convert_to(r.sign || v.key || E'\x1f' || r.text, 'UTF8')), 'hex'), 16))::bit(64)::bigint) AS terms
    FROM profiles q
    CROSS JOIN LATERAL jsonb_each(q.attributes) v
    CROSS JOIN LATERAL jsonb_path_query(v.value, '$[*]') entry
    CROSS JOIN LATERAL (VALUES
        ('t', lower(CASE WHEN jsonb_typeof(entry) = 'number' THEN trim_scale(number_of(entry))::text ELSE entry #>> '{}' END)),
        ('n', trim_scale(number_of(entry))::text),
        ('d', day_of(entry))) r (sign, text)
    WHERE jsonb_typeof(entry) IN ('string', 'number', 'boolean') AND r.text IS NOT NULL
    GROUP BY q.environment_id, q.id
) t
WHERE t.environment_id = p.environment_id AND t.id = p.id;
CREATE INDEX profiles_attribute_terms_idx ON profiles USING gin (attribute_terms);
DROP INDEX profiles_attributes_idx;
