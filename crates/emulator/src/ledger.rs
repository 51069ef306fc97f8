//! What the emulator counted, per provider.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::faults::Operation;

/// What each provider's emulation has counted since the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    /// By provider word.
    pub providers: BTreeMap<String, Counts>,
}

impl Ledger {
    /// The counts of one provider; zeros for a word that is not known.
    #[must_use]
    pub fn provider(&self, name: &str) -> Counts {
        self.providers.get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn entry(&mut self, provider: &str) -> &mut Counts {
        self.providers.entry(provider.to_owned()).or_default()
    }
}

/// One provider's counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Paid calls that reached the server, answered or not, refused or not.
    pub submits: u64,
    /// Jobs created.
    pub jobs: u64,
    /// Credits charged, refunds taken off, in the provider's own unit.
    pub credits: f64,
    /// Submits that were answered with an earlier job under the same idempotency key.
    pub replays: u64,
    /// Questions about a job.
    pub polls: u64,
    /// Listings of jobs.
    pub lists: u64,
    /// Files received.
    pub uploads: u64,
    /// Requests for a finished clip, ranges counted one by one.
    pub downloads: u64,
    /// Webhook deliveries attempted, retries included.
    pub webhooks: u64,
    /// The largest number of jobs that were unfinished at the same time.
    pub running_peak: u64,
    /// The largest number of jobs that were made within one second.
    pub starts_peak: u64,
}

impl Counts {
    /// Counts a call that has reached the server.
    pub(crate) fn received(&mut self, operation: Operation) {
        match operation {
            Operation::Submit => self.submits += 1,
            Operation::Status => self.polls += 1,
            Operation::List => self.lists += 1,
            Operation::Upload => self.uploads += 1,
            Operation::Download => self.downloads += 1,
            Operation::Webhook => self.webhooks += 1,
            Operation::Cancel | Operation::Account | Operation::Any => {}
        }
    }
}
