-- The moves of a profile are read by time, page by page, as its timeline is.
ALTER TABLE segment_moves DROP CONSTRAINT segment_moves_pkey;
ALTER TABLE segment_moves ADD PRIMARY KEY (environment_id, profile_id, moved_at, id);

-- How many entered and left in each hour, for a little longer than the seven days that are shown. Sizes stay by day.
CREATE TABLE segment_hours (
    environment_id smallint NOT NULL,
    segment_id     uuid NOT NULL,
    -- its beginning
    hour           timestamptz NOT NULL,
    entered        bigint NOT NULL,
    left_it        bigint NOT NULL,
    PRIMARY KEY (environment_id, segment_id, hour)
);
SELECT place_table('segment_hours', 'local');
ALTER TABLE segment_hours ADD CONSTRAINT segment_hours_segment_fk
    FOREIGN KEY (environment_id, segment_id) REFERENCES segments (environment_id, id) ON DELETE CASCADE;
INSERT INTO segment_hours (environment_id, segment_id, hour, entered, left_it)
SELECT environment_id, segment_id, date_trunc('hour', moved_at, 'UTC'), count(*) FILTER (WHERE has_entered), count(*) FILTER (WHERE NOT has_entered)
FROM segment_moves WHERE moved_at > (SELECT max(moved_at) - interval '8 days' FROM segment_moves) GROUP BY 1, 2, 3;
ALTER TABLE segment_days DROP COLUMN entered, DROP COLUMN left_it;
