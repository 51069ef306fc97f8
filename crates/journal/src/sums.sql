-- Version 4. What counts against caps, by batch and by day, kept as it changes: a batch of 50,000 rows asks
-- before each of them, and would sum all the others.
CREATE TABLE batch_sums (batch TEXT PRIMARY KEY, owed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE day_sums (day INTEGER PRIMARY KEY, owed INTEGER NOT NULL) STRICT;

INSERT INTO batch_sums SELECT batch, coalesce(sum(owed), 0) FROM attempts JOIN jobs ON jobs.id = job
    WHERE batch IS NOT NULL GROUP BY batch;
INSERT INTO day_sums SELECT created / 86400000, coalesce(sum(owed), 0) FROM attempts
    GROUP BY created / 86400000;

CREATE TRIGGER sums_begin AFTER INSERT ON attempts WHEN NEW.owed > 0
BEGIN
    INSERT INTO batch_sums SELECT batch, NEW.owed FROM jobs WHERE id = NEW.job AND batch IS NOT NULL
        ON CONFLICT (batch) DO UPDATE SET owed = owed + excluded.owed;
    INSERT INTO day_sums VALUES (NEW.created / 86400000, NEW.owed)
        ON CONFLICT (day) DO UPDATE SET owed = owed + excluded.owed;
END;

CREATE TRIGGER sums_change AFTER UPDATE OF owed ON attempts WHEN NEW.owed IS NOT OLD.owed
BEGIN
    INSERT INTO batch_sums SELECT batch, coalesce(NEW.owed, 0) - coalesce(OLD.owed, 0) FROM jobs
        WHERE id = NEW.job AND batch IS NOT NULL
        ON CONFLICT (batch) DO UPDATE SET owed = owed + excluded.owed;
    INSERT INTO day_sums VALUES (NEW.created / 86400000, coalesce(NEW.owed, 0) - coalesce(OLD.owed, 0))
        ON CONFLICT (day) DO UPDATE SET owed = owed + excluded.owed;
END;
