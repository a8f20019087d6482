-- Items that were refused, as they were sent; where rest_kept, only a value in them was. Only the newest are here.
CREATE TABLE rejections (
    environment_id smallint NOT NULL,
    received_at    timestamptz NOT NULL,
    id             uuid NOT NULL,
    key_id         uuid NOT NULL,
    format         text NOT NULL,
    kind           text NOT NULL,
    code           text NOT NULL,
    field          text NOT NULL,
    message        text NOT NULL,
    item           jsonb NOT NULL,
    index          integer NOT NULL,
    rest_kept      boolean NOT NULL,
    PRIMARY KEY (environment_id, received_at, id)
);
SELECT place_table('rejections', 'local');
