-- Emails that people confirmed, and what was ever said of email on the whole. Both only grow.
CREATE TABLE confirmations (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    -- the normalised email, or 'email' for what was said of email on the whole
    subject        text NOT NULL,
    value          jsonb NOT NULL,
    stamp          jsonb NOT NULL,
    PRIMARY KEY (environment_id, profile_id, subject)
);
SELECT place_table('confirmations', 'spread', 'profile_id');
ALTER TABLE confirmations ADD CONSTRAINT confirmations_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;
INSERT INTO confirmations (environment_id, profile_id, subject, value, stamp)
SELECT environment_id, profile_id, 'email', jsonb_strip_nulls(jsonb_build_object(
    'yes', CASE WHEN state = 'subscribed' AND reason <> 'import' THEN stamp->0 END,
    'weak', CASE WHEN state = 'subscribed' AND reason = 'import' THEN to_jsonb(0) END, 'no', CASE state WHEN 'unsubscribed' THEN stamp->0 END,
    'pending', CASE state WHEN 'pending' THEN true END)), stamp
FROM subscriptions WHERE channel = 'email' AND topic = '';

-- Messages that are to ask people to confirm their email.
CREATE TABLE confirmation_requests (
    environment_id smallint NOT NULL,
    profile_id     uuid NOT NULL,
    id             uuid NOT NULL,
    -- the normalised email that is asked
    address        text NOT NULL,
    -- when the subscription was said that waits for it
    said_at        timestamptz NOT NULL,
    wanted_at      timestamptz NOT NULL,
    -- when it is tried next
    due_at         timestamptz NOT NULL,
    status         text NOT NULL CONSTRAINT confirmation_requests_status CHECK (status IN ('waiting', 'asked', 'ended')),
    -- the operator who asked for it again; null: it follows from the subscription
    source_id      integer,
    asked_at       timestamptz,
    message_id     uuid,
    -- why it was not asked, as the rest of a sentence
    why            text,
    PRIMARY KEY (environment_id, profile_id, id)
);
SELECT place_table('confirmation_requests', 'spread', 'profile_id');
ALTER TABLE confirmation_requests ADD CONSTRAINT confirmation_requests_profile_fk
    FOREIGN KEY (environment_id, profile_id) REFERENCES profiles (environment_id, id) ON DELETE CASCADE;
CREATE INDEX confirmation_requests_due_idx ON confirmation_requests (environment_id, due_at) WHERE status = 'waiting';
CREATE INDEX confirmation_requests_asked_idx ON confirmation_requests (environment_id, address, asked_at);

-- Since when a new subscription is to be confirmed, and by which template that is asked; null: by kith's own words.
ALTER TABLE channel_rules ADD COLUMN confirms_since timestamptz, ADD COLUMN confirmation_template uuid;
-- Where it was decided before, it holds for what is said from here on.
UPDATE channel_rules SET confirms_since = interval '1 microsecond' + coalesce(greatest((SELECT max(updated_at) FROM profiles),
    (SELECT 'epoch'::timestamptz + max((stamp->0)::bigint) * interval '1 microsecond' FROM subscriptions WHERE channel = 'email' AND topic = '')), 'epoch')
WHERE confirms;
-- The normalised email that the message asks to be confirmed.
ALTER TABLE messages ADD COLUMN confirms text;
