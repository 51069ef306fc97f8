#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod region;
mod request;
mod response;
mod upload;
mod webhook;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use generated::{HeaderSwitch, UploadAction};
use progenitor_client::ClientInfo;
use reshoot_core::{
    BaseUrl, Cancellation, Candidate, Capabilities, Delivery, Descriptor, EditRequest, Error,
    Found, Hint, Job, JobRef, LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged,
    Submission, Url,
    wire::{self, Fault, KeyHeader, LookBack},
};

pub use capabilities::CAPABILITIES;
pub use region::Region;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;
const MODEL: &str = "wan2.7-videoedit";

/// How far back the list goes, less what clocks may differ by.
const LISTED: Duration = Duration::from_secs(24 * 60 * 60 - 300);

/// How many tasks of a list are looked at one by one.
const LOOKED_AT: usize = 20;

/// What is known of DashScope before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "DASHSCOPE_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[
        ("beijing", Region::Beijing.base_url()),
        ("singapore", Region::Singapore.base_url()),
    ],
    connect: |settings| Ok(Box::new(DashScope::new(settings)?)),
};

/// A client for DashScope.
#[derive(Clone, Debug)]
pub struct DashScope {
    api: generated::Client,
    base: BaseUrl,
}

impl DashScope {
    /// A client with these settings; without a base URL, for Beijing.
    ///
    /// # Errors
    /// [`Config`](reshoot_core::ErrorKind::Config) when a URL is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let base = settings.base_url.as_deref().unwrap_or(generated::BASE_URL);
        let (base, http) = wire::connect(base, &settings)?;
        let key = KeyHeader::bearer(&settings.key)?;
        Ok(Self { api: generated::Client::new_with_client(base.as_str(), http, key), base })
    }

    /// The generated client, for raw calls to every endpoint of the spec.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.api
    }

    /// Lists show no prompts, the tasks themselves do. What cannot be looked at stays undecided.
    async fn rule_out_others(&self, list: &mut [Candidate], request: &EditRequest<Url>) {
        for candidate in list.iter_mut().take(LOOKED_AT) {
            if let Ok(answer) = self.api.get_task(candidate.job.job_ref.id(), None).await
                && response::is_other(&answer.into_inner(), &request.prompt)
            {
                candidate.same_input = Some(false);
            }
        }
    }
}

#[async_trait]
impl Provider for DashScope {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    async fn upload(&self, file: &LocalFile) -> Result<Staged, Error> {
        let failed = |fault: Fault| fault.into_error(NAME, Operation::Upload, error::read);
        let called = self.api.get_upload_policy(&UploadAction::GetPolicy, MODEL, None).await;
        let policy = wire::answered(called, NAME, Operation::Upload, error::read).await?;
        let ticket = upload::Ticket::new(policy, file, &wire::unique_name(file)?)?;
        let target = wire::upload_target(ticket.host(), &self.base)?;
        let form = ticket.form(wire::file_part(file).await?, file.content_type);
        // The policy is all that the store asks for: the key stays here.
        wire::send_form(self.api.client(), target, form).await.map_err(failed)?;
        ticket.staged(SystemTime::now())
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
        let resolve = request::is_stored(request).then_some(&HeaderSwitch::Enable);
        // Once: no key makes a second one harmless.
        let called = self.api.create_video_edit(&HeaderSwitch::Enable, resolve, None, &body).await;
        let hidden = |answer: &generated::types::SubmitAnswer| match answer.output {
            Some(_) => None,
            None => error::hidden(answer.code.as_ref()),
        };
        match wire::opened(called, hidden).await {
            Ok(answer) => Submission::made(response::submitted(answer)),
            Err(fault) => fault.into_submission(NAME, error::read),
        }
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let called = self.api.get_task(job.id_for(NAME)?, None).await;
        wire::answered(called, NAME, Operation::Status, error::read)
            .await
            .and_then(|answer| response::job(answer, SystemTime::now()))
            .map_err(|error| error.with_job(job))
    }

    async fn statuses(&self, _: &[JobRef]) -> Result<Vec<Result<Job, Error>>, Error> {
        Err(wire::one_job_at_a_time(NAME))
    }

    async fn cancel(&self, job: &JobRef) -> Result<Cancellation, Error> {
        match self.api.cancel_task(job.id_for(NAME)?, None).await {
            Ok(_) => Ok(Cancellation::Canceled),
            Err(error) => match Fault::read(error).await {
                Fault::Answered(answer) if error::is_too_late(&answer) => Ok(Cancellation::TooLate),
                fault => {
                    let error = fault.into_error(NAME, Operation::Cancel, error::read);
                    Err(error.with_job(job))
                }
            },
        }
    }

    async fn find(&self, lost: &LostSubmit<'_>) -> Result<Found, Error> {
        // Older tasks are not listed, so that nothing is proved of a submit before them.
        let reaches = lost.since.elapsed().map_or(true, |age| age < LISTED);
        let mut look_back =
            if reaches { LookBack::unordered(*lost) } else { LookBack::of_part(*lost) };
        for page in 1.. {
            // No times: their zone is not documented. Left out, they mean the last 24 hours.
            let model = Some(MODEL);
            let called = self
                .api
                .list_tasks(None, None, model, Some(page), Some(100), None, None, None, None, None)
                .await;
            let listed = wire::answered(called, NAME, Operation::Find, error::read).await?;
            let tasks = response::page(listed)?;
            // The largest page is not known: only an empty one is surely the last.
            let is_last = tasks.is_empty();
            if !look_back.page(tasks.into_iter().map(response::candidate), is_last) {
                break;
            }
        }
        self.rule_out_others(look_back.candidates(), lost.request).await;
        Ok(look_back.found())
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        webhook::read(delivery)
    }
}

reshoot_core::client_hooks!(generated::Client);
