//! What each way to fail means for the money, and what to do next.

use std::path::Path;

use reshoot::{Cancellation, Descriptor, Error, ErrorKind, Job, JobRef, JobState, Violations};

use super::{Exit, Failure, with_cause};
use crate::resume::Resume;

pub(super) const NOTHING_SPENT: &str = "nothing was spent";
const GOES_ON: &str = "the job goes on at the provider and will be billed";
const NOT_FOUND: &str = "check provider and id; the job may also be another key's";
const ASKED_ONLY: &str = "asking costs nothing, and changes nothing about the job";
const NOT_AFFECTED: &str =
    "the job is not affected: it may be running, and will be billed if it succeeds";

impl Failure {
    pub(super) fn from_error(exit: Exit, error: &Error) -> Self {
        let failure = Self::new(exit, &word(error.kind()), with_cause(error));
        match error.job() {
            Some(job) => failure.job(job),
            None => failure,
        }
    }

    /// Something is wrong with arguments, configuration or key.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message).money(NOTHING_SPENT)
    }

    /// The set-up is unusable.
    pub(crate) fn set_up(error: &Error) -> Self {
        Self::from_error(Exit::Usage, error).money(NOTHING_SPENT)
    }

    /// The request breaks limits.
    pub(crate) fn violations(violations: Violations) -> Self {
        let mut failure = Self::new(Exit::Refused, "violations", violations.to_string())
            .money(NOTHING_SPENT)
            .next("change what is named above and run it again");
        failure.violations = Some(violations);
        failure
    }

    /// The result would have no place to go.
    pub(crate) fn no_target(error: &Error, target: &Path) -> Self {
        let next = if target.exists() {
            "choose another file with -o, or replace this one with --overwrite"
        } else {
            "choose another file with -o"
        };
        Self::new(Exit::Refused, "target", error.message()).money(NOTHING_SPENT).next(next)
    }

    /// A local file did not get to where the provider could read it.
    pub(crate) fn not_staged(error: &Error) -> Self {
        Self::from_error(Exit::Refused, error)
            .money(NOTHING_SPENT)
            .next("run it again, or give a URL that the provider can read instead of a file")
    }

    /// The provider made no job.
    pub(crate) fn not_accepted(error: &Error, descriptor: &Descriptor) -> Self {
        Self::from_error(Exit::ProviderRefused, error)
            .money("nothing was spent: no job was made")
            .next(advice(error, descriptor))
    }

    /// Waiting stopped before the job did.
    pub(crate) fn still_running(error: &Error, job: &JobRef, resume: &Resume) -> Self {
        let money = if error.kind() == ErrorKind::TimedOut { GOES_ON } else { NOT_AFFECTED };
        Self::from_error(Exit::StillRunning, error).money(money).job(job).next(resume.wait(job))
    }

    /// The provider does not answer about the job.
    pub(crate) fn not_told(error: &Error, job: &JobRef, descriptor: &Descriptor) -> Self {
        let (exit, money) = match error.kind() {
            kind if kind.is_transient() => (Exit::StillRunning, NOT_AFFECTED),
            ErrorKind::Config => (Exit::Usage, ASKED_ONLY),
            _ => (Exit::ProviderRefused, ASKED_ONLY),
        };
        Self::from_error(exit, error).money(money).job(job).next(advice(error, descriptor))
    }

    /// The job has not ended yet.
    pub(crate) fn not_done(job: &Job, resume: &Resume) -> Self {
        Self::new(Exit::StillRunning, "still running", "the job has not ended yet")
            .money(GOES_ON)
            .job(&job.job_ref)
            .next(resume.wait(&job.job_ref))
    }

    /// The job ended without a result.
    pub(crate) fn ended(job: &Job, descriptor: &Descriptor) -> Self {
        let title = descriptor.capabilities.title;
        let unpaid =
            format!("such a job is usually not billed, or refunded; {title} has the final word");
        let (kind, message, money) = match &job.state {
            JobState::Failed(failure) => {
                ("job failed", format!("the job failed: {failure}"), unpaid)
            }
            JobState::Canceled => ("job canceled", "the job was canceled".to_owned(), unpaid),
            _ => (
                "job expired",
                format!("{title} no longer keeps the job's result"),
                "the edit was most likely billed when it was made".to_owned(),
            ),
        };
        let next = match &job.state {
            JobState::Failed(failure) if failure.kind == ErrorKind::ContentRejected => {
                "change the prompt or the clip".to_owned()
            }
            JobState::Failed(_) => "if the reason passes by itself, run the edit again".to_owned(),
            JobState::Canceled => "run the edit again if you still want it".to_owned(),
            _ => format!("ask the support of {title}, with the job's id"),
        };
        Self::new(Exit::JobFailed, kind, message).money(money).job(&job.job_ref).next(next)
    }

    /// The edit is done, but its file is not here.
    pub(crate) fn not_downloaded(error: &Error, job: &JobRef, resume: &Resume) -> Self {
        let some_are_here = error.context().iter().any(|(name, _)| *name == "fetched");
        let mut resume = resume.clone();
        resume.overwrite |= some_are_here;
        let failure =
            Self::from_error(Exit::NotDownloaded, error).job(job).next(resume.download(job));
        if error.kind() != ErrorKind::LinkExpired {
            return failure.money("the edit is paid for; its result is still at the provider");
        }
        failure.money("the edit is paid for, but the link to its result is dead").next(format!(
            "if it stays dead, ask the support of {}, with the job's id",
            job.provider()
        ))
    }

    /// Interrupted before anything was paid for.
    pub(crate) fn interrupted_unspent() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted before the submit")
            .money(NOTHING_SPENT)
    }

    /// Interrupted while the job runs.
    pub(crate) fn interrupted_running(job: &JobRef, resume: &Resume) -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted; only the waiting has stopped")
            .money(GOES_ON)
            .job(job)
            .next(resume.wait(job))
    }

    /// Interrupted while the result comes in.
    pub(crate) fn interrupted_download(job: &JobRef, resume: &Resume) -> Self {
        let message =
            "interrupted; what has come in is kept, and the download can go on from there";
        Self::new(Exit::Interrupted, "interrupted", message)
            .money("the edit is paid for")
            .job(job)
            .next(resume.download(job))
    }

    /// Interrupted while only asking.
    pub(crate) fn interrupted_asking(job: &JobRef) -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted").money(NOT_AFFECTED).job(job)
    }

    /// The job could not be stopped.
    pub(crate) fn not_canceled(
        outcome: Cancellation,
        job: &JobRef,
        descriptor: &Descriptor,
        resume: &Resume,
    ) -> Self {
        let title = descriptor.capabilities.title;
        let (exit, kind, message, money) = match outcome {
            Cancellation::TooLate => (
                Exit::ProviderRefused,
                "too late",
                "it is too late to cancel: the job runs on, or has ended".to_owned(),
                "the job is billed if it succeeds, or was billed already",
            ),
            Cancellation::Requested => (
                Exit::StillRunning,
                "cancel requested",
                format!("{title} passed the wish on; whether the job stops, its state will tell"),
                GOES_ON,
            ),
            _ => (
                Exit::ProviderRefused,
                "not offered",
                format!("{title} cannot cancel jobs: this one runs on"),
                GOES_ON,
            ),
        };
        Self::new(exit, kind, message).money(money).job(job).next(resume.wait(job))
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.kind == word(ErrorKind::NotFound)
    }

    /// The provider knows no such job, however long one waits.
    pub(crate) fn unknown_job(mut self) -> Self {
        self.exit = Exit::ProviderRefused;
        self.money = ASKED_ONLY.to_owned();
        self.next = vec![NOT_FOUND.to_owned()];
        self
    }

    /// Whatever failed, an emulator bills nothing, and its jobs end with the command.
    pub(crate) fn emulated(mut self) -> Self {
        self.money =
            "nothing was billed: this was the emulator, and its jobs have ended with it".to_owned();
        if self.job.take().is_some() || self.exit == Exit::PerhapsCharged {
            self.next = vec!["run it again".to_owned()];
        }
        self
    }
}

/// The word for machines.
fn word(kind: ErrorKind) -> String {
    kind.to_string().replace([' ', '-'], "_")
}

fn advice(error: &Error, descriptor: &Descriptor) -> String {
    let title = descriptor.capabilities.title;
    match error.kind() {
        ErrorKind::Authentication => {
            format!("check the key in {} or in the configuration file", descriptor.key_env)
        }
        ErrorKind::PermissionDenied => format!("ask whoever administers the {title} account"),
        ErrorKind::InsufficientFunds => format!("top up the {title} account, then run it again"),
        ErrorKind::ContentRejected => "change the prompt or the clip".to_owned(),
        ErrorKind::NotFound => NOT_FOUND.to_owned(),
        ErrorKind::Conflict => {
            "do as the message says; do not use a new key for the same edit".to_owned()
        }
        ErrorKind::RateLimited | ErrorKind::Unavailable => match error.retry_after() {
            Some(wait) => format!("run it again in {} s", wait.as_secs()),
            None => "run it again later".to_owned(),
        },
        ErrorKind::Network => "check the network, then run it again".to_owned(),
        _ => "change what the message names, then run it again".to_owned(),
    }
}
