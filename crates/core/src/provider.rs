//! What a provider does for reshoot: one small trait for those who implement it.

use std::{fmt, time::SystemTime};

use async_trait::async_trait;
use url::Url;

use crate::{
    capabilities::Capabilities,
    error::Error,
    job::{Cancellation, Job, JobRef},
    ready::Ready,
    request::EditRequest,
    settings::Settings,
    stage::{LocalFile, Staged},
    submission::Submission,
    webhook::{Delivery, Hint},
};

/// A provider of the model.
///
/// For implementors: the minimum, without defaults, so that nothing is forgotten. Callers use
/// [`ProviderExt`](crate::ProviderExt) as well. `&dyn Provider` works.
#[async_trait]
pub trait Provider: Send + Sync + fmt::Debug {
    /// The provider's word, such as `evolink`.
    fn name(&self) -> &'static str;

    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// Brings a local file to the provider's own store, streaming it from disk.
    ///
    /// # Errors
    /// [`NotOffered`](crate::ErrorKind::NotOffered) if it has no such store. Nothing is spent here.
    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error>;

    /// Sends the paid request: once, or again only under an idempotency key that the provider
    /// honours.
    async fn submit(&self, ready: &Ready) -> Submission;

    /// Asks for a job's state, once.
    ///
    /// # Errors
    /// A failed status call says nothing about the job.
    async fn status(&self, job: &JobRef) -> Result<Job, Error>;

    /// Asks for the states of several jobs with one request; answers in their order. They are as many as
    /// [`Capabilities::statuses`] says, at most.
    ///
    /// One that the answer does not tell of is [`NotFound`](crate::ErrorKind::NotFound), and fails no other.
    ///
    /// # Errors
    /// The call failed as a whole, which says nothing about any of the jobs.
    /// [`NotOffered`](crate::ErrorKind::NotOffered) where each is asked for by itself.
    async fn statuses(&self, jobs: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error>;

    /// Asks to stop a job, and answers with the truth about money.
    ///
    /// # Errors
    /// When the answer is not known; the job may run on.
    async fn cancel(&self, job: &JobRef) -> Result<Cancellation, Error>;

    /// Looks for jobs that may have come of a submit whose outcome is unknown.
    ///
    /// # Errors
    /// A failed look-up says nothing about the job.
    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error>;

    /// Reads a delivery to a webhook, after checking its signature where there is one.
    ///
    /// The key for that may have to be fetched from the provider; it is then kept.
    ///
    /// # Errors
    /// [`Forged`](crate::ErrorKind::Forged) or [`Unreadable`](crate::ErrorKind::Unreadable): drop it.
    /// Any other kind: the key could not be fetched, so that the delivery is neither proved nor
    /// disproved: answer the provider with a failure, and it delivers again.
    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error>;
}

/// A submit whose outcome is unknown.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct LostSubmit<'a> {
    /// What was asked for.
    pub request: &'a EditRequest<Url>,
    /// When the first byte may have left.
    pub since: SystemTime,
    known: &'a (dyn Fn(&JobRef) -> bool + Send + Sync),
}

impl<'a> LostSubmit<'a> {
    /// A submit of `request`, at `since`.
    #[must_use]
    pub fn new(request: &'a EditRequest<Url>, since: SystemTime) -> Self {
        Self { request, since, known: &|_| false }
    }

    /// Leaves out jobs that are known to be of other submits.
    #[must_use]
    pub fn knowing(self, known: &'a (dyn Fn(&JobRef) -> bool + Send + Sync)) -> Self {
        Self { known, ..self }
    }

    /// Whether a job is known to be of another submit.
    #[must_use]
    pub fn is_known(&self, job: &JobRef) -> bool {
        (self.known)(job)
    }
}

impl fmt::Debug for LostSubmit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LostSubmit").field("since", &self.since).finish_non_exhaustive()
    }
}

/// What a look-up of a lost job brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// What the provider lists.
    Candidates {
        /// Jobs made since the submit that may be the lost one, likeliest first.
        list: Vec<Candidate>,
        /// Whether every job made since the submit was looked at, ended ones included. Only then does
        /// an empty list prove that none was made, once the provider's list no longer lags.
        complete: bool,
    },
    /// The provider has no list: look into its dashboard.
    CannotList,
}

/// A job that may be the lost one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The job.
    pub job: Job,
    /// Whether the provider's echo of the input is ours; none where it gives no echo.
    pub same_input: Option<bool>,
    /// When it was made, where the provider tells.
    pub created: Option<SystemTime>,
}

impl Candidate {
    /// A job that may be the lost one.
    #[must_use]
    pub const fn new(job: Job, same_input: Option<bool>, created: Option<SystemTime>) -> Self {
        Self { job, same_input, created }
    }
}

/// What is known of a provider before there is a key: enough to list it and to connect to it.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// What it can do; its word and title are in here.
    pub capabilities: &'static Capabilities,
    /// The environment variable that holds the key, by custom.
    pub key_env: &'static str,
    /// The documented base URL.
    pub base_url: &'static str,
    /// Other hosts that speak the same protocol: name and base URL.
    pub presets: &'static [(&'static str, &'static str)],
    /// Makes a client.
    pub connect: fn(Settings) -> Result<Box<dyn Provider>, Error>,
}

impl Descriptor {
    /// The provider's word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.capabilities.provider
    }

    /// The base URL that a setting means: a preset's name, or itself.
    #[must_use]
    pub fn resolve_base_url<'a>(&self, setting: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.presets.iter().find(|(name, _)| *name == setting).map_or(setting, |(_, url)| url)
    }
}
