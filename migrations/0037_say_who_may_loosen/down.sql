UPDATE api_keys SET capabilities = array_remove(capabilities, 'loosen')
WHERE kind = 'server' AND 'loosen' = ANY (capabilities) AND cardinality(capabilities) > 1;

-- What was refused is nothing that changed.
DELETE FROM changes WHERE refused IS NOT NULL;
ALTER TABLE changes DROP COLUMN refused;

-- The newest one stays, of two of one time the stricter.
DELETE FROM address_restrictions a USING address_restrictions b
WHERE (a.environment_id, a.address_channel, a.address, a.kind, a.channel)
    = (b.environment_id, b.address_channel, b.address, b.kind, b.channel)
  AND ((a.stamp->0)::bigint, (a.stamp->2)::integer, a.strictness, a.may_loosen)
    < ((b.stamp->0)::bigint, (b.stamp->2)::integer, b.strictness, b.may_loosen);
ALTER TABLE address_restrictions DROP CONSTRAINT address_restrictions_pkey;
ALTER TABLE address_restrictions ADD CONSTRAINT address_restrictions_pkey
    PRIMARY KEY (environment_id, address_channel, address, kind, channel);
ALTER TABLE address_restrictions DROP COLUMN may_loosen, DROP COLUMN strictness;

DELETE FROM address_subscriptions a USING address_subscriptions b
WHERE (a.environment_id, a.address_channel, a.address, a.channel, a.topic)
    = (b.environment_id, b.address_channel, b.address, b.channel, b.topic)
  AND ((a.stamp->0)::bigint, (a.stamp->2)::integer, a.strictness, a.may_loosen)
    < ((b.stamp->0)::bigint, (b.stamp->2)::integer, b.strictness, b.may_loosen);
ALTER TABLE address_subscriptions DROP CONSTRAINT address_subscriptions_pkey;
ALTER TABLE address_subscriptions ADD CONSTRAINT address_subscriptions_pkey
    PRIMARY KEY (environment_id, address_channel, address, channel, topic);
ALTER TABLE address_subscriptions DROP COLUMN may_loosen, DROP COLUMN strictness;

ALTER TABLE restrictions DROP COLUMN statements;
ALTER TABLE consents DROP COLUMN statements;
ALTER TABLE subscriptions DROP COLUMN statements;
