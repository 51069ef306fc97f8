//! The calls of one edit, to a provider of reshoot.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use reshoot_core::{
    Cancellation, Candidate, Checked, DownloadOptions, Downloaded, EditRequest, Error, ErrorKind,
    Found, Job, JobRef, JobState, LostSubmit, Media, Provider, ProviderStage, Ready, Stage,
    Staging, Submission, fetch_outputs, retry_wait,
};

use crate::{
    millis, now_ms,
    order::{Order, Pacing},
    outcome::File,
    work::{Fetched, Looked, Plan, Prepared, Seen, Sent, Work},
};

/// How old a claim may be when its submit is sent: whoever finds the claim later looks the job up, and
/// a process that was stopped in between must not send it then.
const CLAIM_LIVES: Duration = Duration::from_secs(10);

/// How far back a list is read: the clocks of a fleet are kept together.
const SKEW: Duration = Duration::from_secs(60);

/// How long a key is surely remembered where the provider does not tell.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// A provider, and what goes with it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Route {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Where local files go; none: to the provider's own upload.
    pub stage: Option<Arc<dyn Stage>>,
    /// Whether results may lie on this machine, as those of an emulator do.
    pub allow_loopback: bool,
}

impl Route {
    /// A provider with its own upload.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider, stage: None, allow_loopback: false }
    }

    /// Stages local files elsewhere.
    #[must_use]
    pub fn with_stage(mut self, stage: Option<Arc<dyn Stage>>) -> Self {
        self.stage = stage;
        self
    }

    /// Lets results lie on this machine, or not.
    #[must_use]
    pub const fn with_loopback(mut self, allow: bool) -> Self {
        self.allow_loopback = allow;
        self
    }

    fn check(&self, request: EditRequest) -> Result<Checked, String> {
        let staging = self.stage.as_ref().map_or(Staging::Provider, |stage| stage.staging());
        request.check(self.provider.capabilities(), staging).map_err(|them| them.to_string())
    }

    async fn stage(&self, checked: Checked) -> Result<Ready, Error> {
        match &self.stage {
            Some(stage) => checked.stage(&**stage).await,
            None => checked.stage(&ProviderStage(&*self.provider)).await,
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

/// Finds the way to an account at a provider, with its key and address: the worker's own, never the
/// order's.
pub trait Routes: Send + Sync {
    /// Connects.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) when there is no key, or no such provider or account.
    fn connect(&self, provider: &str, account: &str) -> Result<Route, Error>;
}

impl<F: Fn(&str, &str) -> Result<Route, Error> + Send + Sync> Routes for F {
    fn connect(&self, provider: &str, account: &str) -> Result<Route, Error> {
        self(provider, account)
    }
}

/// How to work.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkOptions {
    /// The directory for results, the same for all workers.
    pub outputs: PathBuf,
    /// After how long a submit is given up, and its outcome unknown.
    pub submit_within: Duration,
    /// How long a provider's list of jobs may lag behind a submit.
    pub lag: Duration,
    /// How long jobs run, for the slots of those that may run unseen; none: as each provider says.
    pub runs_for: Option<Duration>,
}

impl WorkOptions {
    /// Results below `outputs`; two minutes for a submit, half a minute for a list to catch up.
    #[must_use]
    pub fn new(outputs: impl Into<PathBuf>) -> Self {
        Self {
            outputs: outputs.into(),
            submit_within: Duration::from_secs(120),
            lag: Duration::from_secs(30),
            runs_for: None,
        }
    }
}

/// [`Work`] at the providers that [`Routes`] leads to.
#[derive(Clone)]
pub struct ProviderWork {
    routes: Arc<dyn Routes>,
    options: WorkOptions,
}

impl fmt::Debug for ProviderWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderWork").field("options", &self.options).finish_non_exhaustive()
    }
}

impl ProviderWork {
    /// Work over `routes`.
    #[must_use]
    pub fn new(routes: Arc<dyn Routes>, options: WorkOptions) -> Self {
        Self { routes, options }
    }

    fn route(&self, order: &Order) -> Result<Route, Error> {
        self.routes.connect(&order.provider, &order.account)
    }

    fn plan(&self, order: &Order, route: &Route, ready: &Ready) -> Plan {
        let capabilities = route.provider.capabilities();
        let pace = capabilities.pace.value;
        let advised = Pacing { first: millis(pace.first), every: millis(pace.every) };
        let keyed = ready.request().idempotency_key.is_some();
        let lag = self.options.lag;
        Plan {
            request: ready.request().clone(),
            replays: keyed && capabilities.idempotency.is_some(),
            usd: ready.estimate().usd,
            pacing: order.pacing.unwrap_or(advised),
            lag: millis(lag),
            latest: millis(CLAIM_LIVES + self.options.submit_within + lag),
            runs_for: millis(self.options.runs_for.unwrap_or(capabilities.run_time.value)),
        }
    }

    /// The request as it was prepared, to be sent.
    async fn ready(&self, route: &Route, plan: &Plan) -> Result<Ready, String> {
        let request = plan.request.clone();
        let video = Media::Url(request.video.clone());
        let images = request.reference_images.iter().cloned().map(Media::Url).collect();
        let checked = route.check(request.with_media(video, images))?;
        route.stage(checked).await.map_err(|error| error.to_string())
    }

    async fn send(&self, route: &Route, ready: &Ready) -> Submission {
        let within = self.options.submit_within;
        match tokio::time::timeout(within, route.provider.submit(ready)).await {
            Ok(submission) => submission,
            Err(_) => Submission::Unknown(Error::new(
                ErrorKind::TimedOut,
                reshoot_core::Operation::Submit,
                "the provider did not answer in time",
            )),
        }
    }

    async fn listed(&self, route: &Route, plan: &Plan, since: u64) -> Result<Found, Error> {
        let from = Duration::from_millis(since).saturating_sub(SKEW);
        let lost = LostSubmit::new(&plan.request, std::time::SystemTime::UNIX_EPOCH + from);
        route.provider.find(&lost).await
    }

    async fn download(&self, order: &Order, job: &JobRef) -> Result<Vec<Downloaded>, Error> {
        let route = self.route(order)?;
        let answer = route.provider.status(job).await?;
        let target = self.options.outputs.join(&order.target);
        if let Some(directory) = target.parent() {
            tokio::fs::create_dir_all(directory).await.map_err(|error| {
                let message = format!("{} cannot be made", directory.display());
                Error::new(ErrorKind::Io, reshoot_core::Operation::Download, message)
                    .with_source(error)
            })?;
        }
        // A file that is there is of an earlier run of this very job.
        let options =
            DownloadOptions::default().with_overwrite(true).with_loopback(route.allow_loopback);
        fetch_outputs(&*route.provider, &answer, &target, &options, &mut |_| {}).await
    }
}

#[async_trait]
impl Work for ProviderWork {
    async fn prepare(&self, order: &Order) -> Prepared {
        let route = match self.route(order) {
            Ok(route) => route,
            Err(error) => return Prepared::Unfit(error.to_string()),
        };
        let (checking, request) = (route.clone(), order.request.clone());
        // Local files are looked into.
        let checked = tokio::task::spawn_blocking(move || checking.check(request)).await;
        let checked = match checked {
            Ok(Ok(checked)) => checked,
            Ok(Err(violations)) => return Prepared::Unfit(violations),
            Err(_) => return Prepared::Again("the check was stopped".to_owned()),
        };
        if let Some(reason) = too_dear(order, checked.estimate().usd) {
            return Prepared::Unfit(reason);
        }
        match route.stage(checked).await {
            Ok(ready) => Prepared::Ready(Box::new(self.plan(order, &route, &ready))),
            Err(error) if error.is_retryable() => Prepared::Again(error.to_string()),
            Err(error) => Prepared::Unfit(error.to_string()),
        }
    }

    async fn submit(&self, order: &Order, plan: &Plan, since: u64) -> Sent {
        let not_sent = |reason: String| Sent::Refused { reason, again: None };
        let route = match self.route(order) {
            Ok(route) => route,
            Err(error) => return not_sent(error.to_string()),
        };
        let ready = match self.ready(&route, plan).await {
            Ok(ready) => ready,
            Err(reason) => return not_sent(reason),
        };
        if age(since) > CLAIM_LIVES {
            return Sent::Unknown("the process was stopped before the submit".to_owned());
        }
        let own_key = order.request.idempotency_key.is_none();
        sent(self.send(&route, &ready).await, own_key, order.patience)
    }

    async fn replay(&self, order: &Order, plan: &Plan, since: u64) -> Sent {
        let route = match self.route(order) {
            Ok(route) => route,
            Err(error) => return Sent::Unknown(error.to_string()),
        };
        let rule = route.provider.capabilities().idempotency;
        let told = rule.and_then(|rule| rule.value.remembered);
        let remembered = told.map_or(REMEMBERED, |told| told.saturating_sub(told / 8));
        if rule.is_none() || since > now_ms() || age(since) >= remembered {
            return Sent::Unknown("its key may be forgotten by now".to_owned());
        }
        match self.ready(&route, plan).await {
            Ok(ready) => match self.send(&route, &ready).await {
                Submission::Accepted(job) => Sent::Accepted(job.job_ref.id().to_owned()),
                Submission::Refused(error) | Submission::Unknown(error) => {
                    Sent::Unknown(error.to_string())
                }
            },
            Err(reason) => Sent::Unknown(reason),
        }
    }

    async fn look(&self, order: &Order, plan: &Plan, since: u64) -> Looked {
        let route = match self.route(order) {
            Ok(route) => route,
            Err(error) => return Looked::Missed(error.to_string()),
        };
        match self.listed(&route, plan, since).await {
            Ok(found) => looked(found, millis(age(since))),
            Err(error) => Looked::Missed(error.to_string()),
        }
    }

    async fn status(&self, order: &Order, job: &JobRef) -> Seen {
        let answer = match self.route(order) {
            Ok(route) => route.provider.status(job).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(job) => seen(job),
            Err(error) if error.kind() == ErrorKind::NotFound => Seen::Gone,
            Err(error) => Seen::Missed {
                pause: error.retry_after().map(millis),
                stuck: !error.is_retryable(),
            },
        }
    }

    async fn fetch(&self, order: &Order, job: &JobRef) -> Fetched {
        match self.download(order, job).await {
            Ok(files) => Fetched::Files(files.into_iter().map(File::from).collect()),
            Err(error) if error.kind() == ErrorKind::LinkExpired => {
                Fetched::Gone(error.to_string())
            }
            Err(error) => Fetched::Again(error.to_string()),
        }
    }

    async fn cancel(&self, order: &Order, job: &JobRef) -> String {
        let answer = match self.route(order) {
            Ok(route) => route.provider.cancel(job).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(Cancellation::Canceled) => "the provider stopped it".to_owned(),
            Ok(Cancellation::Requested) => "the provider was asked to stop it".to_owned(),
            Ok(Cancellation::TooLate) => "it runs on, and will be billed".to_owned(),
            Ok(Cancellation::NotOffered) => {
                "the provider cannot stop jobs: it runs on, and will be billed".to_owned()
            }
            Ok(_) => "whether it was stopped is not known".to_owned(),
            Err(error) => format!("whether it was stopped is not known: {error}"),
        }
    }
}

/// How long ago a claim was made; nothing, if the clock was set back since.
fn age(since: u64) -> Duration {
    Duration::from_millis(now_ms().saturating_sub(since))
}

fn too_dear(order: &Order, usd: Option<f64>) -> Option<String> {
    let most = order.max_usd?;
    match usd {
        Some(usd) if usd <= most => None,
        Some(usd) => Some(format!("it would cost ${usd:.2}, and may cost ${most:.2}")),
        None => Some(format!("its price is not known, and it may cost ${most:.2}")),
    }
}

/// A key that only this job can have used is refused as used: an earlier submit arrived after all.
fn sent(submission: Submission, own_key: bool, patience: u64) -> Sent {
    match submission {
        Submission::Accepted(job) => Sent::Accepted(job.job_ref.id().to_owned()),
        Submission::Unknown(error) => Sent::Unknown(error.to_string()),
        Submission::Refused(error) if own_key && error.kind() == ErrorKind::Conflict => {
            Sent::Unknown(error.to_string())
        }
        Submission::Refused(error) => Sent::Refused {
            again: retry_wait(&error, Duration::from_secs(patience)).map(millis),
            reason: error.to_string(),
        },
    }
}

fn looked(found: Found, age: u64) -> Looked {
    let Found::Candidates { list, complete } = found else {
        return Looked::CannotList;
    };
    let of = |same: Option<bool>| move |it: &&Candidate| it.same_input == same;
    let ours = list.iter().filter(of(Some(true))).map(|it| it.job.job_ref.id().to_owned());
    Looked::List {
        ours: ours.collect(),
        perhaps: list.iter().filter(of(None)).count(),
        complete,
        age,
    }
}

fn seen(job: Job) -> Seen {
    match job.state {
        JobState::Running { progress } => Seen::Running { percent: progress },
        JobState::Succeeded { billed, .. } => Seen::Succeeded { billed },
        JobState::Failed(failure) => {
            Seen::Failed { unbilled: failure.is_unbilled(), reason: failure.message }
        }
        JobState::Canceled => Seen::Canceled,
        JobState::Expired => Seen::Gone,
        // A state of a later version: it counts as running.
        _ => Seen::Running { percent: None },
    }
}

impl From<Downloaded> for File {
    fn from(file: Downloaded) -> Self {
        let path = file.path.to_string_lossy().into_owned();
        Self { path, bytes: file.bytes, sha256: file.sha256 }
    }
}
