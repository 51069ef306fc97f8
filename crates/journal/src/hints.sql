-- Version 3. What webhooks said of jobs that are being waited for: the newest hint of each. A number is
-- never given twice, so that whoever has read up to one needs to read only what came after.
CREATE TABLE hints (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    attempt INTEGER NOT NULL UNIQUE REFERENCES attempts (id),
    at INTEGER NOT NULL
) STRICT;

-- Nobody waits any more: so there are never more hints than jobs under way.
CREATE TRIGGER hints_end_with_the_wait AFTER UPDATE OF state ON attempts
WHEN NEW.state NOT IN ('accepted', 'running')
BEGIN DELETE FROM hints WHERE attempt = NEW.id; END;
