-- The number of the process that works on a job. It holds the advisory lock of that number as long as it lives; held_until is not used any more.
ALTER TABLE jobs ADD COLUMN held_by integer;
