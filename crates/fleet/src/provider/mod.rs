//! The calls of one edit, to a provider of reshoot.

mod outputs;
mod read;
mod route;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use reshoot_core::{
    Cancellation, Error, ErrorKind, Found, JobRef, LostSubmit, Media, Operation, Ready, Submission,
};

use crate::{
    millis, now_ms,
    order::{Order, Pacing},
    outcome::File,
    work::{Fetched, Looked, Plan, Prepared, Seen, Sent, Stopping, Work},
};

pub use outputs::Outputs;
use read::{looked, seen, sent, too_dear};
pub use route::{Route, Routes};

/// How old a claim may be when its submit is sent: whoever finds the claim later looks the job up, and
/// a process that was stopped in between must not send it then.
const CLAIM_LIVES: Duration = Duration::from_secs(10);

/// How far back before the claim a list is read, as the journal does: a provider's clock that is off, or
/// a mistake about its time zone, must not make a job look older than its own submit.
const LOOK_BACK: Duration = Duration::from_secs(15 * 60 * 60);

/// How long a key is surely remembered where the provider does not tell.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// How to work.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkOptions {
    /// Where results stay, the same for all workers.
    pub outputs: Outputs,
    /// After how long a submit is given up, and its outcome unknown.
    pub submit_within: Duration,
    /// How long a provider's list of jobs may lag behind a submit.
    pub lag: Duration,
    /// How long jobs run, for the slots of those that may run unseen; none: as each provider says.
    pub runs_for: Option<Duration>,
}

impl WorkOptions {
    /// Results to `outputs`; two minutes for a submit, half a minute for a list to catch up.
    #[must_use]
    pub const fn new(outputs: Outputs) -> Self {
        Self {
            outputs,
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
            within: millis(self.options.submit_within),
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

    async fn send(&self, route: &Route, plan: &Plan, ready: &Ready) -> Submission {
        let within = Duration::from_millis(plan.within);
        match tokio::time::timeout(within, route.provider.submit(ready)).await {
            Ok(submission) => submission,
            Err(_) => Submission::Unknown(Error::new(
                ErrorKind::TimedOut,
                Operation::Submit,
                "the provider did not answer in time",
            )),
        }
    }

    async fn listed(&self, route: &Route, plan: &Plan, since: u64) -> Result<Found, Error> {
        let from = Duration::from_millis(since).saturating_sub(LOOK_BACK);
        let lost = LostSubmit::new(&plan.request, std::time::SystemTime::UNIX_EPOCH + from);
        route.provider.find(&lost).await
    }

    async fn download(&self, order: &Order, job: &JobRef) -> Result<Vec<File>, Error> {
        let route = self.route(order)?;
        let answer = route.provider.status(job).await?;
        self.options.outputs.fetch(&route, &answer, &order.target).await
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
        sent(self.send(&route, plan, &ready).await, own_key, order.patience)
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
            Ok(ready) => match self.send(&route, plan, &ready).await {
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
            Ok(found) => looked(found, since, millis(age(since))),
            Err(error) => Looked::Missed(error.to_string()),
        }
    }

    async fn status(&self, order: &Order, job: &JobRef) -> Seen {
        let answer = match self.route(order) {
            Ok(route) => route.asker.status(job).await,
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
            Ok(files) => Fetched::Files(files),
            Err(error) if error.kind() == ErrorKind::LinkExpired => {
                Fetched::Gone(error.to_string())
            }
            Err(error) => Fetched::Again(error.to_string()),
        }
    }

    async fn cancel(&self, order: &Order, job: &JobRef) -> Stopping {
        let answer = match self.route(order) {
            Ok(route) => route.provider.cancel(job).await,
            Err(error) => Err(error),
        };
        let ended = matches!(answer, Ok(Cancellation::Canceled));
        let note = match answer {
            Ok(Cancellation::Canceled) => "the provider stopped it".to_owned(),
            Ok(Cancellation::Requested) => "the provider was asked to stop it".to_owned(),
            Ok(Cancellation::TooLate) => "it runs on, and will be billed".to_owned(),
            Ok(Cancellation::NotOffered) => {
                "the provider cannot stop jobs: it runs on, and will be billed".to_owned()
            }
            Ok(_) => "whether it was stopped is not known".to_owned(),
            Err(error) => format!("whether it was stopped is not known: {error}"),
        };
        Stopping { ended, note }
    }
}

/// How long ago a claim was made; nothing, if the clock was set back since.
fn age(since: u64) -> Duration {
    Duration::from_millis(now_ms().saturating_sub(since))
}
