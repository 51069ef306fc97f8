#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod request;
mod response;
mod webhook;

use async_trait::async_trait;
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{Request, Response};
use reshoot_core::{
    ApiKey, Cancellation, Capabilities, Delivery, Descriptor, Error, Found, Hint, Job, JobRef,
    LocalFile, LostSubmit, Operation, Provider, REPLAY_PAUSE, Ready, Settings, Staged, Submission,
    replay_once,
    wire::{self, Fault, KeyHeader},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const MODEL: &str = "wan-2.7-videoedit";

/// What is known of Apiframe before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "APIFRAME_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(Apiframe::new(settings)?)),
};

/// A client for Apiframe.
#[derive(Clone, Debug)]
pub struct Apiframe {
    api: generated::Client,
    key: ApiKey,
}

impl Apiframe {
    /// A client with these settings.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        let (base, http) = wire::connect(base, &settings)?;
        let header = KeyHeader::named("x-api-key", &settings.key)?;
        Ok(Self {
            api: generated::Client::new_with_client(base.as_str(), http, header),
            key: settings.key,
        })
    }

    /// The generated client, for raw calls to every endpoint of the spec.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.api
    }

    async fn submit_once(
        &self,
        key: Option<&str>,
        body: &generated::types::EditVideo,
    ) -> Submission {
        match self.api.edit_video(key, body).await {
            Ok(job) => Submission::made(response::submitted(job.into_inner())),
            Err(error) => Fault::read(error).await.into_submission(NAME, error::read),
        }
    }
}

#[async_trait]
impl Provider for Apiframe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let form = reqwest::multipart::Form::new().part("file", wire::file_part(file).await?);
        let request = self
            .api
            .client()
            .post(format!("{}/v2/uploads", self.api.baseurl()))
            .timeout(wire::UPLOAD_TIMEOUT)
            .multipart(form);
        let answer = wire::send(self.api.client(), self.api.inner(), request).await;
        match wire::read_json(answer).await {
            Ok(file) => response::uploaded(file),
            Err(fault) => Err(fault.into_error(NAME, Operation::Upload, error::read)),
        }
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
        match request.idempotency_key.as_deref() {
            Some(key) => replay_once(REPLAY_PAUSE, || self.submit_once(Some(key), &body)).await,
            None => self.submit_once(None, &body).await,
        }
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let id = job.id_for(NAME)?;
        match self.api.get_job(id).await {
            Ok(job) => response::job(job.into_inner()),
            Err(error) => {
                Err(Fault::read(error).await.into_error(NAME, Operation::Status, error::read))
            }
        }
        .map_err(|error| error.with_job(job))
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        Ok(Cancellation::NotOffered)
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        let listed = self.api.list_jobs(None, None, Some(100), Some(MODEL), None, None, None).await;
        let jobs = match listed {
            Ok(jobs) => jobs.into_inner().jobs.unwrap_or_default(),
            Err(error) => {
                return Err(Fault::read(error).await.into_error(
                    NAME,
                    Operation::Find,
                    error::read,
                ));
            }
        };
        let mut candidates: Vec<_> = jobs
            .into_iter()
            .filter_map(|job| response::candidate(job, lost.request))
            .filter(|candidate| response::may_be_of(candidate, lost.since))
            .collect();
        candidates.sort_by_key(|candidate| candidate.same_input != Some(true));
        Ok(Found::Candidates(candidates))
    }

    fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        webhook::read(delivery, &self.key)
    }
}

impl ClientHooks<Inner> for generated::Client {
    async fn pre<E>(
        &self,
        request: &mut Request,
        _: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        self.inner().put_on(request);
        Ok(())
    }

    async fn exec(&self, request: Request, operation: &OperationInfo) -> reqwest::Result<Response> {
        wire::execute(self.client(), request, operation.operation_id).await
    }
}
