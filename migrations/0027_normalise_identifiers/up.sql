-- Ids that are plain emails compare as emails, and all ids in NFC. Ids keep their writing where another claim or another row of the
-- profile has the new one, where the domain is in Punycode, and, but for NFC, where an email has other letters than ASCII. The ledger keeps
-- the writings of its time, and who was erased by another writing is known by that one. Keys are replaced, not updated: on Citus they
-- place the row.
CREATE TEMP TABLE rewritten AS
WITH compared AS (
    SELECT environment_id, kind, value AS former,
        CASE WHEN value ~ '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$'
                  AND length(split_part(value, '@', 1)) <= 64 AND length(value) <= 254 AND value !~* '[@.]xn--'
             THEN lower(value COLLATE "C") ELSE normalize(value, NFC) END AS value
    FROM identifier_claims
), differing AS (
    SELECT *, count(*) OVER (PARTITION BY environment_id, kind, value) AS writings FROM compared WHERE value <> former
)
SELECT environment_id, kind, former, value FROM differing d
WHERE writings = 1
  AND NOT EXISTS (SELECT FROM identifier_claims c WHERE c.environment_id = d.environment_id AND c.kind = d.kind AND c.value = d.value)
  AND NOT EXISTS (SELECT FROM profile_identifiers i WHERE i.environment_id = d.environment_id AND i.kind = d.kind AND i.value = d.value);

UPDATE profile_identifiers i SET value = r.value FROM rewritten r
WHERE i.environment_id = r.environment_id AND i.kind = r.kind AND i.value = r.former;

UPDATE merges m SET identifiers = (
    SELECT jsonb_agg(CASE WHEN r.value IS NULL THEN had ELSE jsonb_build_array(r.kind, r.value) END ORDER BY place)
    FROM jsonb_array_elements(m.identifiers) WITH ORDINALITY AS h (had, place)
    LEFT JOIN rewritten r ON r.environment_id = m.environment_id AND r.kind = had ->> 0 AND r.former = had ->> 1)
WHERE EXISTS (
    SELECT FROM jsonb_array_elements(m.identifiers) AS h (had)
    JOIN rewritten r ON r.environment_id = m.environment_id AND r.kind = had ->> 0 AND r.former = had ->> 1);

INSERT INTO identifier_claims (environment_id, kind, value, profile_id, claimed_at, not_before)
SELECT c.environment_id, c.kind, r.value, c.profile_id, c.claimed_at, c.not_before
FROM identifier_claims c JOIN rewritten r ON r.environment_id = c.environment_id AND r.kind = c.kind AND r.former = c.value;
DELETE FROM identifier_claims c USING rewritten r
WHERE r.environment_id = c.environment_id AND r.kind = c.kind AND r.former = c.value;
DROP TABLE rewritten;

UPDATE addresses SET normalised = normalize(normalised, NFC) WHERE channel = 'email' AND normalised IS NOT NFC NORMALIZED;
-- Of one address in two writings, the later statement counts.
INSERT INTO address_subscriptions AS kept (environment_id, address_channel, address, channel, topic, state, reason, stamp)
SELECT DISTINCT ON (environment_id, address_channel, normalize(address, NFC), channel, topic)
    environment_id, address_channel, normalize(address, NFC), channel, topic, state, reason, stamp
FROM address_subscriptions WHERE address IS NOT NFC NORMALIZED
ORDER BY environment_id, address_channel, normalize(address, NFC), channel, topic, stamp DESC
ON CONFLICT (environment_id, address_channel, address, channel, topic) DO UPDATE
SET state = EXCLUDED.state, reason = EXCLUDED.reason, stamp = EXCLUDED.stamp WHERE EXCLUDED.stamp > kept.stamp;
DELETE FROM address_subscriptions WHERE address IS NOT NFC NORMALIZED;
