-- Profiles for a file. $1 environment, $2 ids, $3 the columns that are wanted, $4 the attributes: what is not wanted is not read.
SELECT p.id, p.name, p.created_at,
    CASE WHEN 'tags' = ANY($3) THEN p.tags ELSE '{}' END AS tags,
    -- 1970 stands for: nothing that they did themselves
    CASE WHEN a.last_seen_at > 'epoch' THEN a.last_seen_at END AS last_seen_at,
    CASE WHEN 'id' = ANY($3) THEN (
        SELECT i.value FROM profile_identifiers i
        WHERE i.environment_id = p.environment_id AND i.profile_id = p.id AND i.kind = 'id' AND i.retired_at IS NULL
        ORDER BY i.value DESC LIMIT 1
    ) END AS key,
    CASE WHEN 'email' = ANY($3) THEN (
        SELECT d.address FROM addresses d
        WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND d.channel = 'email'
    ) END AS email,
    CASE WHEN 'phone' = ANY($3) THEN (
        SELECT d.address FROM addresses d
        WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND d.channel = 'sms'
    ) END AS phone,
    CASE WHEN 'identifiers' = ANY($3) THEN (
        SELECT COALESCE(jsonb_agg(jsonb_build_array(i.kind, i.value) ORDER BY i.kind DESC, i.value DESC), '[]')
        FROM profile_identifiers i WHERE i.environment_id = p.environment_id AND i.profile_id = p.id
    ) ELSE '[]' END AS identifiers,
    CASE WHEN 'subscriptions' = ANY($3) THEN (
        SELECT COALESCE(jsonb_object_agg(
            s.channel || CASE WHEN s.topic = '' THEN '' ELSE '/' || s.topic END, s.state ORDER BY s.channel, s.topic
        ), '{}')
        FROM subscriptions s WHERE s.environment_id = p.environment_id AND s.profile_id = p.id
    ) ELSE '{}' END AS subscriptions,
    CASE WHEN cardinality($4) = 0 THEN '{}' ELSE (
        SELECT COALESCE(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(p.attributes) e WHERE e.key = ANY($4)
    ) END AS attributes
FROM profiles p
LEFT JOIN profile_activity a ON a.environment_id = p.environment_id AND a.profile_id = p.id
WHERE p.environment_id = $1 AND p.id = ANY($2) AND p.merged_into IS NULL
ORDER BY p.id
