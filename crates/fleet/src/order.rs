//! What is handed to a fleet: one edit, and how to treat it.

use std::path::{Component, Path};

use reshoot_core::EditRequest;
use serde::{Deserialize, Serialize};

use crate::gate::Cap;

/// One edit for a fleet. Holds no key and no address: the workers know both, so that nobody who can
/// hand in an order can have a key sent elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// The provider's word.
    pub provider: String,
    /// Which of the worker's accounts there; jobs of one account share a gate.
    #[serde(default = "default_account")]
    pub account: String,
    /// What to do. Local files must lie where every worker can read them.
    pub request: EditRequest,
    /// Where the first result goes, below the workers' directory for results; the others beside it.
    pub target: String,
    /// What the account can bear.
    #[serde(default)]
    pub cap: Cap,
    /// The most US dollars that the edit may cost by its estimate; none: whatever it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_usd: Option<f64>,
    /// How often to ask; none follows the provider's advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing: Option<Pacing>,
    /// After how many seconds nobody waits for the provider any more.
    #[serde(default = "six_hours")]
    pub patience: u64,
}

/// How often to ask for a job's state, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pacing {
    /// The wait before the first poll.
    pub first: u64,
    /// The wait between polls.
    pub every: u64,
}

/// Why an order cannot be taken. Nothing was spent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// The target leads out of the directory for results, or names no file.
    #[error("{0:?} is not the name of a file below the workers' directory for results")]
    Target(String),
    /// No job could ever start, or none would keep its slot until the next poll.
    #[error(
        "the cap lets no job start: it needs at least one running, a time between starts and a lease of \
         a minute"
    )]
    Cap,
}

fn default_account() -> String {
    "default".to_owned()
}

const fn six_hours() -> u64 {
    6 * 60 * 60
}

impl Order {
    /// An edit at `provider`, its result to `target`, with everything else at its default.
    #[must_use]
    pub fn new(
        provider: impl Into<String>,
        request: EditRequest,
        target: impl Into<String>,
    ) -> Self {
        Self {
            provider: provider.into(),
            account: default_account(),
            request,
            target: target.into(),
            cap: Cap::default(),
            max_usd: None,
            pacing: None,
            patience: six_hours(),
        }
    }

    /// The gate that jobs of this provider and account share.
    #[must_use]
    pub fn gate(&self) -> String {
        format!("{}/{}", self.provider, self.account)
    }

    /// Checks what can be known without a provider.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn check(&self) -> Result<(), OrderError> {
        if self.cap.running == 0 || self.cap.start_every == 0 || self.cap.lease < 60 {
            return Err(OrderError::Cap);
        }
        let path = Path::new(&self.target);
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if plain && path.file_name().is_some() {
            Ok(())
        } else {
            Err(OrderError::Target(self.target.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use reshoot_core::Url;

    use super::*;

    #[test]
    fn a_cap_lets_jobs_start_and_keep_their_slots() {
        let default = Cap::default();
        for (cap, fits) in [
            (default, true),
            (Cap { running: 0, ..default }, false),
            (Cap { start_every: 0, ..default }, false),
            (Cap { lease: 60, ..default }, true),
            (Cap { lease: 59, ..default }, false),
        ] {
            let video = Url::parse("https://h.example/a.mp4").unwrap();
            let mut order = Order::new("novita", EditRequest::new(video, "p"), "a.mp4");
            order.cap = cap;
            assert_eq!(order.check().is_ok(), fits, "{cap:?}");
        }
    }

    #[test]
    fn a_target_stays_below_the_directory_for_results() {
        for (target, fits) in [
            ("a.mp4", true),
            ("day/a.mp4", true),
            ("", false),
            ("/etc/a.mp4", false),
            ("../a.mp4", false),
            ("day/../../a.mp4", false),
        ] {
            let video = Url::parse("https://h.example/a.mp4").unwrap();
            let order = Order::new("novita", EditRequest::new(video, "p"), target);
            assert_eq!(order.check().is_ok(), fits, "{target}");
        }
    }
}
