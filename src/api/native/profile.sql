-- Profiles as JSON. $1 environment, $2 ids, $3 the parts that are wanted: those that are not are not read.
SELECT jsonb_build_object(
    'id', p.id,
    'name', NULLIF(p.name, ''),
    'created_at', p.created_at,
    'updated_at', p.updated_at,
    'first_seen_at', a.first_seen_at,
    -- 1970 stands for: nothing that they did themselves
    'last_seen_at', CASE WHEN a.last_seen_at > 'epoch' THEN a.last_seen_at END,
    'merged_from', (
        SELECT COALESCE(jsonb_agg(m.alias_id ORDER BY m.alias_id), '[]') FROM profile_aliases m
        WHERE m.environment_id = p.environment_id AND m.profile_id = p.id
    )
)
|| CASE WHEN 'identifiers' = ANY($3) THEN jsonb_build_object('identifiers', (
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
        'kind', i.kind, 'value', i.value, 'first_seen_at', i.first_seen_at, 'source', s.name
    ) ORDER BY i.kind DESC, i.value DESC), '[]')
    FROM (
        SELECT * FROM profile_identifiers n
        WHERE n.environment_id = p.environment_id AND n.profile_id = p.id
        ORDER BY n.kind DESC, n.value DESC LIMIT 1000
    ) i JOIN sources s ON s.id = i.source_id
)) ELSE '{}' END
|| CASE WHEN 'attributes' = ANY($3) THEN jsonb_build_object('attributes', p.attributes) ELSE '{}' END
|| CASE WHEN 'tags' = ANY($3) THEN jsonb_build_object('tags', p.tags) ELSE '{}' END
|| CASE WHEN 'addresses' = ANY($3) THEN jsonb_build_object('addresses', (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('channel', d.channel, 'address', d.address) ORDER BY d.channel), '[]')
    FROM addresses d
    WHERE d.environment_id = p.environment_id AND d.profile_id = p.id AND d.address IS NOT NULL
)) ELSE '{}' END
|| CASE WHEN 'devices' = ANY($3) THEN jsonb_build_object('devices', (
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
        'token', d.token, 'type', d.type, 'platform', d.platform, 'model', d.model, 'os_version', d.os_version,
        'active', d.is_active, 'limits_ad_tracking', d.limits_ad_tracking, 'att_status', d.att_status,
        'first_seen_at', d.first_seen_at, 'last_seen_at', d.last_seen_at
    ) ORDER BY d.token), '[]')
    FROM (
        SELECT * FROM devices n
        WHERE n.environment_id = p.environment_id AND n.profile_id = p.id AND NOT n.is_removed
        ORDER BY n.token LIMIT 1000
    ) d
)) ELSE '{}' END
|| CASE WHEN 'subscriptions' = ANY($3) THEN jsonb_build_object('subscriptions', (
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
        'channel', u.channel, 'topic', NULLIF(u.topic, ''), 'state', u.state, 'reason', u.reason
    ) ORDER BY u.channel, u.topic), '[]')
    FROM subscriptions u
    WHERE u.environment_id = p.environment_id AND u.profile_id = p.id
)) ELSE '{}' END
|| CASE WHEN 'consents' = ANY($3) THEN jsonb_build_object('consents', (
    SELECT COALESCE(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'purpose', c.purpose, 'given', c.given, 'document', c.document, 'location', c.location,
        'hardware_id', c.hardware_id
    )) ORDER BY c.purpose), '[]')
    FROM consents c
    WHERE c.environment_id = p.environment_id AND c.profile_id = p.id
)) ELSE '{}' END
|| CASE WHEN 'restrictions' = ANY($3) THEN jsonb_build_object('restrictions', (
    SELECT COALESCE(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'kind', r.kind, 'channel', NULLIF(r.channel, ''),
        'address', CASE WHEN r.address <> '' THEN jsonb_build_object(r.address_channel, r.address) END,
        'cause', r.cause, 'until', r.until, 'words', r.words
    )) ORDER BY r.kind, r.channel, r.address_channel, r.address), '[]')
    FROM (
        SELECT * FROM restrictions n
        WHERE n.environment_id = p.environment_id AND n.profile_id = p.id AND n.cause IS NOT NULL
            AND (n.address = '' OR EXISTS (SELECT FROM addresses d WHERE d.environment_id = n.environment_id
                AND d.profile_id = n.profile_id AND d.channel = n.address_channel AND d.normalised = n.address))
        ORDER BY n.kind, n.channel, n.address_channel, n.address LIMIT 1000
    ) r
)) ELSE '{}' END
|| CASE WHEN 'segments' = ANY($3) THEN jsonb_build_object('segments', (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'since', m.entered_at) ORDER BY s.name, s.id), '[]')
    FROM segment_members m JOIN segments s ON s.environment_id = m.environment_id AND s.id = m.segment_id
    WHERE m.environment_id = p.environment_id AND m.profile_id = p.id AND s.archived_at IS NULL
)) ELSE '{}' END
AS profile, p.id, p.version
FROM profiles p
LEFT JOIN profile_activity a ON a.environment_id = p.environment_id AND a.profile_id = p.id
WHERE p.environment_id = $1 AND p.id = ANY($2) AND p.merged_into IS NULL
