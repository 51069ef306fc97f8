//! The words and the job logic of reshoot; knows no provider.
//!
//! An edit is paid for, takes minutes, and its result expires. The types here follow its money:
//!
//! [`EditRequest`] —[`check`](EditRequest::check)→ [`Checked`] —[`stage`](Checked::stage)→ [`Ready`]
//! —[`submit`]→ [`Submission`] —[`wait()`]→ [`Job`] —download→ a file.
//!
//! Only a [`Ready`] can be submitted, so spending unchecked does not compile. Only a submission that
//! was [`Refused`](Submission::Refused) may be sent again; one that is
//! [`Unknown`](Submission::Unknown) is *perhaps charged*.
//!
//! Implementors of a provider need [`Provider`] and [`wire`]; callers need [`ProviderExt`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod asker;
mod budget;
pub mod capabilities;
mod check;
pub mod download;
mod error;
mod estimate;
mod ext;
mod gate;
mod http_stage;
mod job;
mod job_times;
pub mod media;
pub mod model;
pub mod path_text;
mod poll_plan;
mod provider;
mod ready;
pub mod redact;
mod request;
#[cfg(feature = "s3")]
mod s3;
mod secret;
mod settings;
mod stage;
mod submission;
mod submit;
#[cfg(test)]
mod testing;
mod violation;
mod wait;
mod webhook;
pub mod wire;

pub use asker::Asker;
pub use budget::Budget;
pub use capabilities::Capabilities;
pub use download::{DownloadOptions, Downloaded, Progress, fetch, fetch_outputs};
pub use error::{Error, ErrorKind, Operation};
pub use estimate::Estimate;
pub use ext::{EditError, EditEvent, EditOptions, Edited, ProviderExt, Watch};
pub use gate::{Gate, Load, Permit};
pub use http_stage::HttpStage;
pub use job::{Cancellation, Charge, Failure, Job, JobRef, JobState, Output};
pub use job_times::JobTimes;
pub use poll_plan::{MIN_GAP, PollPlan, RunTimes};
pub use provider::{Candidate, Descriptor, Found, LostSubmit, Provider};
pub use ready::{Checked, Ready, STAGED_FOR, fresh_idempotency_key};
pub use request::{AspectRatio, Audio, EditRequest, Media, Resolution, Seconds, UnknownWord};
#[cfg(feature = "s3")]
pub use s3::{S3Config, S3Stage};
pub use secret::ApiKey;
pub use settings::{BaseUrl, Settings, is_loopback};
pub use stage::{LocalFile, MediaKind, ProviderStage, Stage, Staged, Staging};
pub use submission::Submission;
pub use submit::{REPLAY_PAUSE, replay_once, retry_wait, submit};
pub use violation::{Violation, Violations, Warning};
pub use wait::{Polled, WaitOptions, wait};
pub use webhook::{Delivery, Hint};

pub use async_trait::async_trait;
pub use url::Url;
