#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod request;
mod response;
mod webhook;

use async_trait::async_trait;
use progenitor_client::ClientInfo;
use reshoot_core::{
    ApiKey, Cancellation, Candidate, Capabilities, Delivery, Descriptor, EditRequest, Error, Found,
    Hint, Job, JobRef, LocalFile, LostSubmit, Operation, Provider, REPLAY_PAUSE, Ready, Settings,
    Staged, Submission, Url, replay_once,
    wire::{self, KeyHeader, LookBack, text},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const MODEL: &str = "wan-2.7-videoedit";

/// How many jobs are looked at one by one in the search for a lost one.
const LOOKED_AT: usize = 20;

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
        wire::submitted(
            self.api.edit_video(key, body).await,
            NAME,
            error::read,
            response::submitted,
        )
        .await
    }
}

impl Apiframe {
    /// Lists show no input, the jobs themselves do. What cannot be looked at stays undecided.
    async fn look_at_inputs(&self, list: &mut [Candidate], request: &EditRequest<Url>) {
        for candidate in list.iter_mut().filter(|it| it.same_input.is_none()).take(LOOKED_AT) {
            if let Ok(job) = self.api.get_job(candidate.job.job_ref.id()).await {
                candidate.same_input =
                    job.into_inner().input.and_then(|input| response::same_input(&input, request));
            }
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
        let url = format!("{}/v2/uploads", self.api.baseurl());
        let sent = wire::post_form(self.api.client(), self.api.inner(), url, form).await;
        match sent {
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
        let called = self.api.get_job(id).await;
        wire::answered(called, NAME, Operation::Status, error::read)
            .await
            .and_then(response::job)
            .map_err(|error| error.with_job(job))
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(wire::one_job_at_a_time(NAME))
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        Ok(Cancellation::NotOffered)
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        let (mut look_back, mut cursor) = (LookBack::new(*lost), None);
        loop {
            let (after, model) = (cursor.as_deref(), Some(MODEL));
            let called = self.api.list_jobs(after, None, Some(100), model, None, None, None).await;
            let listed = wire::answered(called, NAME, Operation::Find, error::read).await?;
            cursor = text(listed.next_cursor).filter(|_| listed.has_more != Some(false));
            let jobs = wire::listed(listed.jobs, NAME)?.into_iter();
            let jobs = jobs.map(|job| response::candidate(job, lost.request));
            if !look_back.page(jobs, cursor.is_none()) {
                break;
            }
        }
        self.look_at_inputs(look_back.candidates(), lost.request).await;
        Ok(look_back.found())
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        webhook::read(delivery, &self.key)
    }
}

reshoot_core::client_hooks!(generated::Client);
