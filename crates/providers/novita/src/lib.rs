#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod request;
mod response;
mod webhook;

use async_trait::async_trait;
use reshoot_core::{
    Cancellation, Capabilities, Delivery, Descriptor, Error, ErrorKind, Found, Hint, Job, JobRef,
    JobState, LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged, Submission,
    wire::{self, Fault, KeyHeader},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;

/// JieKou, a sister platform that speaks the same protocol.
pub const JIEKOU_BASE_URL: &str = "https://api.jiekou.ai";

/// What is known of Novita before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "NOVITA_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[("jiekou", JIEKOU_BASE_URL)],
    connect: |settings| Ok(Box::new(Novita::new(settings)?)),
};

/// A client for Novita.
#[derive(Clone, Debug)]
pub struct Novita {
    api: generated::Client,
}

impl Novita {
    /// A client with these settings.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        let (base, http) = wire::connect(base, &settings)?;
        let key = KeyHeader::bearer(&settings.key)?;
        Ok(Self { api: generated::Client::new_with_client(base.as_str(), http, key) })
    }

    /// The generated client, for raw calls to every endpoint of the spec.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.api
    }
}

#[async_trait]
impl Provider for Novita {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, _: &LocalFile) -> Result<Staged, Error> {
        let message = "there is no upload: put the file at a URL, or stage it in a bucket of yours";
        Err(Error::new(ErrorKind::NotOffered, Operation::Upload, message).with_provider(NAME))
    }

    async fn submit(&self, ready: &Ready) -> Submission {
        let request = match ready.request_for(NAME) {
            Ok(request) => request,
            Err(error) => return Submission::Refused(error),
        };
        let body = request::body(request);
        if let Err(violations) = body.validate() {
            return Submission::Refused(wire::invalid(NAME, &violations));
        }
        // Once: no key makes a second one harmless.
        wire::submitted(self.api.edit_video(&body).await, NAME, error::read, response::submitted)
            .await
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let id = job.id_for(NAME)?;
        let fault = match self.api.get_task_result(id).await {
            Ok(result) => return response::job(result.into_inner(), job),
            Err(error) => Fault::read(error).await,
        };
        match error::task_failure(&fault) {
            Some(failure) => Ok(Job::new(job.clone(), JobState::Failed(failure))),
            None => Err(fault.into_error(NAME, Operation::Status, error::read).with_job(job)),
        }
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(wire::one_job_at_a_time(NAME))
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        Ok(Cancellation::NotOffered)
    }

    async fn find(&self, _: &LostSubmit<'_>) -> Result<Found, Error> {
        Ok(Found::CannotList)
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        webhook::read(delivery)
    }
}

reshoot_core::client_hooks!(generated::Client);
