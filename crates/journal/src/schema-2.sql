-- Version 2. The rows of a batch: the same row is the same job, however often its manifest is run.
ALTER TABLE jobs ADD COLUMN batch_row TEXT CHECK (batch_row IS NULL OR batch IS NOT NULL);

CREATE UNIQUE INDEX jobs_by_row ON jobs (batch, batch_row) WHERE batch_row IS NOT NULL;
