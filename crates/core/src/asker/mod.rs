//! Asking for jobs' states: many with one request where the provider can, within one budget.

mod queue;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, timeout},
};

use self::queue::{GATHERING, Queue};
use crate::{
    budget::Budget,
    error::{Error, ErrorKind, Operation},
    job::{Job, JobRef},
    provider::Provider,
};

/// Asks one provider for the states of jobs, on behalf of all who wait for them. Clones share it.
///
/// Where the provider can tell of several jobs at once
/// ([`Capabilities::statuses`](crate::Capabilities::statuses)), questions that come within a short while
/// leave as one request. A question without company leaves at once, as if nobody gathered. Either way
/// each request is taken from the budget, and teaches it, once.
///
/// What several are told is what one would be told: a job that such an answer does not surely tell of is
/// asked for again, by itself, before anything is said of it. A request that fails as a whole says nothing
/// about any job: it is a missed poll for each of them, whatever it failed of.
#[derive(Clone, Debug)]
pub struct Asker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    provider: Arc<dyn Provider>,
    budget: Option<Budget>,
    started: Instant,
    inner: Mutex<Inner>,
    full: Notify,
}

#[derive(Debug)]
struct Inner {
    queue: Queue<Poll>,
    /// Whether somebody sees to it that those who wait leave.
    is_served: bool,
}

/// One who waits. Who gives up drops the other ends, and is left out or not told.
#[derive(Debug)]
struct Poll {
    left: oneshot::Sender<Instant>,
    answer: oneshot::Sender<Told>,
}

/// What a request told of a job; none: nothing that is sure.
type Told = Option<Result<Job, Error>>;

/// When a request left, and what came of it.
pub(crate) type Asked = (Instant, Result<Job, Error>);

impl Asker {
    /// Asks this provider, as often as it is wanted.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self::within(provider, None)
    }

    /// Asks this provider, and takes each request from a budget where there is one.
    #[must_use]
    pub fn within(provider: Arc<dyn Provider>, budget: Option<Budget>) -> Self {
        let most = provider.capabilities().statuses.map_or(1, |fact| fact.value);
        let inner = Mutex::new(Inner { queue: Queue::new(most), is_served: false });
        let (started, full) = (Instant::now(), Notify::new());
        Self { shared: Arc::new(Shared { provider, budget, started, inner, full }) }
    }

    /// The provider that is asked.
    #[must_use]
    pub fn provider(&self) -> &Arc<dyn Provider> {
        &self.shared.provider
    }

    /// A job's state, as soon as the budget allows. Dropping the future loses nobody else's answer.
    ///
    /// # Errors
    /// As of [`Provider::status`]: it says nothing about the job.
    pub async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        match self.ask(job, Duration::MAX).await {
            Some((_, answer)) => answer,
            None => Err(given_up(job)),
        }
    }

    /// A job's state, if the budget lets a request leave before so long has passed, or shortly after: who
    /// has come to the deadline is still taken along.
    pub(crate) async fn ask(&self, job: &JobRef, patience: Duration) -> Option<Asked> {
        if self.may_pass(job) {
            return Some((Instant::now(), self.shared.ask_one(job).await));
        }
        let patience = patience.saturating_add(GATHERING.saturating_mul(2));
        let began = Instant::now();
        if let (asked, Some(answer)) = self.queued(job, false, patience).await? {
            return Some((asked, answer));
        }
        let left = patience.saturating_sub(began.elapsed());
        let (asked, answer) = self.queued(job, true, left).await?;
        Some((asked, answer.unwrap_or_else(|| Err(given_up(job)))))
    }

    /// Whether a request for this job may leave now, by itself; it is then taken from the budget.
    fn may_pass(&self, job: &JobRef) -> bool {
        let (now, mut inner) = (self.shared.now(), self.shared.inner());
        let passes = inner.queue.is_alone(job, now)
            && self.shared.budget.as_ref().is_none_or(Budget::try_take);
        if passes {
            inner.queue.passed(job, now);
        }
        passes
    }

    /// Waits for the job's turn and for its answer; none if it has not left before patience ends.
    async fn queued(
        &self,
        job: &JobRef,
        alone: bool,
        patience: Duration,
    ) -> Option<(Instant, Told)> {
        let (left, has_left) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        self.push(job, Poll { left, answer }, alone);
        let asked = timeout(patience, has_left).await.ok()?.ok()?;
        Some((asked, answered.await.ok().flatten()))
    }

    fn push(&self, job: &JobRef, poll: Poll, alone: bool) {
        let (now, mut inner) = (self.shared.now(), self.shared.inner());
        inner.queue.push(job, poll, alone, now);
        if inner.queue.is_full(now) {
            self.shared.full.notify_one();
        }
        if !std::mem::replace(&mut inner.is_served, true) {
            // Not one of those who wait: they may be dropped, or not be polled for a while.
            tokio::spawn(serve(Arc::clone(&self.shared)));
        }
    }
}

/// Lets those who wait leave, until nobody does.
async fn serve(shared: Arc<Shared>) {
    while let Some(wait) = shared.due() {
        if !wait.is_zero() {
            // Full or not, what is due then is looked at anew.
            timeout(wait, shared.full.notified()).await.ok();
            continue;
        }
        if let Some(budget) = &shared.budget {
            // Who comes meanwhile is taken along.
            budget.take().await;
        }
        let taken = shared.inner().queue.take(shared.now());
        // Beside this: a call that hangs must not hold up the others.
        tokio::spawn(ask_all(Arc::clone(&shared), taken));
    }
}

/// Asks for these jobs with one request, and tells each what came of it.
async fn ask_all(shared: Arc<Shared>, taken: Vec<(JobRef, Poll)>) {
    let now = Instant::now();
    let leaves = |(job, poll): (JobRef, Poll)| {
        let is_there = poll.left.send(now).is_ok();
        is_there.then_some((job, poll.answer))
    };
    let (jobs, answers): (Vec<_>, Vec<_>) = taken.into_iter().filter_map(leaves).unzip();
    let told: Vec<Told> = match jobs.as_slice() {
        [] => return,
        [job] => vec![Some(shared.ask_one(job).await)],
        several => shared.ask_several(several).await,
    };
    for (answer, told) in answers.into_iter().zip(told) {
        // Who is not there any more needs no answer.
        answer.send(told).ok();
    }
}

impl Shared {
    /// How long until the next request is to leave; none if nobody waits, who is then served no more.
    fn due(&self) -> Option<Duration> {
        let (now, mut inner) = (self.now(), self.inner());
        inner.queue.forget(|poll| poll.left.is_closed());
        let due = inner.queue.due(now);
        inner.is_served = due.is_some();
        due
    }

    async fn ask_one(&self, job: &JobRef) -> Result<Job, Error> {
        let answer = self.provider.status(job).await;
        self.learn(&answer);
        answer
    }

    async fn ask_several(&self, jobs: &[JobRef]) -> Vec<Told> {
        let left = self.now();
        let answer = self.provider.statuses(jobs).await;
        self.learn(&answer);
        let was_refused = |error: &Error| error.kind() == ErrorKind::RateLimited;
        if !answer.as_ref().is_err_and(was_refused) {
            self.inner().queue.learn(answer.is_ok(), left, self.now());
        }
        match answer {
            // One odd entry, or one that is not there, may be the fault of the call for several.
            Ok(told) => told.into_iter().map(|one| one.ok().map(Ok)).collect(),
            Err(error) => {
                tracing::warn!(%error, jobs = jobs.len(), "a poll for several jobs failed");
                jobs.iter().map(|job| Some(Err(missed(&error, job)))).collect()
            }
        }
    }

    fn learn<T>(&self, answer: &Result<T, Error>) {
        if let Some(budget) = &self.budget {
            budget.learn(answer);
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change of it is whole, whatever panicked meanwhile.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A failure of a call for several jobs, for one of them: whatever it was, it is no word about the job.
fn missed(error: &Error, job: &JobRef) -> Error {
    error.without_source().with_job(job).with_retryable(true)
}

fn given_up(job: &JobRef) -> Error {
    let message = "the question was given up before it was answered";
    Error::new(ErrorKind::Unavailable, Operation::Status, message).with_job(job)
}

#[cfg(test)]
mod tests;
