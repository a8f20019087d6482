-- The suppression list of an environment, newest first. An entry is named by when it was said and a digest of what it is of, so that no
-- address on a page tells an email or phone.
CREATE INDEX restrictions_list ON restrictions (environment_id, ((stamp->>0)::bigint),
    (md5(kind || '/' || channel || '/' || address_channel || '/' || CASE WHEN address = '' THEN profile_id::text ELSE address END)::uuid))
    WHERE cause IS NOT NULL AND kind IN ('suppressed', 'blocked');
CREATE INDEX address_restrictions_list ON address_restrictions (environment_id, ((stamp->>0)::bigint),
    (md5(kind || '/' || channel || '/' || address_channel || '/' || address)::uuid))
    WHERE cause IS NOT NULL;
