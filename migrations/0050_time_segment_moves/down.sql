ALTER TABLE segment_days ADD COLUMN entered bigint NOT NULL DEFAULT 0, ADD COLUMN left_it bigint NOT NULL DEFAULT 0;
ALTER TABLE segment_days ALTER COLUMN entered DROP DEFAULT, ALTER COLUMN left_it DROP DEFAULT;
UPDATE segment_days d SET entered = h.entered, left_it = h.left_it
FROM (SELECT environment_id, segment_id, (hour AT TIME ZONE 'UTC')::date AS day, sum(entered) AS entered, sum(left_it) AS left_it
    FROM segment_hours GROUP BY 1, 2, 3) h
WHERE d.environment_id = h.environment_id AND d.segment_id = h.segment_id AND d.day = h.day;
DROP TABLE segment_hours;
DELETE FROM table_placement WHERE rel = 'segment_hours';
ALTER TABLE segment_moves DROP CONSTRAINT segment_moves_pkey;
ALTER TABLE segment_moves ADD PRIMARY KEY (environment_id, profile_id, id);
