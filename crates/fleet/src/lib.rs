//! One edit as a durable workflow, for whichever engine keeps its steps.
//!
//! [`lead`] is the job: over an [`Engine`], which keeps steps and time, and [`Work`], which talks to a
//! provider. No engine gives "pay once" by itself, since a durable step runs *at least* once; so the
//! submit is fenced by [`Engine::claim`]: on disk before the first byte leaves, and only who made the
//! claim in this very run of the code may send. Everybody else looks the job up, or says that it is
//! perhaps charged.

mod decide;
mod engine;
mod gate;
mod job;
mod obtain;
mod order;
mod outcome;
mod provider;
#[cfg(test)]
mod tests;
mod work;

pub use engine::{Claim, Engine, Halt, Owner, StepFuture, StepWork};
pub use gate::{Cap, GateState, Grant, Moment, Start, Turn};
pub use job::lead;
pub use order::{Order, OrderError, Pacing};
pub use outcome::{File, Outcome, Progress, Stage};
pub use provider::{Outputs, ProviderWork, Route, Routes, WorkOptions};
pub use work::{Fetched, Looked, Plan, Prepared, Seen, Sent, Stopping, Work};

use std::time::{Duration, SystemTime};

/// Milliseconds since 1970; what engines keep as a time.
#[must_use]
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, millis)
}

/// A span in whole milliseconds.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
