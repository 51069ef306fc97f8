//! Waiting for a job to end: when to ask next, and when to give up.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    capabilities::Pace,
    error::{Error, ErrorKind, Operation},
    job::{Job, JobRef, JobState},
    provider::Provider,
};

/// How long and how often to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitOptions {
    /// When to stop waiting. The job itself goes on.
    pub timeout: Duration,
    /// How often to ask; none follows the provider's advice.
    pub pace: Option<Pace>,
}

impl Default for WaitOptions {
    /// 30 minutes at the provider's pace.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30 * 60), pace: None }
    }
}

impl WaitOptions {
    /// Stops waiting after `timeout`.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks at another pace than the provider advises.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }
}

/// What came of one poll; what [`wait`] tells whoever watches.
#[derive(Debug)]
#[non_exhaustive]
pub enum Polled<'a> {
    /// The job's state.
    Job(&'a Job),
    /// The poll failed. The job is not affected, and waiting goes on.
    Missed(&'a Error),
}

/// How long a job may be unknown to the provider right after it was accepted: its own copies may lag.
const LAG: Duration = Duration::from_secs(30);

/// How often in a row a provider must say that it no longer has a job: one whose copies lag may say so
/// of a job that was just made, and believing it would lose what was paid for.
const EXPIRED_TOLD: u32 = 3;

/// The longest wait after failed polls, unless the provider asks for more.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// What to do after a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The job has ended.
    Done,
    /// Ask again after this long.
    Ask(Duration),
    /// The error will not pass.
    GiveUp,
    /// The deadline has passed.
    TimeOut,
}

/// What a wait knows: plain state, no clock and no socket.
#[derive(Clone, Copy, Debug)]
struct Waiter {
    pace: Pace,
    timeout: Duration,
    failures_in_a_row: u32,
    expired_in_a_row: u32,
}

impl Waiter {
    const fn new(pace: Pace, timeout: Duration) -> Self {
        Self { pace, timeout, failures_in_a_row: 0, expired_in_a_row: 0 }
    }

    /// The first wait; never beyond the deadline, so that a finished job is seen at least once.
    fn first(&self) -> Duration {
        self.pace.first.min(self.timeout)
    }

    /// Decides after a poll that ended `elapsed` after the start. `jitter` is in 0..=1.
    fn after(&mut self, elapsed: Duration, polled: &Polled<'_>, jitter: f64) -> Next {
        let wait = match polled {
            Polled::Job(job) if self.believes(&job.state) => return Next::Done,
            Polled::Job(_) => {
                self.failures_in_a_row = 0;
                self.pace.every
            }
            Polled::Missed(error) if self.survives(error, elapsed) => {
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                self.backoff(jitter).max(error.retry_after().unwrap_or_default())
            }
            Polled::Missed(_) => return Next::GiveUp,
        };
        match self.timeout.checked_sub(elapsed) {
            None | Some(Duration::ZERO) => Next::TimeOut,
            Some(left) => Next::Ask(wait.min(left)),
        }
    }

    /// Whether the job has surely ended.
    fn believes(&mut self, state: &JobState) -> bool {
        let expired = *state == JobState::Expired;
        self.expired_in_a_row = if expired { self.expired_in_a_row.saturating_add(1) } else { 0 };
        state.is_final() && (!expired || self.expired_in_a_row >= EXPIRED_TOLD)
    }

    fn survives(&self, error: &Error, elapsed: Duration) -> bool {
        error.is_retryable() || (error.kind() == ErrorKind::NotFound && elapsed < LAG)
    }

    /// Pace doubled with each failure in a row, with jitter: failed polls come in herds.
    fn backoff(&self, jitter: f64) -> Duration {
        let doublings = self.failures_in_a_row.saturating_sub(1).min(16);
        let grown = self.pace.every.saturating_mul(1 << doublings);
        let capped = grown.min(MAX_BACKOFF.max(self.pace.every));
        capped.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }
}

/// Asks for a job's state until it has ended, and returns it in its final state.
///
/// A failed poll is not a failed job: errors that pass are survived until the deadline, `Retry-After`
/// is honoured, and a status word that is not known counts as running. `watch` sees every poll.
///
/// # Errors
/// Each carries the [`JobRef`]; the job goes on and may be billed.
/// [`TimedOut`](ErrorKind::TimedOut): wait again. Any other: the polls fail for a reason that does
/// not pass, such as a key that is no longer valid.
pub async fn wait<P: Provider + ?Sized>(
    provider: &P,
    job: &JobRef,
    options: &WaitOptions,
    watch: &mut (dyn FnMut(Polled<'_>) + Send),
) -> Result<Job, Error> {
    let pace = options.pace.unwrap_or(provider.capabilities().pace.value);
    let mut waiter = Waiter::new(pace, options.timeout);
    let mut unknown_words = Vec::new();
    let started = Instant::now();
    tokio::time::sleep(waiter.first()).await;
    loop {
        let answer = provider.status(job).await;
        let polled = answer.as_ref().map_or_else(Polled::Missed, Polled::Job);
        let next = waiter.after(started.elapsed(), &polled, jitter());
        log(&polled, &mut unknown_words);
        watch(polled);
        match next {
            Next::Ask(wait) => tokio::time::sleep(wait).await,
            Next::Done | Next::GiveUp => return answer.map_err(|error| error.with_job(job)),
            Next::TimeOut => return Err(timed_out(provider, job, options, answer.err())),
        }
    }
}

fn timed_out<P: Provider + ?Sized>(
    provider: &P,
    job: &JobRef,
    options: &WaitOptions,
    last: Option<Error>,
) -> Error {
    let timeout = options.timeout;
    let message = format!("the job has not ended within {timeout:?}; it goes on and may be billed");
    let error = Error::new(ErrorKind::TimedOut, Operation::Wait, message)
        .with_provider(provider.name())
        .with_job(job);
    match last {
        Some(last) => error.with_source(last),
        None => error,
    }
}

/// Each unknown status word is logged once per wait, each missed poll every time.
fn log(polled: &Polled<'_>, unknown_words: &mut Vec<String>) {
    match polled {
        Polled::Missed(error) => tracing::warn!(%error, "a poll failed; the job is not affected"),
        Polled::Job(job) => {
            if let Some(word) = &job.unknown_status
                && !unknown_words.contains(word)
            {
                tracing::warn!(job = %job.job_ref, %word, "unknown status; taken as running");
                unknown_words.push(word.clone());
            }
        }
    }
}

/// A random number in 0..=1. Without randomness the middle: only the spreading of herds is lost.
fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests;
