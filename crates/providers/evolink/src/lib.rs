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
    Cancellation, Capabilities, Delivery, Descriptor, Error, Found, Hint, Job, JobRef, LocalFile,
    LostSubmit, Operation, Provider, REPLAY_PAUSE, Ready, Settings, Staged, Submission,
    replay_once,
    wire::{self, KeyHeader, LookBack},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const MODEL: &str = "wan2.7-video-edit";
const FILES_URL: &str = "https://files-api.evolink.ai";

/// What is known of EvoLink before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "EVOLINK_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(EvoLink::new(settings)?)),
};

/// A client for EvoLink.
#[derive(Clone, Debug)]
pub struct EvoLink {
    api: generated::Client,
    files: Option<generated::Client>,
}

impl EvoLink {
    /// A client with these settings.
    ///
    /// The file service has a host of its own. If only the base URL is changed, uploads are refused
    /// rather than sent, with the key, to a host that was not meant.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let files = settings.files_base(FILES_URL);
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        Ok(Self {
            api: client(base, &settings)?,
            files: files.map(|files| client(files, &settings)).transpose()?,
        })
    }

    /// The generated client of the media API, for raw calls to every endpoint of the spec.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.api
    }

    /// The generated client of the file service.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when only the base URL was changed.
    pub fn files(&self) -> Result<&generated::Client, Error> {
        self.files.as_ref().ok_or_else(|| wire::no_files_url(NAME))
    }

    async fn submit_once(
        &self,
        key: Option<&str>,
        body: &generated::types::CreateVideoEdit,
    ) -> Submission {
        wire::submitted(
            self.api.create_video_edit(key, body).await,
            NAME,
            error::read,
            response::submitted,
        )
        .await
    }
}

fn client(base: &str, settings: &Settings) -> Result<generated::Client, Error> {
    let (base, http) = wire::connect(base, settings)?;
    let key = KeyHeader::bearer(&settings.key)?;
    Ok(generated::Client::new_with_client(base.as_str(), http, key))
}

#[async_trait]
impl Provider for EvoLink {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let files = self.files()?;
        let part = wire::file_part(file).await?;
        let form = reqwest::multipart::Form::new()
            .text("file_name", wire::unique_name(file)?)
            .part("file", part);
        let url = format!("{}/api/v1/files/upload/stream", files.baseurl());
        let sent = wire::post_form(files.client(), files.inner(), url, form).await;
        match sent {
            Ok(answer) => response::uploaded(answer),
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
        let called = self.api.get_task(id).await;
        wire::answered(called, NAME, Operation::Status, error::read)
            .await
            .and_then(response::job)
            .map_err(|error| error.with_job(job))
    }

    async fn statuses(&self, jobs: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        let ids = jobs.iter().map(|job| job.id_for(NAME).map(str::to_owned));
        let body = generated::types::GetTasks { task_ids: ids.collect::<Result<_, _>>()? };
        let called = self.api.get_tasks(&body).await;
        wire::opened(called, |answer| error::status(answer.code))
            .await
            .map_err(|fault| fault.into_error(NAME, Operation::Status, error::read))
            .and_then(|answer| response::jobs(answer, jobs))
    }

    async fn cancel(&self, _: &JobRef) -> Result<Cancellation, Error> {
        Ok(Cancellation::NotOffered)
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        let mut look_back = LookBack::new(*lost);
        for page in 1.. {
            let called = self.api.list_tasks(Some(MODEL), Some(page), Some(100), None, None).await;
            let listed = wire::answered(called, NAME, Operation::Find, error::read).await?;
            let tasks = wire::listed(listed.data, NAME)?;
            // The largest page is not known: only an empty one is surely the last.
            let is_last = tasks.is_empty();
            if !look_back.page(tasks.into_iter().map(response::candidate), is_last) {
                break;
            }
        }
        Ok(look_back.found())
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        webhook::read(delivery)
    }
}

reshoot_core::client_hooks!(generated::Client);
