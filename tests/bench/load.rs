//! What every process of a run must agree on: how many jobs, when they begin, when they are asked for.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use reshoot::capabilities::Pace;

/// The provider of all jobs: it honours no key and lists no jobs, so that a call is a call.
pub(crate) const PROVIDER: &str = "novita";

/// Where the clip would be; nobody reads it.
pub(crate) const CLIP: &str = "https://clips.example/holiday/walk.mp4";

/// What is to be made of it.
pub(crate) const PROMPT: &str = "turn it into claymation, with visible finger prints";

/// A number of jobs, and their times.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) jobs: u32,
    /// How many are led at the same time, at most.
    pub(crate) at_once: u32,
    /// How many begin within a second, at most.
    pub(crate) starts: u32,
    /// How long each takes at the provider.
    pub(crate) takes: Duration,
}

/// All begin together.
pub(crate) const AT_ONCE: Load =
    Load { jobs: 1000, at_once: 1000, starts: 1000, takes: Duration::from_secs(3) };

/// They take long enough for the last to begin before the first has ended.
pub(crate) const IN_FLIGHT: Load =
    Load { jobs: 10_000, at_once: 10_000, starts: 700, takes: Duration::from_secs(20) };

/// The rows of a batch: jobs so short that all that counts is what it takes to lead them.
pub(crate) const fn batch(rows: u32) -> Load {
    Load { jobs: rows, at_once: 200, starts: u32::MAX, takes: Duration::from_millis(200) }
}

impl Load {
    /// The first poll comes when the job is done, if its submit was not late by more than a tenth.
    pub(crate) fn pace(self) -> Pace {
        let every = self.takes / 10;
        Pace { first: self.takes + every, every }
    }

    /// When the `n`th job may begin.
    pub(crate) fn begins(self, n: u32) -> Duration {
        Duration::from_secs(u64::from(n / self.starts))
    }
}

/// What a process that leads jobs is told.
pub(crate) struct Orders {
    pub(crate) load: Load,
    /// The provider's address.
    pub(crate) base: String,
    /// For the journal and the results.
    pub(crate) directory: PathBuf,
    pub(crate) started: Instant,
}

impl Orders {
    pub(crate) fn target(&self, n: u32) -> PathBuf {
        self.directory.join(format!("{n}.mp4"))
    }

    /// How long until the `n`th job may begin.
    pub(crate) fn until(&self, n: u32) -> Duration {
        self.load.begins(n).saturating_sub(self.started.elapsed())
    }

    /// Leads every job in a task of its own, and says how many became a file.
    pub(crate) async fn lead<F>(self, one: impl Fn(Arc<Self>, u32) -> F) -> usize
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let orders = Arc::new(self);
        stream::iter(0..orders.load.jobs)
            .map(|n| tokio::spawn(one(Arc::clone(&orders), n)))
            .buffer_unordered(orders.load.at_once as usize)
            .filter(|led| std::future::ready(matches!(led, Ok(true))))
            .count()
            .await
    }
}
