-- NULL: the row's own statement, whose source may loosen. Else every statement that counts, or may count once an older one arrives.
ALTER TABLE subscriptions ADD COLUMN statements jsonb;
ALTER TABLE consents ADD COLUMN statements jsonb;
ALTER TABLE restrictions ADD COLUMN statements jsonb;

-- Of an address the newest statement of each strictness is kept, of sources that may loosen and of those that may not.
ALTER TABLE address_subscriptions ADD COLUMN strictness bigint;
UPDATE address_subscriptions SET strictness = array_position(ARRAY['subscribed', 'pending', 'unsubscribed'], state) - 1;
ALTER TABLE address_subscriptions ALTER COLUMN strictness SET NOT NULL;
ALTER TABLE address_subscriptions ADD COLUMN may_loosen boolean NOT NULL DEFAULT true;
ALTER TABLE address_subscriptions DROP CONSTRAINT address_subscriptions_pkey;
ALTER TABLE address_subscriptions ADD CONSTRAINT address_subscriptions_pkey
    PRIMARY KEY (environment_id, address_channel, address, channel, topic, strictness, may_loosen);

-- Lifted, in force until a time in microseconds, in force.
ALTER TABLE address_restrictions ADD COLUMN strictness bigint;
UPDATE address_restrictions SET strictness = CASE
    WHEN cause IS NULL THEN -9223372036854775808
    WHEN until IS NULL THEN 9223372036854775807
    ELSE (extract(epoch FROM until) * 1000000)::bigint END;
ALTER TABLE address_restrictions ALTER COLUMN strictness SET NOT NULL;
ALTER TABLE address_restrictions ADD COLUMN may_loosen boolean NOT NULL DEFAULT true;
ALTER TABLE address_restrictions DROP CONSTRAINT address_restrictions_pkey;
ALTER TABLE address_restrictions ADD CONSTRAINT address_restrictions_pkey
    PRIMARY KEY (environment_id, address_channel, address, kind, channel, strictness, may_loosen);

-- What was said and not taken, where the value stayed as it was.
ALTER TABLE changes ADD COLUMN refused jsonb;

-- Keys for servers go on as they did.
UPDATE api_keys SET capabilities = array_append(capabilities, 'loosen')
WHERE kind = 'server' AND NOT 'loosen' = ANY (capabilities);
