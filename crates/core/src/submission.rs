//! What came of a submit: the three answers that decide about money.

use crate::{error::Error, job::Job};

/// What came of a submit.
///
/// Only [`Refused`](Submission::Refused) may be submitted again, or to another provider.
#[derive(Debug)]
#[must_use = "a submit may have been paid for, whatever came of it"]
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one, and lives briefly")]
pub enum Submission {
    /// The provider made a job. Keep its [`JobRef`](crate::JobRef): it is what was paid for.
    Accepted(Job),
    /// It is proved that no job was made and nothing is owed.
    Refused(Error),
    /// **Perhaps charged**: the request may have arrived, but no readable answer came back.
    ///
    /// *What to do:* look for the job with [`Provider::find`](crate::Provider::find) or in the
    /// provider's dashboard. Submitting again may pay twice, unless it is done under the same
    /// idempotency key at a provider that honours it.
    Unknown(Error),
}

impl Submission {
    /// What a success answer means, once its job was read: a job that cannot be read may still have
    /// been made and paid for.
    pub fn made(job: Result<Job, Error>) -> Self {
        match job {
            Ok(job) => Self::Accepted(job),
            Err(error) => Self::Unknown(error.with_retryable(false)),
        }
    }

    /// The error, if there was one.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Accepted(_) => None,
            Self::Refused(error) | Self::Unknown(error) => Some(error),
        }
    }
}
