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
use progenitor_client::ClientInfo;
use reshoot_core::{
    ApiKey, Cancellation, Capabilities, Delivery, Descriptor, Error, Found, Hint, Job, JobRef,
    LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged, Submission, Url,
    wire::{self, Kept, KeyHeader, LookBack, text},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;

/// How much earlier than the submit the list is read from: the clocks may differ.
const SKEW: Duration = Duration::from_secs(120);

/// What is known of Replicate before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "REPLICATE_API_TOKEN",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(Replicate::new(settings)?)),
};

/// A client for Replicate.
#[derive(Clone, Debug)]
pub struct Replicate {
    api: generated::Client,
    webhook_secret: Option<ApiKey>,
    fetched_secret: Arc<Kept<ApiKey>>,
}

impl Replicate {
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

    /// The account's webhook secret.
    async fn secret(&self) -> Result<ApiKey, Error> {
        let called = self.api.get_webhook_secret().await;
        let secret = wire::answered(called, NAME, Operation::Webhook, error::read).await?;
        wire::told_secret(NAME, secret.key)
    }
}

#[async_trait]
impl Provider for Replicate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let form = reqwest::multipart::Form::new().part("content", wire::file_part(file).await?);
        let url = format!("{}/files", self.api.baseurl());
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
        // Once: no key makes a second one harmless. Without `Prefer`, the answer comes at once.
        let called = self.api.create_model_prediction(None, None, &body).await;
        wire::submitted(called, NAME, error::read, response::submitted).await
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let called = self.api.get_prediction(job.id_for(NAME)?).await;
        wire::answered(called, NAME, Operation::Status, error::read)
            .await
            .and_then(response::job)
            .map_err(|error| error.with_job(job))
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(wire::one_job_at_a_time(NAME))
    }

    async fn cancel(&self, job: &JobRef) -> Result<Cancellation, Error> {
        let called = self.api.cancel_prediction(job.id_for(NAME)?).await;
        wire::answered(called, NAME, Operation::Cancel, error::read)
            .await
            .map(response::canceled)
            .map_err(|error| error.with_job(job))
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        let since = lost.since.checked_sub(SKEW).unwrap_or(SystemTime::UNIX_EPOCH);
        let since = humantime::format_rfc3339_seconds(since).to_string();
        let (mut look_back, mut cursor) = (LookBack::new(*lost), None);
        loop {
            let after = cursor.as_deref();
            let called = self.api.list_predictions(Some(&since), None, after, None).await;
            let listed = wire::answered(called, NAME, Operation::Find, error::read).await?;
            cursor = text(listed.next).and_then(|next| cursor_of(&next));
            let entries = wire::listed(listed.results, NAME)?.into_iter();
            let entries = entries.map(|entry| response::candidate(entry, lost.request));
            if !look_back.page(entries, cursor.is_none()) {
                return Ok(look_back.found());
            }
        }
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        if let Some(secret) = &self.webhook_secret {
            return webhook::read(delivery, secret);
        }
        self.fetched_secret.verify(|| self.secret(), |secret| webhook::read(delivery, secret)).await
    }
}

/// The cursor in the link to the next page. The link itself is not followed: its host may be another.
fn cursor_of(next: &str) -> Option<String> {
    let next = Url::parse(next).ok()?;
    next.query_pairs().find(|(name, _)| name == "cursor").map(|(_, cursor)| cursor.into_owned())
}

reshoot_core::client_hooks!(generated::Client);
