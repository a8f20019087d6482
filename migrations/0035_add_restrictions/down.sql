ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_state;
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_state
    CHECK (state IN ('subscribed', 'pending', 'unsubscribed', 'suppressed'));
ALTER TABLE address_subscriptions DROP CONSTRAINT address_subscriptions_state;
ALTER TABLE address_subscriptions ADD CONSTRAINT address_subscriptions_state
    CHECK (state IN ('subscribed', 'pending', 'unsubscribed', 'suppressed'));

-- Back to the state 'suppressed', where there is one for it. A pause and what was said of one address have none.
INSERT INTO subscriptions (environment_id, profile_id, channel, topic, state, reason, stamp)
SELECT DISTINCT ON (environment_id, profile_id, line) environment_id, profile_id, line, '', 'suppressed', reason, stamp
FROM (
    SELECT *, CASE kind WHEN 'disabled' THEN 'all' WHEN 'blocked' THEN address_channel ELSE channel END AS line,
        CASE WHEN kind = 'disabled' THEN 'status' WHEN cause = 'complaint' THEN 'complaint'
            WHEN kind = 'blocked' OR cause = 'hard_bounce' AND channel IN ('push', 'webpush', 'inapp') THEN 'bounce'
            WHEN cause = 'manual' THEN 'user' WHEN cause IN ('list', 'import') THEN cause ELSE 'api' END AS reason
    FROM restrictions r
    WHERE cause IS NOT NULL AND kind <> 'paused' AND until IS NULL AND (address = '' OR kind = 'blocked' AND EXISTS (
        SELECT FROM addresses a WHERE a.environment_id = r.environment_id AND a.profile_id = r.profile_id
            AND a.channel = r.address_channel AND a.normalised = r.address))
) r
ORDER BY environment_id, profile_id, line, kind = 'disabled' DESC
ON CONFLICT (environment_id, profile_id, channel, topic) DO UPDATE SET
    state = excluded.state, reason = excluded.reason, stamp = excluded.stamp;

INSERT INTO address_subscriptions (environment_id, address_channel, address, channel, topic, state, reason, stamp)
SELECT environment_id, address_channel, address, CASE kind WHEN 'blocked' THEN address_channel ELSE channel END, '', 'suppressed',
    CASE WHEN cause = 'complaint' THEN 'complaint' WHEN kind = 'blocked' THEN 'bounce' ELSE 'api' END, stamp
FROM address_restrictions WHERE cause IS NOT NULL AND until IS NULL
ON CONFLICT DO NOTHING;

DELETE FROM table_placement WHERE rel IN ('restrictions', 'address_restrictions');
DROP TABLE address_restrictions;
DROP TABLE restrictions;
