-- Version 1. What a state needs stands beside it, so that a record that makes no sense cannot be
-- written, by this program or by hand. Moments are milliseconds since 1970 (UTC), money is
-- millionths of a US dollar.

-- What people asked for.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    created INTEGER NOT NULL,
    request TEXT NOT NULL CHECK (json_valid(request)),
    -- Where the first result goes, as JSON; NULL: nothing is downloaded.
    target TEXT CHECK (json_valid(target)),
    overwrite INTEGER NOT NULL CHECK (overwrite IN (0, 1)),
    -- The providers it may be tried at, in order.
    routes TEXT NOT NULL CHECK (json_type(routes) = 'array' AND json_array_length(routes) > 0),
    batch TEXT,
    max_cost INTEGER CHECK (max_cost >= 0),
    max_cost_per_day INTEGER CHECK (max_cost_per_day >= 0),
    allow_unknown_price INTEGER NOT NULL CHECK (allow_unknown_price IN (0, 1)),
    forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1))
) STRICT;

CREATE INDEX jobs_of_batch ON jobs (batch) WHERE batch IS NOT NULL;

-- The processes that drive attempts.
CREATE TABLE holders (
    id INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    beat INTEGER NOT NULL
) STRICT;

-- Each at one provider, for at most one paid job.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES jobs (id),
    -- Which of the job's routes.
    route INTEGER NOT NULL CHECK (route >= 0),
    provider TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'intent', 'submitting', 'accepted', 'running', 'succeeded', 'downloaded',
        'refused', 'failed', 'canceled', 'expired', 'perhaps_charged', 'abandoned')),
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    idempotency_key TEXT,
    -- Where the media were at the submit, as JSON; NULL: where the request says.
    media TEXT CHECK (json_type(media) = 'array'),
    -- When the first byte may have left.
    submitted INTEGER,
    -- The provider's id.
    remote TEXT CHECK (remote <> ''),
    seconds REAL NOT NULL CHECK (seconds >= 0),
    quoted INTEGER CHECK (quoted >= 0),
    -- What counts against caps.
    owed INTEGER CHECK (owed >= 0),
    billed_usd REAL,
    billed_credits REAL,
    reason TEXT,
    holder INTEGER,
    -- Nothing is accepted without an id, nothing is sent without a moment.
    CHECK (remote IS NOT NULL OR state NOT IN (
        'accepted', 'running', 'succeeded', 'downloaded', 'failed', 'canceled', 'expired')),
    CHECK (remote IS NULL OR state NOT IN ('intent', 'submitting', 'refused', 'perhaps_charged')),
    CHECK (submitted IS NOT NULL OR state IN ('intent', 'refused', 'abandoned')),
    CHECK (submitted IS NULL OR state <> 'intent'),
    -- What is refused costs nothing; what is open is set aside in full.
    CHECK (state <> 'refused' OR owed = 0),
    CHECK (state NOT IN ('intent', 'submitting', 'perhaps_charged') OR owed IS quoted),
    -- Nobody drives what has ended.
    CHECK (holder IS NULL OR state IN (
        'intent', 'submitting', 'accepted', 'running', 'succeeded', 'perhaps_charged'))
) STRICT;

CREATE INDEX attempts_of_job ON attempts (job);
CREATE INDEX attempts_by_day ON attempts (created / 86400000, owed);
CREATE INDEX attempts_by_state ON attempts (state);
-- The end of an id tells it from others, and is a third of it.
CREATE INDEX attempts_by_remote ON attempts (substr(remote, -12)) WHERE remote IS NOT NULL;

-- About which something is still to be done or to be found out.
CREATE VIEW open_attempts AS SELECT * FROM attempts WHERE state IN (
    'intent', 'submitting', 'accepted', 'running', 'succeeded', 'perhaps_charged');

-- The results of an attempt, and the files they became.
CREATE TABLE outputs (
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    n INTEGER NOT NULL CHECK (n > 0),
    link TEXT NOT NULL,
    expires INTEGER,
    path TEXT CHECK (json_valid(path)),
    bytes INTEGER CHECK (bytes >= 0),
    sha256 BLOB CHECK (length(sha256) = 32),
    PRIMARY KEY (attempt, n),
    CHECK ((path IS NULL) = (sha256 IS NULL) AND (path IS NULL) = (bytes IS NULL))
) STRICT, WITHOUT ROWID;

-- What happened, in order. Only ever added to.
CREATE TABLE events (
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    n INTEGER NOT NULL CHECK (n > 0),
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (attempt, n)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER attempts_are_not_removed BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'what was spent is never forgotten'); END;
