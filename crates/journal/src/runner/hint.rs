//! Waiting for a job's end by polls, and asking at once when a webhook hinted at it.
//!
//! One look into the journal, at most twice a second, serves everybody who waits in this process: whoever
//! has the turn looks, and rouses those whose hints it finds.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use reshoot_core::{Asker, Job, JobRef, JobState, Polled, WaitOptions, wait};
use tokio::{
    sync::{Mutex as Turn, Notify},
    time::Instant,
};

use super::{AttemptId, Journal, off_thread};
use crate::{JournalError, store::HintId};

/// How often the journal is looked into for hints.
const LOOK: Duration = Duration::from_millis(500);

/// How often, and how long apart, a hinted job is asked about if the provider does not answer.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// Those who wait in this process, and how far the hints were read.
#[derive(Debug, Default)]
pub(super) struct Hints {
    waiting: Mutex<HashMap<AttemptId, Arc<Bell>>>,
    turn: Turn<Look>,
}

/// Rung by whoever finds a hint for this one.
#[derive(Debug, Default)]
struct Bell {
    newest: AtomicI64,
    rung: Notify,
}

#[derive(Debug, Default)]
struct Look {
    read: HintId,
    next: Option<Instant>,
}

impl Hints {
    /// Waits until the job has ended, as [`wait`] does; a hint is confirmed by a poll beside those. A hint
    /// that is missed loses nothing: the other polls go on.
    pub(super) async fn wait(
        &self,
        (journal, attempt): (&Journal, AttemptId),
        (asker, job): (&Asker, &JobRef),
        options: &WaitOptions,
        watch: &mut (dyn FnMut(Polled<'_>) + Send),
    ) -> Result<Job, reshoot_core::Error> {
        let watch = Mutex::new(watch);
        let tell = |polled: Polled<'_>| (locked(&watch))(polled);
        let mut polled = tell;
        let hinted = self.of(attempt);
        if hinted.is_late(journal).await
            && let Some(ended) = Box::pin(confirm(asker, job, &tell)).await
        {
            return Ok(ended);
        }
        let mut waiting = pin!(wait(&**asker.provider(), job, options, &mut polled));
        loop {
            let confirmed = async {
                hinted.next(journal).await;
                Box::pin(confirm(asker, job, &tell)).await
            };
            tokio::select! {
                biased;
                ended = &mut waiting => return ended,
                confirmed = confirmed => if let Some(ended) = confirmed {
                    return Ok(ended);
                }
            }
        }
    }

    fn of(&self, attempt: AttemptId) -> Hinted<'_> {
        let bell = Arc::<Bell>::default();
        locked(&self.waiting).insert(attempt, Arc::clone(&bell));
        Hinted { hints: self, attempt, bell, heeded: AtomicI64::new(0) }
    }

    /// Looks into the journal for ever, whenever it is this one's turn, and rouses whoever is meant.
    async fn look(&self, journal: &Journal) {
        let mut look = self.turn.lock().await;
        loop {
            let now = Instant::now();
            tokio::time::sleep_until(look.next.unwrap_or(now).max(now)).await;
            look.next = Some(Instant::now() + LOOK);
            let read = look.read;
            match off_thread(journal, move |journal| journal.hints_after(read)).await {
                Ok(hints) => {
                    let waiting = locked(&self.waiting);
                    for (hint, attempt) in hints {
                        look.read = hint;
                        if let Some(bell) = waiting.get(&attempt) {
                            bell.newest.store(hint, Relaxed);
                            bell.rung.notify_one();
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "no hints could be read; polling goes on"),
            }
        }
    }
}

/// One who waits for hints about an attempt.
struct Hinted<'a> {
    hints: &'a Hints,
    attempt: AttemptId,
    bell: Arc<Bell>,
    heeded: AtomicI64,
}

impl Hinted<'_> {
    /// Returns when a hint has come that was not acted on.
    async fn next(&self, journal: &Journal) {
        loop {
            tokio::select! {
                biased;
                () = self.bell.rung.notified() => {}
                () = self.hints.look(journal) => {}
            }
            let newest = self.bell.newest.load(Relaxed);
            if self.heeded.fetch_max(newest, Relaxed) < newest {
                return;
            }
        }
    }

    /// Whether a hint came before this one waited: others may have read it.
    async fn is_late(&self, journal: &Journal) -> bool {
        let attempt = self.attempt;
        let found: Result<_, JournalError> =
            off_thread(journal, move |journal| journal.hint_of(attempt)).await;
        let hint = found.ok().flatten();
        self.heeded.fetch_max(hint.unwrap_or(0), Relaxed);
        hint.is_some()
    }
}

impl Drop for Hinted<'_> {
    fn drop(&mut self) {
        let mut waiting = locked(&self.hints.waiting);
        if waiting.get(&self.attempt).is_some_and(|bell| Arc::ptr_eq(bell, &self.bell)) {
            waiting.remove(&self.attempt);
        }
    }
}

/// Asks how a hinted job stands; returns it if it has ended. That it has expired is left to the ordinary
/// polls, which do not believe it at once.
async fn confirm(asker: &Asker, job: &JobRef, tell: &(dyn Fn(Polled<'_>) + Sync)) -> Option<Job> {
    for _ in 0..TRIES {
        match asker.status(job).await {
            Ok(job) => {
                tell(Polled::Job(&job));
                let has_ended = job.state.is_final() && job.state != JobState::Expired;
                return has_ended.then_some(job);
            }
            Err(error) => {
                tell(Polled::Missed(&error));
                let pause = error.is_retryable().then(|| error.retry_after().unwrap_or(PAUSE));
                tokio::time::sleep(pause?.max(PAUSE)).await;
            }
        }
    }
    None
}

/// A panic elsewhere leaves nothing half done here.
fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
