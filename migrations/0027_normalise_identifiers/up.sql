-- Ids that are emails compare as emails, and all ids in NFC. Where two claims differ in the writing alone, both stay as they are.
WITH compared AS (
    SELECT environment_id, kind, value AS former,
        normalize(CASE WHEN value ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$' THEN lower(value) ELSE value END, NFC) AS value
    FROM identifier_claims
), alone AS (
    SELECT *, count(*) OVER (PARTITION BY environment_id, kind, value) AS writings FROM compared
)
UPDATE profile_identifiers i SET value = a.value FROM alone a
WHERE i.environment_id = a.environment_id AND i.kind = a.kind AND i.value = a.former AND a.writings = 1 AND a.value <> a.former;
WITH compared AS (
    SELECT environment_id, kind, value AS former,
        normalize(CASE WHEN value ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$' THEN lower(value) ELSE value END, NFC) AS value
    FROM identifier_claims
), alone AS (
    SELECT *, count(*) OVER (PARTITION BY environment_id, kind, value) AS writings FROM compared
)
UPDATE identifier_claims c SET value = a.value FROM alone a
WHERE c.environment_id = a.environment_id AND c.kind = a.kind AND c.value = a.former AND a.writings = 1 AND a.value <> a.former;
UPDATE addresses SET normalised = normalize(normalised, NFC) WHERE channel = 'email' AND normalised IS NOT NFC NORMALIZED;
