-- People who had the same address before that was looked for are suggested for merging, as they would be if it was given to them now.
-- What more than twenty have is kept as shared.
CREATE TEMP TABLE holders AS
WITH known AS (
    SELECT a.environment_id, a.channel, a.normalised AS address, a.profile_id, p.updated_at AS since, p.source_id
    FROM addresses a
    JOIN profiles p ON p.environment_id = a.environment_id AND p.id = a.profile_id AND p.merged_into IS NULL
    WHERE a.normalised IS NOT NULL
      AND EXISTS (SELECT FROM profile_identifiers i WHERE i.environment_id = a.environment_id AND i.profile_id = a.profile_id
                  AND i.kind <> 'anonymous_id')
    UNION
    SELECT c.environment_id, CASE WHEN c.kind = 'phone' THEN 'sms' ELSE 'email' END, c.value, c.profile_id, p.updated_at, p.source_id
    FROM identifier_claims c JOIN profiles p ON p.environment_id = c.environment_id AND p.id = c.profile_id
    WHERE c.kind IN ('email', 'phone') OR c.kind = 'id' AND c.value LIKE '%@%'
)
SELECT environment_id, channel, address, count(*) AS n, (array_agg(profile_id ORDER BY profile_id))[1:20] AS people, max(since) AS since,
    max(source_id) AS source_id
FROM known GROUP BY environment_id, channel, address HAVING count(*) > 1;

INSERT INTO merge_suggestions (environment_id, profile_id, other_id, kind, value, source_id, first_at, last_at)
SELECT DISTINCT ON (h.environment_id, one, other) h.environment_id, one, other,
    CASE WHEN h.channel = 'email' THEN 'email' ELSE 'phone' END, h.address, h.source_id, h.since, h.since
FROM holders h CROSS JOIN LATERAL unnest(h.people) AS a (one) CROSS JOIN LATERAL unnest(h.people) AS b (other)
WHERE h.n <= 20 AND one < other
ORDER BY h.environment_id, one, other, h.channel
ON CONFLICT DO NOTHING;

INSERT INTO shared_addresses (environment_id, channel, address, first_at, last_at)
SELECT environment_id, channel, address, since, since FROM holders WHERE n > 20
ON CONFLICT DO NOTHING;
DROP TABLE holders;
