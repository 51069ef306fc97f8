//! Webhook deliveries: when, with which retries, and what faults do to them. Only loopback is ever called.
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::app::{Shared, is_loopback, lock};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::kinds::Fault;
use crate::providers::Provider;
use crate::wire;

/// Where deliveries go and how they are signed.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) url: String,
    pub(crate) secret: Vec<u8>,
    /// The provider's words for the events that are wanted; empty means all.
    pub(crate) events: Vec<String>,
}

/// When a delivery is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Created,
    Started,
    Ended,
}

impl Moment {
    /// The share of a job's time that has passed by then.
    fn share(self) -> f64 {
        match self {
            Self::Created => 0.0,
            Self::Started => Job::QUEUED_SHARE,
            Self::Ended => 1.0,
        }
    }
}

/// What a provider sends at a moment, before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) body: Value,
    pub(crate) sign: fn(&Subscription, &str) -> Vec<(&'static str, String)>,
}

/// Documented pauses are seconds; tests cannot wait for them.
const SCALE: u32 = 20;

/// How long a receiver may take: the longest that a provider documents.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Follows a job for every webhook that is set up in the provider's dashboard.
pub(crate) fn announce(app: &Shared, provider: &'static Provider, job: &Job) {
    let subscriptions = lock(&app.subscriptions).clone();
    for (_, subscription) in subscriptions.into_iter().filter(|(name, _)| *name == provider.name) {
        watch(app, provider, job, subscription);
    }
}

/// Follows a job and delivers what the provider would.
pub(crate) fn watch(
    app: &Shared,
    provider: &'static Provider,
    job: &Job,
    subscription: Subscription,
) {
    let allowed = url::Url::parse(&subscription.url)
        .is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
    mark(app, &job.id, if allowed { "pending" } else { "failed" });
    if allowed {
        app.spawn(follow(app.clone(), provider, job.id.clone(), subscription));
    }
}

async fn follow(app: Shared, provider: &'static Provider, id: String, subscription: Subscription) {
    for moment in [Moment::Created, Moment::Started, Moment::Ended] {
        let Some(job) = reached(&app, &id, moment).await else {
            return;
        };
        let phase = match moment {
            Moment::Created => Phase::Queued,
            Moment::Started => Phase::Running(25),
            Moment::Ended => app.phase(&job),
        };
        // Who was canceled in the queue never starts.
        if moment != Moment::Started || app.phase(&job) != Phase::Canceled {
            notify(&app, provider, &job, (moment, phase), &subscription).await;
        }
    }
}

/// How often a job is looked at: a cancel brings its end nearer.
const GLANCE: Duration = Duration::from_millis(50);

/// The job at this moment of its course.
async fn reached(app: &Shared, id: &str, moment: Moment) -> Option<Job> {
    loop {
        let job = lock(&app.jobs).get(id).cloned()?;
        let (now, due) = (Instant::now(), job.created + job.time.mul_f64(moment.share()));
        if due <= now && (moment != Moment::Ended || job.phase(now).is_final()) {
            return Some(job);
        }
        let soon = now + GLANCE;
        tokio::time::sleep_until(if due > now { due.min(soon) } else { soon }.into()).await;
    }
}

async fn notify(
    app: &Shared,
    provider: &'static Provider,
    job: &Job,
    at: (Moment, Phase),
    subscription: &Subscription,
) {
    let (moment, phase) = at;
    let Some(event) = (provider.event)(app, job, &phase, moment, subscription) else {
        return;
    };
    let post = Post { app, provider, url: &subscription.url };
    let fault = app.fault(provider.name, Operation::Webhook);
    if fault == Some(Fault::ForgedWebhook) {
        post.send(&forged(&event).signed(&forger(subscription))).await;
    }
    let signed = event.signed(subscription);
    let arrived = post.deliver(&signed).await;
    if fault == Some(Fault::DuplicateWebhook) {
        post.send(&signed).await;
    }
    if fault == Some(Fault::ReorderedWebhook) && moment == Moment::Ended {
        post.send(&late(app, provider, job, subscription, &event).signed(subscription)).await;
    }
    mark(app, &job.id, if arrived { "delivered" } else { "failed" });
}

/// A body with its signature: every try of a delivery sends the same.
struct Signed {
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Event {
    fn signed(&self, subscription: &Subscription) -> Signed {
        let body = self.body.to_string();
        Signed { headers: (self.sign)(subscription, &body), body }
    }
}

/// Sends to one receiver.
struct Post<'a> {
    app: &'a Shared,
    provider: &'static Provider,
    url: &'a str,
}

impl Post<'_> {
    /// Tries as often as the provider does; true once the receiver took it.
    async fn deliver(&self, signed: &Signed) -> bool {
        if self.send(signed).await {
            return true;
        }
        for pause in self.provider.webhook_retries {
            tokio::time::sleep(Duration::from_millis(*pause) / SCALE).await;
            if self.send(signed).await {
                return true;
            }
        }
        false
    }

    /// One try.
    async fn send(&self, signed: &Signed) -> bool {
        self.app.received(self.provider.name, Operation::Webhook);
        let request = self
            .app
            .http
            .post(self.url)
            .timeout(TIMEOUT)
            .header("content-type", "application/json");
        let request = signed
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, value));
        request
            .body(signed.body.clone())
            .send()
            .await
            .is_ok_and(|response| response.status().is_success())
    }
}

/// A running state that comes after the end. Providers that only tell the end get its body with a running word.
fn late(
    app: &Shared,
    provider: &'static Provider,
    job: &Job,
    subscription: &Subscription,
    last: &Event,
) -> Event {
    let all = Subscription { events: Vec::new(), ..subscription.clone() };
    let started = (provider.event)(app, job, &Phase::Running(25), Moment::Started, &all);
    started
        .or_else(|| (provider.event)(app, job, &Phase::Running(25), Moment::Ended, &all))
        .unwrap_or_else(|| last.clone())
}

/// The same event with links that lead elsewhere; one that has no link gets one.
fn forged(event: &Event) -> Event {
    let mut forged = event.clone();
    mislead(&mut forged.body);
    if forged.body == event.body {
        wire::set(&mut forged.body, "video_url", FORGED);
    }
    forged
}

const FORGED: &str = "http://127.0.0.1:9/forged.mp4";

fn forger(subscription: &Subscription) -> Subscription {
    Subscription { secret: b"whsec_Zm9yZ2Vk".to_vec(), ..subscription.clone() }
}

fn mislead(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("http") => *text = FORGED.to_owned(),
        // Some providers put JSON into a text.
        Value::String(text) if text.starts_with('{') => {
            if let Ok(mut inner) = serde_json::from_str::<Value>(text) {
                mislead(&mut inner);
                *text = inner.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mislead),
        Value::Object(object) => object.values_mut().for_each(mislead),
        _ => {}
    }
}

fn mark(app: &Shared, id: &str, status: &'static str) {
    if let Some(job) = lock(&app.jobs).get_mut(id) {
        job.webhook_status = Some(status);
    }
}
