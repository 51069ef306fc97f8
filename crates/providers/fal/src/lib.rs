#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod place;
mod request;
mod response;
mod webhook;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use ed25519_dalek::VerifyingKey;
use generated::{StorageKind, types};
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use place::Place;
use progenitor_client::{ClientInfo, ResponseValue};
use reshoot_core::{
    BaseUrl, Cancellation, Capabilities, Delivery, Descriptor, Error, Failure, Found, Hint, Job,
    JobRef, JobState, LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged,
    Submission, Url,
    wire::{self, Fault, Kept, KeyHeader, LookBack, text},
};
use response::Stand;

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const MODEL: &str = "fal-ai/wan/v2.7/edit-video";
const STORAGE_URL: &str = "https://rest.fal.ai";
const PLATFORM_URL: &str = "https://api.fal.ai";

/// How much earlier than the submit the list is read from: the clocks may differ.
const SKEW: Duration = Duration::from_secs(120);

/// What is known of fal before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "FAL_KEY",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(Fal::new(settings)?)),
};

/// A client for fal.
#[derive(Clone, Debug)]
pub struct Fal {
    queue: generated::Client,
    base: BaseUrl,
    storage: Option<generated::Client>,
    platform: Option<generated::Client>,
    keys: Arc<Kept<Vec<VerifyingKey>>>,
}

impl Fal {
    /// A client with these settings.
    ///
    /// Storage, list and the keys of webhooks are on hosts of their own. If only the base URL is
    /// changed, they are refused rather than asked, with the key, at a host that was not meant;
    /// `files_url` stands for all of them.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        let other = |documented| {
            let base = settings.files_base(documented);
            base.map(|base| client(base, &settings)).transpose()
        };
        Ok(Self {
            queue: client(base, &settings)?,
            base: BaseUrl::parse(base)?,
            storage: other(STORAGE_URL)?,
            platform: other(PLATFORM_URL)?,
            keys: Arc::default(),
        })
    }

    /// The generated client of the queue, for raw calls to every endpoint of the spec that is there.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.queue
    }

    /// The generated client of the storage API, where the keys of webhooks are too.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when only the base URL was changed.
    pub fn storage(&self) -> Result<&generated::Client, Error> {
        self.storage.as_ref().ok_or_else(|| wire::no_files_url(NAME))
    }

    /// The paid call, with none of its options but the webhook.
    async fn send(
        &self,
        webhook: Option<&str>,
        body: &types::EditVideo,
    ) -> Result<ResponseValue<types::QueuedRequest>, progenitor_client::Error<()>> {
        let (limit, timeout, retry, storage, priority) = (None, None, None, None, None);
        let (lifecycle, hint, fallback, old_fallback) = (None, None, None, None);
        self.queue
            .submit_video_edit(
                limit,
                webhook,
                retry,
                lifecycle,
                priority,
                timeout,
                hint,
                storage,
                fallback,
                old_fallback,
                body,
            )
            .await
    }

    /// The keys that sign webhooks now.
    async fn webhook_keys(&self) -> Result<Vec<VerifyingKey>, Error> {
        let called = self.storage()?.get_webhook_keys().await;
        webhook::keys(wire::answered(called, NAME, Operation::Webhook, error::read).await?)
    }

    /// What became of a completed request: reading its result tells.
    async fn result(
        &self,
        place: &Place,
        job: &JobRef,
        told: Option<Failure>,
    ) -> Result<Job, Error> {
        let called = self.queue.get_request_result(&place.owner, &place.app, &place.id).await;
        let fault = match called {
            Ok(result) => return response::succeeded(result.into_inner(), job),
            Err(error) => Fault::read(error).await,
        };
        let state = match &fault {
            Fault::Answered(answer) => response::failed(answer, told.as_ref()),
            _ => told.map(JobState::Failed),
        };
        match state {
            Some(state) => Ok(Job::new(job.clone(), state)),
            None => Err(fault.into_error(NAME, Operation::Status, error::read)),
        }
    }
}

fn client(base: &str, settings: &Settings) -> Result<generated::Client, Error> {
    let (base, http) = wire::connect(base, settings)?;
    let key = KeyHeader::authorization("Key ", &settings.key)?;
    Ok(generated::Client::new_with_client(base.as_str(), http, key))
}

#[async_trait]
impl Provider for Fal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let request = types::InitiateUpload {
            content_type: file.content_type.to_owned(),
            file_name: wire::unique_name(file)?,
        };
        let kind = StorageKind::FalCdnV3;
        let called = self.storage()?.initiate_upload(&kind, None, None, &request).await;
        let upload = wire::answered(called, NAME, Operation::Upload, error::read).await?;
        let (target, staged) = response::ticket(upload)?;
        let target = wire::upload_target(&target, &self.base)?;
        let content_type = HeaderValue::from_static(file.content_type);
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        wire::put_file(self.queue.client(), target, headers, file)
            .await
            .map_err(|fault| fault.into_error(NAME, Operation::Upload, error::read))?;
        Ok(staged)
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
        let webhook = request.webhook.as_ref().map(Url::as_str);
        // Once: no key makes a second one harmless.
        let called = self.send(webhook, &body).await;
        let made = |request| response::submitted(request, self.base.as_str());
        wire::submitted(called, NAME, error::read, made).await
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let place = Place::of_job(job)?;
        let called = self.queue.get_request_status(&place.owner, &place.app, &place.id, None).await;
        let status = wire::answered(called, NAME, Operation::Status, error::read)
            .await
            .map_err(|error| error.with_job(job))?;
        let times = response::times(&status);
        let ended = match response::stand(status, job) {
            Stand::Going(job) => return Ok(job),
            Stand::Canceled => Ok(Job::new(job.clone(), JobState::Canceled)),
            Stand::Completed(told) => self.result(&place, job, told).await,
        };
        ended.map(|ended| ended.with_times(times)).map_err(|error| error.with_job(job))
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(wire::one_job_at_a_time(NAME))
    }

    async fn cancel(&self, job: &JobRef) -> Result<Cancellation, Error> {
        let place = Place::of_job(job)?;
        match self.queue.cancel_request(&place.owner, &place.app, &place.id).await {
            Ok(answer) => Ok(response::canceled(answer.into_inner())),
            Err(error) => match Fault::read(error).await {
                Fault::Answered(answer) if response::is_too_late(&answer) => {
                    Ok(Cancellation::TooLate)
                }
                fault => {
                    let error = fault.into_error(NAME, Operation::Cancel, error::read);
                    Err(error.with_job(job))
                }
            },
        }
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        let platform = self.platform.as_ref().ok_or_else(|| wire::no_files_url(NAME))?;
        let since = lost.since.checked_sub(SKEW).unwrap_or(SystemTime::UNIX_EPOCH);
        let start = humantime::format_rfc3339_seconds(since).to_string();
        let (mut look_back, mut cursor) = (LookBack::of_part(*lost), None);
        loop {
            let (after, start, expand) = (cursor.as_deref(), Some(start.as_str()), "payloads");
            let called = platform
                .list_requests(after, None, MODEL, Some(expand), Some(100), None, None, start, None)
                .await;
            let listed = wire::answered(called, NAME, Operation::Find, error::read).await?;
            cursor = text(listed.next_cursor).filter(|_| listed.has_more != Some(false));
            let items = wire::listed(listed.items, NAME)?.into_iter();
            let items = items.map(|item| response::candidate(item, lost.request));
            if !look_back.page(items, cursor.is_none()) {
                return Ok(look_back.found());
            }
        }
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        self.keys.verify(|| self.webhook_keys(), |keys| webhook::read(delivery, keys)).await
    }
}

reshoot_core::client_hooks!(generated::Client);
