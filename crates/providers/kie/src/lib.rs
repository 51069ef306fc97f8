#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod request;
mod response;
mod webhook;

use async_trait::async_trait;
use http::HeaderMap;
use progenitor_client::ClientInfo;
use reshoot_core::{
    ApiKey, Cancellation, Capabilities, Delivery, Descriptor, Error, Found, Hint, Job, JobRef,
    LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged, Submission,
    wire::{self, Fault, KeyHeader},
};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const FILES_URL: &str = "https://kieai.redpandaai.co";

/// Where uploads are put; each under a name of its own.
const FOLDER: &str = "reshoot";

/// What is known of kie.ai before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "KIE_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(Kie::new(settings)?)),
};

/// A client for kie.ai.
#[derive(Clone, Debug)]
pub struct Kie {
    api: generated::Client,
    files: Option<generated::Client>,
    webhook_secret: Option<ApiKey>,
}

impl Kie {
    /// A client with these settings.
    ///
    /// The file service has a host of its own. If only the base URL is changed, uploads are refused
    /// rather than sent, with the key, to a host that was not meant.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        let files = settings.files_base(FILES_URL);
        Ok(Self {
            api: client(base, &settings)?,
            files: files.map(|files| client(files, &settings)).transpose()?,
            webhook_secret: settings.webhook_secret,
        })
    }

    /// The generated client, for raw calls to every endpoint of the spec.
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
}

fn client(base: &str, settings: &Settings) -> Result<generated::Client, Error> {
    let (base, http) = wire::connect(base, settings)?;
    let key = KeyHeader::bearer(&settings.key)?;
    Ok(generated::Client::new_with_client(base.as_str(), http, key))
}

/// The status that the answer to a submit hides. One that names a task made it, whatever its code.
fn submit_status(answer: &generated::types::SubmittedTask) -> Option<u16> {
    let task = answer.data.as_ref().and_then(|data| data.task_id.as_ref()?.as_str());
    if task.is_some() { None } else { error::status(answer.code.as_ref()) }
}

#[async_trait]
impl Provider for Kie {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let files = self.files()?;
        let form = reqwest::multipart::Form::new()
            .text("uploadPath", FOLDER)
            .text("fileName", wire::unique_name(file)?)
            .part("file", wire::file_part(file).await?);
        let url = format!("{}/api/file-stream-upload", files.baseurl());
        let sent = wire::post_form(files.client(), files.inner(), url, form).await;
        let failed = |fault: Fault| fault.into_error(NAME, Operation::Upload, error::read);
        let answer: generated::types::UploadedFile = sent.map_err(failed)?;
        match error::status(answer.code.as_ref()).filter(|code| *code != 200) {
            Some(code) => Err(failed(Fault::hidden(code, &HeaderMap::new(), &answer))),
            None => response::uploaded(answer),
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
        // Once: no key makes a second one harmless.
        match wire::opened(self.api.create_task(&body).await, submit_status).await {
            Ok(task) => Submission::made(response::submitted(task)),
            Err(fault) => fault.into_submission(NAME, error::read),
        }
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let called = self.api.get_task(job.id_for(NAME)?).await;
        wire::opened(called, |answer| error::status(answer.code.as_ref()))
            .await
            .map_err(|fault| fault.into_error(NAME, Operation::Status, error::read))
            .and_then(|answer| response::job(answer, job))
            .map_err(|error| error.with_job(job))
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
        webhook::read(delivery, self.webhook_secret.as_ref())
    }
}

reshoot_core::client_hooks!(generated::Client);
