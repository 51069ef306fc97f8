#![doc = include_str!("../README.md")]

mod capabilities;
mod error;
#[allow(missing_docs, reason = "the spec documents what there is to say")]
pub mod generated;
mod request;
mod response;
pub mod unified;
mod webhook;

use async_trait::async_trait;
use progenitor_client::ResponseValue;
use reshoot_core::{
    ApiKey, Cancellation, Capabilities, Delivery, Descriptor, Error, ErrorKind, Found, Hint, Job,
    JobRef, LocalFile, LostSubmit, Operation, Provider, Ready, Settings, Staged, Submission,
    wire::{self, KeyHeader, LookBack},
};
use unified::{Edit, Frames, Reference, TextOrImage};

pub use capabilities::CAPABILITIES;
#[doc(hidden)]
pub use reshoot_core::wire::KeyHeader as Inner;

const NAME: &str = CAPABILITIES.provider;

/// What is known of skills.video before there is a key.
pub const DESCRIPTOR: Descriptor = Descriptor {
    capabilities: &CAPABILITIES,
    key_env: "SKILLS_VIDEO_API_KEY",
    base_url: generated::BASE_URL,
    presets: &[],
    connect: |settings| Ok(Box::new(SkillsVideo::new(settings)?)),
};

/// A client for skills.video.
#[derive(Clone, Debug)]
pub struct SkillsVideo {
    api: generated::Client,
    webhook_secret: Option<ApiKey>,
}

impl SkillsVideo {
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
        })
    }

    /// The generated client, for raw calls to every endpoint of the spec.
    ///
    /// A submit by this client is not guarded: nothing is checked, and a lost reply is yours.
    #[must_use]
    pub const fn api(&self) -> &generated::Client {
        &self.api
    }

    /// Makes a video from a text, an image, or the end of a clip, by the unified route.
    pub async fn text_or_image(&self, job: &TextOrImage) -> Submission {
        self.create(job.problems(), job.body()).await
    }

    /// Makes a video of what reference images and clips show, by the unified route.
    pub async fn reference(&self, job: &Reference) -> Submission {
        self.create(job.problems(), job.body()).await
    }

    /// Makes a video that begins, and may end, with given pictures, by the unified route.
    pub async fn frames(&self, job: &Frames) -> Submission {
        self.create(job.problems(), job.body()).await
    }

    /// Edits a clip by the unified route. [`Provider::submit`] uses the dedicated one, which has
    /// fewer surprises.
    pub async fn edit_unified(&self, job: &Edit) -> Submission {
        self.create(job.problems(), job.body()).await
    }

    async fn create(
        &self,
        problems: Vec<String>,
        body: generated::types::CreateVideo,
    ) -> Submission {
        if let Err(refused) = unified::check(problems, &body) {
            return Submission::Refused(refused);
        }
        accepted(self.api.create_video(&body).await).await
    }
}

/// What came of a paid call. It was sent once: no key makes a second one harmless.
async fn accepted(
    answer: Result<ResponseValue<generated::types::Generation>, progenitor_client::Error<()>>,
) -> Submission {
    wire::submitted(answer, NAME, error::read, response::submitted).await
}

#[async_trait]
impl Provider for SkillsVideo {
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
        accepted(self.api.edit_video(&body).await).await
    }

    async fn status(&self, job: &JobRef) -> Result<Job, Error> {
        let id = job.id_for(NAME)?;
        let called = self.api.get_generation(id).await;
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
        let called = self.api.list_running_generations(Some(100), None).await;
        let running = wire::answered(called, NAME, Operation::Find, error::read).await?;
        let mut look_back = LookBack::of_part(*lost);
        let running = running.0.into_iter();
        look_back.page(running.map(|it| response::candidate(it, lost.request)), true);
        Ok(look_back.found())
    }

    async fn read_webhook(&self, delivery: &Delivery<'_>) -> Result<Hint, Error> {
        webhook::read(delivery, self.webhook_secret.as_ref())
    }
}

reshoot_core::client_hooks!(generated::Client);
