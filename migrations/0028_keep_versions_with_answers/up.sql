-- Of an answer with a profile: the version by which a sender changes it.
ALTER TABLE idempotent_calls ADD COLUMN etag text;
