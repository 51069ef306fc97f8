//! What a durable engine must be able to do for one edit.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    gate::{Cap, Start},
    outcome::Progress,
};

/// What a step does, and what shall be kept of it; an error has the step done again later.
pub type StepFuture = Pin<Box<dyn Future<Output = Result<Value, String>> + Send>>;

/// A step to be done, unless its result is kept already.
pub type StepWork = Box<dyn FnOnce() -> StepFuture + Send>;

/// Why a job does not go on here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// Somebody asked to stop it. Further steps can still be taken, to leave in order.
    #[error("the job was canceled")]
    Canceled,
    /// The engine cannot go on.
    #[error("the engine cannot go on: {0}")]
    Broken(String),
}

/// Who may send a submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This very run of the code, now: the claim was written by this call, at `since` (milliseconds
    /// since 1970). Says so at most once per attempt, whatever crashes.
    Ours {
        /// When.
        since: u64,
    },
    /// The claim was there. A submit may have been sent: **never send**.
    Before {
        /// When it was made.
        since: u64,
        /// The job that came of it, where that is known.
        id: Option<String>,
    },
}

/// Whose a provider's job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// This key's, from now on.
    Us,
    /// Another key's.
    Another {
        /// Since when that key's own submit may have made a job unseen, if it took this one for it; none
        /// if the provider named this one as its.
        doubt: Option<u64>,
    },
}

/// A durable engine, as one run of one job sees it.
///
/// Code over it may be run again from the start at any time, on any machine; what was kept is then
/// answered from the record. The operations are asked for in the same order each time, one at a time.
#[async_trait]
pub trait Engine: Send + Sync {
    /// The caller's key of this job: the same key is the same job.
    fn key(&self) -> &str;

    /// Does `work` **at least** once and keeps its result; answers with the kept one from then on.
    ///
    /// # Errors
    /// [`Halt`]; the work may have been done.
    async fn step(&self, name: &'static str, work: StepWork) -> Result<Value, Halt>;

    /// Waits, across restarts too.
    ///
    /// # Errors
    /// [`Halt`].
    async fn sleep(&self, span: Duration) -> Result<(), Halt>;

    /// Claims the right to send attempt `attempt`, counted from 1. Durable before it returns, and for
    /// as long as the engine's store lives: a key that is used again after its record was dropped finds
    /// the claim made.
    ///
    /// # Errors
    /// [`Halt`].
    async fn claim(&self, attempt: u32) -> Result<Claim, Halt>;

    /// Keeps the id of the provider's job beside the claim.
    ///
    /// # Errors
    /// [`Halt`].
    async fn keep(&self, id: &str) -> Result<(), Halt>;

    /// Gives the claim back: it is proved that no job was made.
    ///
    /// # Errors
    /// [`Halt`].
    async fn unclaim(&self) -> Result<(), Halt>;

    /// Makes a provider's job ours among all keys, unless it is another's; for ever, and both in one step.
    /// `doubt` is since when our own submit may have made a job unseen, if we take this one for it; none
    /// if the provider named it as ours.
    ///
    /// # Errors
    /// [`Halt`].
    async fn own(&self, provider: &str, id: &str, doubt: Option<u64>) -> Result<Owner, Halt>;

    /// Waits for one of the gate's slots and takes it, with a lease. Taking it again renews the lease.
    ///
    /// # Errors
    /// [`Halt`]; the place in the queue is left by [`release`](Self::release).
    async fn acquire(&self, gate: &str, cap: Cap) -> Result<(), Halt>;

    /// Asks for the next start that the gate's pace allows, without waiting for it; `pause` keeps
    /// everybody waiting at least so long from now. Renews the lease, if there is a slot.
    ///
    /// # Errors
    /// [`Halt`].
    async fn pace(&self, gate: &str, cap: Cap, pause: Duration) -> Result<Start, Halt>;

    /// Makes the lease anew, also one that has ended: the job runs, and counts.
    ///
    /// # Errors
    /// [`Halt`].
    async fn renew(&self, gate: &str, cap: Cap) -> Result<(), Halt>;

    /// Gives the slot back after `hold` more, or the place in the queue at once; nothing if there is
    /// none.
    ///
    /// # Errors
    /// [`Halt`].
    async fn release(&self, gate: &str, hold: Duration) -> Result<(), Halt>;

    /// Lets people see how far the job is.
    fn note(&self, progress: &Progress);
}

/// A [`step`](Engine::step) whose result is a `T`.
pub(crate) async fn kept<T, F>(
    engine: &dyn Engine,
    name: &'static str,
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<T, Halt>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = T> + Send + 'static,
{
    let boxed: StepWork = Box::new(move || {
        let result = work();
        Box::pin(
            async move { serde_json::to_value(result.await).map_err(|error| error.to_string()) },
        )
    });
    let value = engine.step(name, boxed).await?;
    serde_json::from_value(value)
        .map_err(|error| Halt::Broken(format!("what was kept of {name} cannot be read: {error}")))
}

impl fmt::Debug for dyn Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("key", &self.key()).finish_non_exhaustive()
    }
}
