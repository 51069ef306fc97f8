-- Version 6. What somebody agreed to pay for a job, each of its attempts; NULL: nobody was asked. Without a
-- CHECK, which would make this read every row.
ALTER TABLE jobs ADD COLUMN agreed INTEGER;
