//! Webhook deliveries: hints about jobs, to be confirmed by a status call.

use std::time::SystemTime;

use http::HeaderMap;

use crate::job::Job;

/// A delivery as it came in, before anything was believed.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, byte for byte: signatures cover these bytes, not what they parse to.
    pub body: &'a [u8],
    /// When it came in; old deliveries may be replays.
    pub received: SystemTime,
}

/// What a delivery says of a job. Confirm it with a status call before acting on it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hint {
    /// The job as the delivery describes it.
    pub job: Job,
    /// Whether a signature over the body was checked and found good.
    pub signed: bool,
    /// The delivery's own id, for dropping repeats, where it has one.
    pub delivery_id: Option<String>,
}

impl Hint {
    /// What a delivery says of a job.
    #[must_use]
    pub const fn new(job: Job, signed: bool, delivery_id: Option<String>) -> Self {
        Self { job, signed, delivery_id }
    }
}
