//! How many paid jobs may run at once, and begin within a while, for all who share a key.

mod state;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use self::state::{State, Turn};
use crate::capabilities::Capabilities;

/// What a key may do, as far as one process keeps to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many jobs run at the same time, at most.
    pub at_once: u32,
    /// How many begin within any [`per`](Self::per), at most.
    pub starts: u32,
    /// The while within which they begin.
    pub per: Duration,
}

impl Load {
    /// Where a provider documents nothing: little enough for most accounts, and it shrinks when the
    /// provider refuses.
    pub const ASSUMED: Self = Self { at_once: 20, starts: 10, per: Duration::from_secs(1) };

    /// What a provider documents, filled up with what is assumed.
    #[must_use]
    pub fn of(capabilities: &Capabilities) -> Self {
        let mut load = Self::ASSUMED;
        if let Some(at_once) = capabilities.at_once {
            load.at_once = at_once.value;
        }
        if let Some(starts) = capabilities.starts {
            (load.starts, load.per) = (starts.value.count, starts.value.per);
        }
        load
    }
}

/// Lets jobs begin one by one, in the order in which they asked.
///
/// A refusal for too many requests shrinks what is allowed, for all who share the gate; every job that is
/// accepted lets it grow back, to what was set at most.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
    /// Whoever holds it is next.
    queue: tokio::sync::Mutex<()>,
}

impl Gate {
    /// A gate that keeps to `load`; zeros count as ones.
    #[must_use]
    pub fn new(load: Load) -> Self {
        let (state, changed) = (Mutex::new(State::new(load)), Notify::new());
        Self(Arc::new(Inner { state, changed, queue: tokio::sync::Mutex::new(()) }))
    }

    /// Waits until a job may begin. Dropping the future gives the turn to the next.
    pub async fn enter(&self) -> Permit {
        let _turn = self.0.queue.lock().await;
        loop {
            let changed = self.0.changed.notified();
            let turn = self.state().enter(Instant::now());
            match turn {
                Turn::Entered => return Permit { gate: self.clone(), begins: true },
                Turn::Wait(Some(pause)) => {
                    // Either way it is asked again.
                    tokio::time::timeout(pause, changed).await.ok();
                }
                Turn::Wait(None) => changed.await,
            }
        }
    }

    /// Counts a job that runs already, such as one that an earlier process began.
    pub fn occupy(&self) -> Permit {
        self.state().occupy();
        Permit { gate: self.clone(), begins: false }
    }

    /// What it was set to, however much that has shrunk.
    #[must_use]
    pub fn load(&self) -> Load {
        self.state().load()
    }

    /// Whether a job could begin at once.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().is_open(Instant::now())
    }

    /// The provider refused because there was too much; it may have said for how long.
    pub fn refused(&self, pause: Option<Duration>) {
        self.state().refused(Instant::now(), pause);
    }

    /// The provider took a job.
    pub fn accepted(&self) {
        self.state().accepted();
        self.0.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that counts until this is dropped.
#[derive(Debug)]
#[must_use = "the job counts only as long as this is kept"]
pub struct Permit {
    gate: Gate,
    /// Whether its submit is still under way.
    begins: bool,
}

impl Permit {
    /// The submit has been answered, or its answer is lost. From now on counts the while within which
    /// only so many may begin: when it reached the provider is not known, but it was before.
    pub fn submitted(&mut self) {
        if std::mem::take(&mut self.begins) {
            self.gate.state().begun(Instant::now());
            self.gate.0.changed.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.submitted();
        self.gate.state().left();
        self.gate.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
