//! How a command ends: its exit code, what happened, what it means for the money, what to type next.

mod failures;
mod runs;

use std::process::ExitCode;

use reshoot::{JobRef, Violations};
use reshoot_journal::JobId;

use crate::output::Output;

/// What `--help` says about exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done
    1  wrong usage: arguments, configuration, a missing key
    2  refused before spending: nothing was sent that costs money
    3  the provider refused: nothing was spent
    4  the job failed, was canceled, or its result is no longer kept
    5  perhaps charged: the submit got no readable answer; do not simply run it again
    6  stopped waiting; the job may still be running
    7  the edit is done, but its file did not get here
  130  interrupted; what was printed says what happens to the job

Keys come from variables such as EVOLINK_API_KEY (reshoot providers lists them), or from
reshoot/config.toml in the configuration directory (~/.config on Linux). To try things without a
key and for free: reshoot edit --emulator --provider evolink clip.mp4 \"turn it into claymation\"";

/// The exit codes. Scripts rely on them: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Usage = 1,
    Refused = 2,
    ProviderRefused = 3,
    JobFailed = 4,
    PerhapsCharged = 5,
    StillRunning = 6,
    NotDownloaded = 7,
    Interrupted = 130,
}

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }

    /// Of several ends, the one that needs most care.
    pub(crate) fn worst(exits: impl Iterator<Item = Self>) -> Option<Self> {
        exits.min_by_key(|exit| exit.weight())
    }

    /// The smallest needs most care.
    fn weight(self) -> usize {
        const BY_WEIGHT: [Exit; 5] = [
            Exit::Interrupted,
            Exit::PerhapsCharged,
            Exit::NotDownloaded,
            Exit::StillRunning,
            Exit::JobFailed,
        ];
        BY_WEIGHT.iter().position(|exit| *exit == self).unwrap_or(BY_WEIGHT.len())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What is shown when a command does not reach its goal.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// One word for machines, such as `insufficient_funds`.
    pub(crate) kind: String,
    /// What happened.
    pub(crate) message: String,
    /// What it means for the money.
    pub(crate) money: String,
    /// What to do, or to type, next.
    pub(crate) next: Vec<String>,
    /// The number in the journal of the job that is at stake.
    pub(crate) id: Option<JobId>,
    /// The job that is at stake.
    pub(crate) job: Option<JobRef>,
    /// The key under which the submit can be repeated.
    pub(crate) idempotency_key: Option<String>,
    /// What was wrong with the request.
    pub(crate) violations: Option<Violations>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &str, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind: kind.replace([' ', '-'], "_"),
            message: message.into(),
            money: String::new(),
            next: Vec::new(),
            id: None,
            job: None,
            idempotency_key: None,
            violations: None,
        }
    }

    pub(crate) fn money(mut self, money: impl Into<String>) -> Self {
        self.money = money.into();
        self
    }

    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next.push(next.into());
        self
    }

    pub(crate) fn job(mut self, job: &JobRef) -> Self {
        self.job = Some(job.clone());
        self
    }
}

/// Of several failures, shows all but the worst, and returns that.
pub(crate) fn worst(mut failures: Vec<Failure>, out: &dyn Output) -> Result<(), Failure> {
    failures.sort_by_key(|failure| failure.exit.weight());
    let mut failures = failures.into_iter();
    let Some(worst) = failures.next() else {
        return Ok(());
    };
    failures.for_each(|failure| out.fail(&failure));
    Err(worst)
}

/// An error and the deepest cause of it, such as `Connection refused`: what lies between repeats.
pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    let message = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    match cause.map(ToString::to_string) {
        Some(cause) if !cause.is_empty() && !message.contains(&cause) => {
            format!("{message}: {cause}")
        }
        _ => message,
    }
}

/// Shows help, version or what is wrong with the arguments.
pub(crate) fn not_parsed(asked: &clap::Error) -> ExitCode {
    // Whoever closed the pipe does not want to read it.
    asked.print().ok();
    if asked.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}
