//! What can go wrong with the journal itself, and with asking it for money.

use std::{error, fmt, path::PathBuf};

use crate::{
    State, Usd,
    record::{AttemptId, JobId},
};

/// What went wrong with the journal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file or its directory cannot be made, read or locked.
    ///
    /// *What to do:* mend what the message names, or keep the journal elsewhere.
    #[error("the journal {} cannot be used: {source}", path.display())]
    Unusable {
        /// The journal.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The journal was written by a newer reshoot.
    ///
    /// *What to do:* use that one. Nothing was changed.
    #[error("the journal has version {found}, this reshoot knows up to {known}: use a newer one")]
    Newer {
        /// Its version.
        found: i64,
        /// The newest version that this build knows.
        known: i64,
    },
    /// What the disk promises cannot be had: see [`crate::Journal::open`].
    ///
    /// *What to do:* keep the journal on a local disk.
    #[error(
        "the journal cannot be made safe against power loss here ({0}): keep it on a local disk"
    )]
    NotDurable(String),
    /// Somebody else moved the attempt, or drives it now.
    ///
    /// *What to do:* look at it again; nothing was overwritten.
    #[error("attempt {attempt} was to become {to}, but another process has moved it on")]
    Moved {
        /// The attempt.
        attempt: AttemptId,
        /// What it was to become.
        to: State,
    },
    /// There is no such job.
    #[error("the journal holds no job {0}")]
    NoSuchJob(String),
    /// Something about the job is still to be done or to be found out.
    ///
    /// *What to do:* resume it, or abandon it.
    #[error("job {job} is {state}: something about it is still to be done")]
    Open {
        /// The job.
        job: JobId,
        /// Where it stands.
        state: State,
    },
    /// The row of a batch is a job already.
    ///
    /// *What to do:* lead that one on.
    #[error("this row of the batch is job {0} already")]
    RowTaken(JobId),
    /// There is nothing to be found out about the job.
    #[error("job {job} is {state}: it is known what became of its submit")]
    NotInDoubt {
        /// The job.
        job: JobId,
        /// Where it stands.
        state: State,
    },
    /// Another process drives the job.
    ///
    /// *What to do:* wait for it, or end it.
    #[error("job {job} is driven by another process")]
    Driven {
        /// The job.
        job: JobId,
    },
    /// The edit may not be begun: nothing was recorded, nothing was spent.
    #[error(transparent)]
    OverCap(#[from] OverCap),
    /// A record cannot be read.
    ///
    /// *What to do:* report it; the record stays as it is.
    #[error("the journal holds a record that cannot be read: {0}")]
    Unreadable(String),
    /// The store failed: disk full, damaged, or busy for too long.
    ///
    /// *What to do:* as the message says. What was acknowledged before is safe.
    #[error("the journal could not be read or written: {0}")]
    Store(#[from] StoreError),
}

/// A failure of the store below, in its own words.
#[derive(Debug)]
pub struct StoreError(Box<dyn error::Error + Send + Sync>);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for StoreError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(StoreError(Box::new(error)))
    }
}

impl From<serde_json::Error> for JournalError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Why an edit may not be begun: it could cost more than it may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OverCap {
    /// The price is unknown, and so cannot be held under a cap.
    #[error("{provider} publishes no price, so it cannot be kept under a cap")]
    UnknownPrice {
        /// The provider.
        provider: String,
    },
    /// The edit, with all that its scope has cost or set aside before, would pass the cap.
    #[error("it would cost {quote}; {} of the {cap} for {scope} are left", left(*.spent, *.cap))]
    Exceeded {
        /// For what the cap holds.
        scope: Scope,
        /// The cap.
        cap: Usd,
        /// What was spent or set aside before.
        spent: Usd,
        /// What this edit would cost at most.
        quote: Usd,
    },
    /// The edit would cost more than was said when somebody agreed to it.
    #[error("it would cost {quote}, and {agreed} was agreed to")]
    Dearer {
        /// What was agreed to.
        agreed: Usd,
        /// What it would cost at most by now.
        quote: Usd,
    },
}

fn left(spent: Usd, cap: Usd) -> Usd {
    Usd::from_micros(cap.micros().saturating_sub(spent.micros()))
}

/// For what a cap holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// One job, all its attempts together.
    Job,
    /// All jobs of a batch.
    Batch(String),
    /// All jobs of this journal begun on one day, UTC.
    Day,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job => f.write_str("this job"),
            Self::Batch(name) => write!(f, "batch {name:?}"),
            Self::Day => f.write_str("today (UTC)"),
        }
    }
}
