-- What a key that pages carry may overwrite of people who have an id. Keys that are there go on as today's clients need it.
ALTER TABLE api_keys ADD COLUMN may_overwrite text NOT NULL DEFAULT 'attributes'
    CONSTRAINT api_keys_may_overwrite CHECK (may_overwrite IN ('attributes', 'nothing'));
