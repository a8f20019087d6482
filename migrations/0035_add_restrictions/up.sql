-- What keeps messages from somebody whatever they want: the newest statement under each key. A lifted one has no cause.
CREATE TABLE restrictions (
    environment_id  smallint NOT NULL,
    profile_id      uuid NOT NULL,
    kind            text NOT NULL
        CONSTRAINT restrictions_kind CHECK (kind IN ('disabled', 'paused', 'suppressed', 'blocked')),
    -- of an entry of the suppression list, where 'all' is every channel; else ''
    channel         text NOT NULL,
    -- the address that it is of, normalised; '' is the person
    address_channel text NOT NULL,
    address         text NOT NULL,
    cause           text,
    until           timestamptz,
    words           text,
    stamp           jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, kind, channel, address_channel, address)
);
SELECT place_table('restrictions', 'spread', 'profile_id');
ALTER TABLE restrictions ADD CONSTRAINT restrictions_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;

-- What was said about an address alone: it holds for whoever gets that address later too.
CREATE TABLE address_restrictions (
    environment_id  smallint NOT NULL,
    address_channel text NOT NULL,
    address         text NOT NULL,
    kind            text NOT NULL CONSTRAINT address_restrictions_kind CHECK (kind IN ('suppressed', 'blocked')),
    channel         text NOT NULL,
    cause           text,
    until           timestamptz,
    words           text,
    stamp           jsonb NOT NULL,
    PRIMARY KEY (environment_id, address_channel, address, kind, channel)
);
SELECT place_table('address_restrictions', 'lookup', 'address');

-- The state 'suppressed' of a whole line moves here: by status it was all messages off, by a bounce or complaint it was of the address
-- that the channel used, else it was an entry of the suppression list.
INSERT INTO restrictions (environment_id, profile_id, kind, channel, address_channel, address, cause, stamp)
SELECT s.environment_id, s.profile_id,
    CASE WHEN s.channel = 'all' AND s.reason = 'status' THEN 'disabled' WHEN a.normalised IS NOT NULL THEN 'blocked' ELSE 'suppressed' END,
    CASE WHEN s.channel = 'all' AND s.reason = 'status' OR a.normalised IS NOT NULL THEN '' ELSE s.channel END,
    coalesce(a.channel, ''), coalesce(a.normalised, ''),
    CASE s.reason WHEN 'complaint' THEN 'complaint' WHEN 'bounce' THEN 'hard_bounce' WHEN 'user' THEN 'manual' WHEN 'list' THEN 'list'
        WHEN 'import' THEN 'import' ELSE 'api' END,
    s.stamp
FROM subscriptions s
LEFT JOIN addresses a ON a.environment_id = s.environment_id AND a.profile_id = s.profile_id AND s.reason IN ('bounce', 'complaint')
    AND a.channel = CASE WHEN s.channel IN ('sms', 'voice', 'whatsapp') THEN 'sms' ELSE s.channel END
WHERE s.state = 'suppressed' AND s.topic = ''
-- Several channels use one phone number.
ON CONFLICT DO NOTHING;
DELETE FROM subscriptions WHERE state = 'suppressed' AND topic = '';
UPDATE subscriptions SET state = 'unsubscribed' WHERE state = 'suppressed';

INSERT INTO address_restrictions (environment_id, address_channel, address, kind, channel, cause, stamp)
SELECT s.environment_id, s.address_channel, s.address,
    CASE WHEN s.reason IN ('bounce', 'complaint') THEN 'blocked' ELSE 'suppressed' END,
    CASE WHEN s.reason IN ('bounce', 'complaint') THEN '' ELSE s.channel END,
    CASE s.reason WHEN 'complaint' THEN 'complaint' WHEN 'bounce' THEN 'hard_bounce' WHEN 'user' THEN 'manual' WHEN 'list' THEN 'list'
        WHEN 'import' THEN 'import' ELSE 'api' END,
    s.stamp
FROM address_subscriptions s
WHERE s.state = 'suppressed' AND s.topic = ''
ON CONFLICT DO NOTHING;
DELETE FROM address_subscriptions WHERE state = 'suppressed' AND topic = '';
UPDATE address_subscriptions SET state = 'unsubscribed' WHERE state = 'suppressed';

-- Nothing has written the state of an address so far, but a database may have some all the same.
INSERT INTO restrictions (environment_id, profile_id, kind, channel, address_channel, address, cause, words, stamp)
SELECT environment_id, profile_id, 'blocked', '', channel, normalised, 'hard_bounce', left(health_reason, 500), stamp
FROM addresses WHERE health = 'blocked' AND normalised IS NOT NULL
ON CONFLICT DO NOTHING;

-- What would be stored as a subscription by an older program must not be lost: it is refused.
ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_state;
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_state CHECK (state IN ('subscribed', 'pending', 'unsubscribed'));
ALTER TABLE address_subscriptions DROP CONSTRAINT address_subscriptions_state;
ALTER TABLE address_subscriptions ADD CONSTRAINT address_subscriptions_state CHECK (state IN ('subscribed', 'pending', 'unsubscribed'));
