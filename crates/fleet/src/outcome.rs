//! How an edit ended, and how far one is.

use std::fmt;

use reshoot_core::{Charge, JobRef};
use serde::{Deserialize, Serialize};

/// How an edit ended; each says what it means for the money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The results are here.
    Done {
        /// The provider's job.
        job: JobRef,
        /// The files, whole.
        files: Vec<File>,
        /// What was billed, where the provider tells.
        billed: Option<Charge>,
    },
    /// No job was made; nothing is owed.
    Refused {
        /// Why.
        reason: String,
    },
    /// The job ended without a result.
    Failed {
        /// The provider's job.
        job: JobRef,
        /// Why, in the provider's words.
        reason: String,
        /// Whether the provider says that nothing was billed.
        unbilled: bool,
    },
    /// A submit may have made a job, and nobody can tell. It was not sent again: look into the
    /// provider's dashboard.
    PerhapsCharged {
        /// What is known.
        reason: String,
    },
    /// The job is made and paid for, but its results did not come here. They can be fetched by its id
    /// as long as the provider has them.
    NotFetched {
        /// The provider's job.
        job: JobRef,
        /// Why.
        reason: String,
    },
    /// The job still ran when patience ended; it goes on, and can be fetched by its id.
    StillRunning {
        /// The provider's job.
        job: JobRef,
    },
    /// It was canceled.
    Stopped {
        /// The provider's job, if one was made.
        job: Option<JobRef>,
        /// What became of that, in plain words.
        note: String,
    },
}

impl Outcome {
    pub(crate) fn refused(reason: impl fmt::Display) -> Self {
        Self::Refused { reason: reason.to_string() }
    }

    /// The provider's job, where one is known.
    #[must_use]
    pub const fn job(&self) -> Option<&JobRef> {
        match self {
            Self::Done { job, .. }
            | Self::Failed { job, .. }
            | Self::NotFetched { job, .. }
            | Self::StillRunning { job } => Some(job),
            Self::Stopped { job, .. } => job.as_ref(),
            Self::Refused { .. } | Self::PerhapsCharged { .. } => None,
        }
    }

    /// The files; none unless it is done.
    #[must_use]
    pub fn files(&self) -> &[File] {
        match self {
            Self::Done { files, .. } => files,
            _ => &[],
        }
    }

    /// What was billed, where the provider tells.
    #[must_use]
    pub const fn billed(&self) -> Option<Charge> {
        match self {
            Self::Done { billed, .. } => *billed,
            _ => None,
        }
    }

    /// What is to be said of it; none if it is done.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Done { .. } => None,
            Self::Refused { reason }
            | Self::Failed { reason, .. }
            | Self::PerhapsCharged { reason }
            | Self::NotFetched { reason, .. } => Some(reason),
            Self::StillRunning { .. } => Some("it still ran when nobody waited for it any more"),
            Self::Stopped { note, .. } => Some(note),
        }
    }
}

/// A result, where it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path, as the worker sees it; or its URL in a bucket, without a signature.
    pub place: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in small hex digits.
    pub sha256: String,
}

/// How far an edit is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// Where it stands.
    pub stage: Stage,
    /// The provider's job, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobRef>,
    /// Percent done, where the provider tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// What it costs, in US dollars by its estimate; what was billed is in the [`Outcome`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
}

impl Progress {
    /// At a stage, with nothing else known.
    #[must_use]
    pub const fn at(stage: Stage) -> Self {
        Self { stage, job: None, percent: None, usd: None }
    }
}

/// Where an edit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Waiting for a slot of the gate.
    Waiting,
    /// Being checked and staged.
    Preparing,
    /// The paid request is on its way.
    Submitting,
    /// Finding out whether a submit made a job.
    Settling,
    /// At the provider.
    Running,
    /// On its way here.
    Downloading,
    /// Ended.
    Ended,
}
