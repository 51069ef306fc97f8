-- Version 2. Batches.

-- Its rows: the same row is the same job, however often the manifest is run.
ALTER TABLE jobs ADD COLUMN batch_row TEXT CHECK (batch_row IS NULL OR batch IS NOT NULL);

CREATE UNIQUE INDEX jobs_by_row ON jobs (batch, batch_row) WHERE batch_row IS NOT NULL;

-- When the provider answered that it had made the job.
ALTER TABLE attempts ADD COLUMN accepted INTEGER;

-- What counts against the caps that a key has at its provider: what runs, and what has just begun. It is
-- counted before every submit, so the indexes hold all that is asked for.
CREATE INDEX attempts_in_flight ON attempts (provider, submitted, state)
    WHERE state IN ('submitting', 'accepted', 'running', 'perhaps_charged');
CREATE INDEX attempts_by_start ON attempts (provider, accepted) WHERE accepted IS NOT NULL;
