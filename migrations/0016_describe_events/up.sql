-- How an event is shown and what it counts as.
ALTER TABLE event_definitions ADD COLUMN display_name text NOT NULL DEFAULT '';
ALTER TABLE event_definitions ADD COLUMN description text NOT NULL DEFAULT '';
-- a sign or two, such as an emoji
ALTER TABLE event_definitions ADD COLUMN icon text NOT NULL DEFAULT '';
-- properties shown when it is opened; none: all
ALTER TABLE event_definitions ADD COLUMN shown text[] NOT NULL DEFAULT '{}';
-- properties that its one line says; none: whatever says most
ALTER TABLE event_definitions ADD COLUMN summary text[] NOT NULL DEFAULT '{}';
-- it tells the fate of a message
ALTER TABLE event_definitions ADD COLUMN is_message boolean NOT NULL DEFAULT false;
-- it is an order, and this property says what it was worth
ALTER TABLE event_definitions ADD COLUMN revenue text;
-- null: for good
ALTER TABLE event_definitions ADD COLUMN keep_days integer
    CONSTRAINT event_definitions_keep CHECK (keep_days BETWEEN 1 AND 3660);

UPDATE event_definitions SET is_message = true
WHERE kind = 'event' AND name ~* '^(e-?mail|sms|text|push|web ?push|message|whatsapp|in-?app)\y.*\y(sent|delivered|opened|clicked|bounced|failed|dropped|undelivered|unsubscribed|queued|suppressed)$';
UPDATE event_definitions SET revenue = 'total'
WHERE kind = 'event' AND lower(regexp_replace(name, '[ _.-]', '', 'g')) IN ('ordercompleted', 'orderplaced', 'purchase', 'purchased', 'transactioncharge');
