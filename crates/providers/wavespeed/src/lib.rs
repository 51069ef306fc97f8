#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod request;
mod response;
mod webhook;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use generated::types;
use progenitor_client::ClientInfo;
use reshoot_core::{
    ApiKey, BaseUrl, Cancellation, Capabilities, Delivery, Descriptor, Error, Found, Hint, Job,
    JobRef, LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged, Submission, Url,
    wire::{self, Fault, Kept, KeyHeader, LookBack},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const MODEL: &str = "alibaba/wan-2.7/video-edit";

/// How far the provider's clock may be off: the list is read from this much earlier, to this much later.
const SKEW: Duration = Duration::from_secs(120);

/// The largest page of the list.
const PAGE: i64 = 100;

/// What is known of WaveSpeedAI before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "WAVESPEED_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(WaveSpeed::new(settings)?)),
};

/// A client for WaveSpeedAI.
#[derive(Clone, Debug)]
pub struct WaveSpeed {
    api: generated::Client,
    base: BaseUrl,
    webhook_secret: Option<ApiKey>,
    fetched_secret: Arc<Kept<ApiKey>>,
}

impl WaveSpeed {
    /// A client with these settings.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        let (base, http) = wire::connect(base, &settings)?;
        let key = KeyHeader::bearer(&settings.key)?;
        Ok(Self {
            api: generated::Client::new_with_client(base.as_str(), http, key),
            base,
            webhook_secret: settings.webhook_secret,
            fetched_secret: Arc::default(),
        })
    }

    /// The generated client, for raw calls to every endpoint of the spec.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.api
    }

    /// The key's webhook secret.
    async fn secret(&self) -> Result<ApiKey, Error> {
        let called = self.api.get_webhook_secret().await;
        let answer = wire::opened(called, |answer| error::status(answer.code)).await;
        let answer = answer.map_err(failed(Operation::Webhook))?;
        wire::told_secret(NAME, answer.data.and_then(|data| data.secret))
    }

    /// Asks where to put a file.
    async fn ticket(&self, file: &LocalFile) -> Result<response::Ticket, Error> {
        let request = types::CreateUpload {
            filename: wire::unique_name(file)?,
            size: i64::try_from(file.bytes).unwrap_or(i64::MAX),
            content_type: Some(file.content_type.to_owned()),
        };
        let called = self.api.create_upload(&request).await;
        let answer = wire::opened(called, |answer| error::status(answer.code)).await;
        response::ticket(answer.map_err(failed(Operation::Upload))?)
    }
}

fn failed(operation: Operation) -> impl Fn(Fault) -> Error {
    move |fault| fault.into_error(NAME, operation, error::read)
}

/// The status that the answer to a submit hides. One that names a prediction made it, whatever its
/// code.
fn submit_status(answer: &types::PredictionAnswer) -> Option<u16> {
    if answer.data.is_some() { None } else { error::status(answer.code) }
}

#[async_trait]
impl Provider for WaveSpeed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let response::Ticket { target, headers, url } = self.ticket(file).await?;
        let target: Url = wire::upload_target(&target, &self.base)?;
        wire::put_file(self.api.client(), target, headers, file)
            .await
            .map_err(failed(Operation::Upload))?;
        Ok(Staged::new(url, None))
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
        let webhook = request.webhook.as_ref().map(Url::as_str);
        let called = self.api.create_prediction(webhook, &body).await;
        match wire::opened(called, submit_status).await {
            Ok(answer) => Submission::made(response::submitted(answer)),
            Err(fault) => fault.into_submission(NAME, error::read),
        }
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let called = self.api.get_prediction(job.id_for(NAME)?).await;
        wire::opened(called, |answer| error::status(answer.code))
            .await
            .map_err(failed(Operation::Status))
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
        let since = lost.since.checked_sub(SKEW).unwrap_or(SystemTime::UNIX_EPOCH);
        let until = SystemTime::now() + SKEW;
        let mut look_back = LookBack::new(*lost);
        for page in 1.. {
            let request = types::ListPredictions {
                created_after: Some(humantime::format_rfc3339_seconds(since).to_string()),
                created_before: Some(humantime::format_rfc3339_seconds(until).to_string()),
                model: Some(MODEL.to_owned()),
                page: Some(page),
                page_size: Some(PAGE),
                status: None,
            };
            let called = self.api.list_predictions(&request).await;
            let answer = wire::opened(called, |answer| error::status(answer.code)).await;
            let items = response::page(answer.map_err(failed(Operation::Find))?)?;
            // Pages may be smaller than was asked for: only an empty one is surely the last.
            let is_last = items.is_empty();
            let items = items.into_iter().map(|item| response::candidate(item, lost.request));
            if !look_back.page(items, is_last) {
                break;
            }
        }
        Ok(look_back.found())
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        if let Some(secret) = &self.webhook_secret {
            return webhook::read(delivery, secret);
        }
        self.fetched_secret.verify(|| self.secret(), |secret| webhook::read(delivery, secret)).await
    }
}

reshoot_core::client_hooks!(generated::Client);
