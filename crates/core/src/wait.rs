//! Waiting for a job to end: when to ask next, and when to give up.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    asker::{Asked, Asker},
    capabilities::Pace,
    error::{Error, ErrorKind, Operation},
    job::{Job, JobRef, JobState},
    poll_plan::PollPlan,
    provider::Provider,
};

/// How long and how often to ask.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WaitOptions {
    /// When to stop waiting. The job itself goes on.
    pub timeout: Duration,
    /// How often to ask; none follows the plan.
    pub pace: Option<Pace>,
    /// When to ask, where no pace is set; none: by what the provider is known for.
    pub plan: Option<Arc<PollPlan>>,
    /// How long ago the job was submitted.
    pub age: Duration,
    /// Who asks, for all who wait at the same provider; none: each job is asked for by itself, whatever
    /// others do.
    pub asker: Option<Asker>,
}

impl Default for WaitOptions {
    /// 30 minutes for a job that was just submitted, by what the provider is known for.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30 * 60),
            pace: None,
            plan: None,
            age: Duration::ZERO,
            asker: None,
        }
    }
}

impl WaitOptions {
    /// Stops waiting after `timeout`.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks at this pace, whatever the plan.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Asks by this plan.
    #[must_use]
    pub fn with_plan(mut self, plan: Arc<PollPlan>) -> Self {
        self.plan = Some(plan);
        self
    }

    /// The job was submitted so long ago: one that could be done is asked for at once.
    #[must_use]
    pub const fn with_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Lets this one ask, which must be connected to where the job is.
    #[must_use]
    pub fn with_asker(mut self, asker: Asker) -> Self {
        self.asker = Some(asker);
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

/// When polls are due.
#[derive(Clone, Debug)]
enum Rhythm {
    Pace(Pace),
    Plan(Arc<PollPlan>),
}

impl Rhythm {
    fn of<P: Provider + ?Sized>(provider: &P, options: &WaitOptions) -> Self {
        match (options.pace, &options.plan) {
            (Some(pace), _) => Self::Pace(pace),
            (None, Some(plan)) => Self::Plan(Arc::clone(plan)),
            (None, None) => Self::Plan(Arc::new(PollPlan::of(provider.capabilities()))),
        }
    }
}

/// What a wait knows: plain state, no clock and no socket.
#[derive(Clone, Debug)]
struct Waiter {
    rhythm: Rhythm,
    /// What failed polls back off from.
    every: Duration,
    timeout: Duration,
    /// How old the job was when the wait began.
    age: Duration,
    failures_in_a_row: u32,
    expired_in_a_row: u32,
}

impl Waiter {
    fn new<P: Provider + ?Sized>(provider: &P, options: &WaitOptions) -> Self {
        Self {
            rhythm: Rhythm::of(provider, options),
            every: options.pace.unwrap_or(provider.capabilities().pace.value).every,
            timeout: options.timeout,
            age: options.age,
            failures_in_a_row: 0,
            expired_in_a_row: 0,
        }
    }

    /// The first wait; never beyond the deadline, so that a finished job is seen at least once.
    fn first(&self) -> Duration {
        let due = match &self.rhythm {
            Rhythm::Pace(pace) => pace.first,
            Rhythm::Plan(plan) => plan.first(self.age),
        };
        due.saturating_sub(self.age).min(self.timeout)
    }

    /// How long to wait for the next poll, now, after one that was sent at `asked`.
    fn pause(&self, asked: Duration, elapsed: Duration) -> Duration {
        match &self.rhythm {
            Rhythm::Pace(pace) => pace.every,
            Rhythm::Plan(plan) => {
                let due = plan.next(self.age.saturating_add(asked));
                due.saturating_sub(self.age).saturating_sub(elapsed)
            }
        }
    }

    /// Decides after a poll that was sent `asked` after the start and answered `elapsed` after it.
    /// `jitter` is in 0..=1.
    fn after(
        &mut self,
        asked: Duration,
        elapsed: Duration,
        polled: &Polled<'_>,
        jitter: f64,
    ) -> Next {
        let wait = match polled {
            Polled::Job(job) if self.believes(&job.state) => return Next::Done,
            Polled::Job(job) => {
                self.failures_in_a_row = 0;
                // It has ended, or its provider's copies lag: not a question of how long jobs take.
                if job.state.is_final() { self.every } else { self.pause(asked, elapsed) }
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
        // Where the first poll comes late, being told once still proves nothing.
        let may_lag = elapsed < LAG || self.failures_in_a_row == 0;
        error.is_retryable() || (error.kind() == ErrorKind::NotFound && may_lag)
    }

    /// Pace doubled with each failure in a row, with jitter: failed polls come in herds.
    fn backoff(&self, jitter: f64) -> Duration {
        let doublings = self.failures_in_a_row.saturating_sub(1).min(16);
        let grown = self.every.saturating_mul(1 << doublings);
        let capped = grown.min(MAX_BACKOFF.max(self.every));
        capped.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }
}

/// Asks for a job's state until it has ended, and returns it in its final state.
///
/// It is asked for by the [`PollPlan`], unless the options set a pace.
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
    let mut waiter = Waiter::new(provider, options);
    let mut unknown_words = Vec::new();
    let started = Instant::now();
    tokio::time::sleep(waiter.first()).await;
    loop {
        let Some((asked, answer)) = poll(provider, job, options, started).await else {
            return Err(timed_out(provider, job, options, None));
        };
        let asked = asked.saturating_duration_since(started);
        let polled = answer.as_ref().map_or_else(Polled::Missed, Polled::Job);
        let next = waiter.after(asked, started.elapsed(), &polled, jitter());
        log(&polled, &mut unknown_words);
        watch(polled);
        match next {
            Next::Ask(wait) => tokio::time::sleep(wait).await,
            Next::Done | Next::GiveUp => return answer.map_err(|error| error.with_job(job)),
            Next::TimeOut => return Err(timed_out(provider, job, options, answer.err())),
        }
    }
}

/// Asks once, as soon as it may. None if that is not before the deadline.
async fn poll<P: Provider + ?Sized>(
    provider: &P,
    job: &JobRef,
    options: &WaitOptions,
    started: Instant,
) -> Option<Asked> {
    // At the deadline itself it is asked once more, if it may be.
    let left = options.timeout.saturating_sub(started.elapsed());
    match &options.asker {
        Some(asker) => asker.ask(job, left).await,
        None => Some((Instant::now(), provider.status(job).await)),
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
