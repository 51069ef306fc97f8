//! What a person sees on a provider's dashboard: its jobs.
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jobs::{Job, Jobs, Phase};

/// A job as the dashboard of its provider shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSeen {
    /// The provider's word.
    pub provider: String,
    /// The job's id.
    pub id: String,
    /// `queued`, `running`, `succeeded`, `failed` or `canceled`.
    pub state: String,
    /// When it was made: milliseconds since 1970.
    pub created: i64,
    /// What was charged, refunds taken off, in the provider's own unit.
    pub credits: f64,
    /// The request as the provider keeps it.
    pub input: Value,
}

/// The jobs of all providers, or of one, oldest first.
pub(crate) fn jobs(jobs: &Jobs, provider: Option<&str>) -> Vec<JobSeen> {
    let now = Instant::now();
    let wanted = |job: &&Job| provider.is_none_or(|provider| provider == job.provider);
    jobs.oldest_first().filter(wanted).map(|job| seen(job, now)).collect()
}

fn seen(job: &Job, now: Instant) -> JobSeen {
    let state = match job.phase(now) {
        Phase::Queued => "queued",
        Phase::Running(_) => "running",
        Phase::Succeeded => "succeeded",
        Phase::Failed { .. } => "failed",
        Phase::Canceled => "canceled",
    };
    JobSeen {
        provider: job.provider.to_owned(),
        id: job.id.clone(),
        state: state.to_owned(),
        created: i64::try_from(job.created_at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0),
        credits: job.charged(now),
        input: job.input.clone(),
    }
}
