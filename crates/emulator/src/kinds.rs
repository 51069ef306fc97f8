//! The kinds of faults, and where each can happen.
use serde::{Deserialize, Serialize};

use crate::faults::Operation;

/// What goes wrong. The README says what a client sees of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The work is done (a job created, credits charged), then the connection closes without an answer.
    LostReply,
    /// The connection closes before anything is done.
    ResetBefore,
    /// The provider's own 429; nothing is done.
    RateLimited {
        /// Seconds for `Retry-After`; none leaves the header out.
        #[serde(default)]
        retry_after: Option<u64>,
        /// Write `Retry-After` as an HTTP date.
        #[serde(default)]
        as_date: bool,
    },
    /// A gateway's HTML page with status 502; nothing is done.
    #[serde(rename = "html-502")]
    Html502,
    /// The provider's own error with this status; nothing is done.
    ErrorBefore {
        /// 400–599.
        status: u16,
    },
    /// The work is done, then the provider's own error with this status is answered.
    ErrorAfter {
        /// 400–599.
        status: u16,
    },
    /// The call is handled only after this pause.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// The work is done, then no answer ever comes and the connection stays open.
    Hang,
    /// The answer's body trickles, one byte at a time.
    SlowLoris {
        /// Milliseconds between two bytes.
        #[serde(default = "default_trickle")]
        ms: u64,
    },
    /// The right `Content-Length`, then half of the body, then the connection closes.
    Truncated,
    /// A download answers with this status instead of the clip.
    DeadLink {
        /// 400–599.
        #[serde(default = "default_dead")]
        status: u16,
    },
    /// A download answers as storage does for a signature that has run out.
    ExpiredLink,
    /// The answer's status word is replaced.
    UnknownStatus {
        /// The word.
        word: String,
    },
    /// JSON is announced as `text/html`.
    WrongContentType,
    /// The body is replaced by bytes that are not JSON.
    Garbage {
        /// How many.
        #[serde(default = "default_garbage")]
        bytes: usize,
    },
    /// The status line is right, the body is empty.
    EmptyBody,
    /// Every field but ids and status words is null.
    NullFields,
    /// Every field but ids and status words is missing.
    MissingFields,
    /// Every object has fields that nobody documented.
    ExtraFields,
    /// Every number comes as a string.
    NumbersAsStrings,
    /// The job ends as failed.
    JobFailed {
        /// Machine-readable word, where the provider has such a field.
        #[serde(default = "default_code")]
        code: String,
        /// Text for a person.
        #[serde(default = "default_message")]
        message: String,
    },
    /// The job ends as cancelled.
    JobCanceled,
    /// The job never ends.
    Stuck,
    /// The first polls of the job answer "not found".
    NotFoundAtFirst {
        /// How many polls.
        times: u32,
    },
    /// A downloaded clip has wrong bytes at the right length.
    CorruptDownload,
    /// The delivery is sent twice.
    DuplicateWebhook,
    /// Deliveries come in the wrong order: a late "running" one after the last.
    ReorderedWebhook,
    /// A delivery that the provider did not send comes first: wrong signature, false content.
    ForgedWebhook,
}

fn default_trickle() -> u64 {
    100
}

fn default_dead() -> u16 {
    404
}

fn default_garbage() -> usize {
    1 << 20
}

fn default_code() -> String {
    "service_error".to_owned()
}

fn default_message() -> String {
    "the emulator was told to fail this job".to_owned()
}

/// What a fault does to a job rather than to a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JobFault {
    Failed {
        code: String,
        message: String,
    },
    Canceled,
    /// Canceled while it ran, and charged.
    Stopped,
    Stuck,
    HiddenFor(u32),
}

impl Fault {
    /// Every kind, as written in a plan.
    pub const KINDS: [&'static str; 28] = [
        "lost-reply",
        "reset-before",
        "rate-limited",
        "html-502",
        "error-before",
        "error-after",
        "slow",
        "hang",
        "slow-loris",
        "truncated",
        "dead-link",
        "expired-link",
        "unknown-status",
        "wrong-content-type",
        "garbage",
        "empty-body",
        "null-fields",
        "missing-fields",
        "extra-fields",
        "numbers-as-strings",
        "job-failed",
        "job-canceled",
        "stuck",
        "not-found-at-first",
        "corrupt-download",
        "duplicate-webhook",
        "reordered-webhook",
        "forged-webhook",
    ];

    pub(crate) fn on_job(&self) -> Option<JobFault> {
        match self {
            Self::JobFailed { code, message } => {
                Some(JobFault::Failed { code: code.clone(), message: message.clone() })
            }
            Self::JobCanceled => Some(JobFault::Canceled),
            Self::Stuck => Some(JobFault::Stuck),
            Self::NotFoundAtFirst { times } => Some(JobFault::HiddenFor(*times)),
            _ => None,
        }
    }

    pub(crate) fn fits(&self, operation: Operation) -> bool {
        match self {
            Self::DuplicateWebhook | Self::ReorderedWebhook | Self::ForgedWebhook => {
                operation == Operation::Webhook
            }
            Self::DeadLink { .. } | Self::ExpiredLink | Self::CorruptDownload => {
                operation == Operation::Download
            }
            _ if self.on_job().is_some() => {
                matches!(operation, Operation::Submit | Operation::Status)
            }
            _ => operation != Operation::Webhook,
        }
    }

    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::ErrorBefore { status }
            | Self::ErrorAfter { status }
            | Self::DeadLink { status } => Some(*status),
            _ => None,
        }
    }
}
