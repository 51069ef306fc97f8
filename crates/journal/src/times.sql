-- Version 5. How long a job was in the queue and at work, in milliseconds, as its provider tells; NULL: it
-- does not, or not yet. Without a CHECK, which would make this read every row.
ALTER TABLE attempts ADD COLUMN queued_ms INTEGER;
ALTER TABLE attempts ADD COLUMN running_ms INTEGER;
