//! What happens while a job is led, as it happens.

use std::time::Duration;

use reshoot_core::{Checked, Error, Job, JobRef, Polled, Progress, Violations};

use super::RunError;
use crate::{
    JobId,
    record::{AttemptId, Via},
};

/// What happens while a job is led.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// The job is in the journal.
    Recorded(JobId),
    /// The request breaks no limit of this provider; this is what it costs there.
    Checked(&'a Checked),
    /// This provider cannot run the request, and is left out.
    Skipped(&'a Violations),
    /// Local files are on their way.
    Staging {
        /// How many.
        files: usize,
    },
    /// As many jobs run or begin at this provider as may: this one waits for its turn.
    Queued {
        /// Where.
        via: &'a Via,
    },
    /// The paid request leaves now.
    Submitting {
        /// Where to.
        via: &'a Via,
        /// The key that makes it harmless to repeat, where the provider honours one.
        idempotency_key: Option<&'a str>,
    },
    /// The provider refused for a passing reason, and will be asked again after this wait.
    Deferred(&'a Error, Duration),
    /// The provider made a job; its id is in the journal.
    Accepted(&'a Job),
    /// Nothing is owed for this attempt, proved; another provider is tried.
    GoingOn {
        /// Why it ended.
        error: &'a RunError,
        /// Which provider is tried next.
        next: &'a Via,
    },
    /// It is not known whether a submit made a job: the provider is asked.
    Reconciling {
        /// Which attempt.
        attempt: AttemptId,
        /// At which provider.
        via: &'a Via,
    },
    /// The job that a submit made was found.
    Adopted(&'a JobRef),
    /// It is proved that a submit made no job.
    Absent,
    /// The job is waited for. Told before the first poll, and before each that is good.
    Waiting {
        /// How old the job is.
        age: Duration,
        /// How long it goes on yet, as likely as not: from how long such jobs took.
        left: Duration,
    },
    /// A poll, good or bad.
    Polled(Polled<'a>),
    /// Bytes of a result have come in.
    Downloading {
        /// Of which job.
        job: &'a JobRef,
        /// How far.
        progress: Progress,
    },
    /// A result that was here is missing, or is not what was written; it is fetched again.
    Missing {
        /// Which output.
        output: usize,
    },
}

/// Watches a job being led.
pub type Watch<'a> = &'a mut (dyn FnMut(RunEvent<'_>) + Send);
