//! How leading a job ends, and what that means for the money.

use reshoot_core::{Candidate, Downloaded, Error, Job, JobRef, Violations};

use crate::{JobId, JournalError, State};

/// A job was led to its goal, or there was nothing more to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The provider has made the job, and that was all that was wanted.
    Accepted(Job),
    /// The job is done; its results were not to be downloaded.
    Succeeded(Job),
    /// The job is done, and its results are here.
    Downloaded {
        /// The job.
        job: Job,
        /// Its files.
        files: Vec<Downloaded>,
    },
    /// The job had ended before, without a result to fetch.
    Settled(State),
}

/// Why leading a job ended before its goal. The journal holds how it stands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No provider can run the request: nothing was recorded or spent.
    #[error("no provider can run the request: {}", list(.0))]
    Violations(Vec<Violations>),
    /// The same edit is open already, and nobody drives it: nothing was recorded or spent.
    ///
    /// *What to do:* resume that job, or abandon it.
    #[error("job {0} is the same edit, and is not done")]
    Same(JobId),
    /// The result could not be written where it should go: nothing was recorded or spent.
    #[error("nothing was spent: {0}")]
    NoTarget(#[source] Error),
    /// The provider could not be reached for want of a key or the like: nothing was sent.
    #[error("{0}")]
    SetUp(#[source] Error),
    /// The journal failed, or refused: see [`JournalError`].
    #[error("{error}")]
    Journal {
        /// How.
        #[source]
        error: JournalError,
        /// A job that the provider has made and that could not be recorded: keep it.
        unrecorded: Option<JobRef>,
    },
    /// A local file did not get to where the provider could read it: nothing was spent.
    #[error("nothing was spent: {0}")]
    NotStaged(#[source] Error),
    /// The provider made no job, proved: nothing was spent.
    #[error("nothing was spent: {0}")]
    NotAccepted(#[source] Error),
    /// **Perhaps charged**: it is not known whether a job was made.
    ///
    /// *What to do:* reconcile the job; never submit it anew.
    #[error("perhaps charged: {doubt}")]
    PerhapsCharged {
        /// Why it cannot be told.
        doubt: Doubt,
        /// What became of the submit, if it was this run's own.
        cause: Option<Error>,
    },
    /// Waiting stopped; the job goes on and may be billed.
    #[error("the job goes on: {0}")]
    StillRunning(#[source] Error),
    /// The job ended without a result.
    #[error("the job ended without a result")]
    Ended(Box<Job>),
    /// The edit is paid for and done, but its file is not here.
    #[error("the edit is done, but its file is not here: {0}")]
    NotDownloaded(#[source] Error),
    /// A job of the provider could not be adopted: nothing has changed.
    #[error("{0}")]
    NotAdopted(#[source] Error),
    /// Another process drives the job.
    #[error("another process (number {pid}) drives the job")]
    Held {
        /// Its number in the system.
        pid: u32,
    },
    /// It was asked to stop. The state is where the job stands now.
    #[error("stopped; the job is {0}")]
    Stopped(State),
}

impl From<JournalError> for RunError {
    fn from(error: JournalError) -> Self {
        Self::Journal { error, unrecorded: None }
    }
}

fn list(violations: &[Violations]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Why it cannot be told whether a submit made a job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// The provider was not asked yet.
    #[error("the provider was not asked yet whether it made the job")]
    NotAsked,
    /// The provider gives no list of jobs.
    #[error("the provider has no list of jobs to look into")]
    CannotList,
    /// The provider lists running jobs only, and this one is not among them: it may have ended.
    #[error("the provider lists running jobs only, and none of them is this one")]
    RunningOnly,
    /// Several jobs may be the one, likeliest first.
    #[error("{} jobs of the provider may be the one", .0.len())]
    Ambiguous(Vec<Candidate>),
    /// The provider's list reaches not far enough back.
    #[error("the provider's list does not reach back to the submit")]
    TooLongAgo,
    /// This machine's clock was set back since the submit, so its time means nothing.
    #[error("the submit lies in the future: was this machine's clock set back?")]
    Clock,
    /// The provider did not answer.
    #[error("the provider did not tell its jobs: {0}")]
    Unanswered(#[source] Error),
    /// Asking was stopped.
    #[error("asking was stopped")]
    Stopped,
}
