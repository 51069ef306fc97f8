//! Deliveries of each provider, as its emulator sends them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap};
use reshoot::{
    ApiKey, Delivery, Descriptor, EditRequest, Error, ErrorKind, Hint, Job, PROVIDERS, Provider,
    Settings, Submission, Url,
    capabilities::{Signature, Webhook},
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_tests::{clip, emulator, stage};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

/// Made up, in the form that the dashboard shows.
const SECRET: &str = "whsec_c2tpbGxzLXZpZGVvLXNlY3JldA==";

type Received = (HeaderMap, Bytes);

/// A receiver that answers at once, and what came in.
struct Receiver {
    url: Url,
    deliveries: Mutex<mpsc::UnboundedReceiver<Received>>,
}

impl Receiver {
    async fn start() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state(Arc::new(sender));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url: Url::parse(&url).unwrap(), deliveries: Mutex::new(receiver) }
    }

    /// Reads deliveries until one is believed and tells the end of the job.
    async fn end_of_job(&self, provider: &dyn Provider) -> (Hint, Vec<Error>) {
        let mut refused = Vec::new();
        loop {
            let mut deliveries = self.deliveries.lock().await;
            let next = tokio::time::timeout(Duration::from_secs(20), deliveries.recv());
            let (headers, body) = next.await.unwrap().unwrap();
            let delivery = Delivery { headers: &headers, body: &body, received: SystemTime::now() };
            match provider.read_webhook(&delivery).await {
                Ok(hint) if is_news(&hint, provider) => return (hint, refused),
                Ok(_) => {}
                Err(error) => refused.push(error),
            }
        }
    }
}

/// Deliveries that are set up in a dashboard tell no result, so that any after the queue is news there.
fn is_news(hint: &Hint, provider: &dyn Provider) -> bool {
    let by_dashboard = provider.capabilities().webhook.value == Webhook::Dashboard;
    hint.job.state.is_final() || by_dashboard
}

async fn receive(
    State(sender): State<Arc<mpsc::UnboundedSender<Received>>>,
    headers: HeaderMap,
    body: Bytes,
) {
    sender.send((headers, body)).unwrap();
}

/// Whether a person sets up something in the provider's dashboard: webhooks, or their secret alone.
fn has_dashboard(descriptor: &Descriptor) -> bool {
    let can = descriptor.capabilities;
    can.webhook.value == Webhook::Dashboard || can.signature.value == Signature::Job
}

fn connect(descriptor: &Descriptor, emulator: &Emulator) -> Box<dyn Provider> {
    let name = descriptor.name();
    let mut settings =
        Settings::new(ApiKey::new("test-key").unwrap()).with_base_url(emulator.url(name));
    settings.files_url = emulator.files_url(name);
    settings.webhook_secret = has_dashboard(descriptor).then(|| ApiKey::new(SECRET).unwrap());
    (descriptor.connect)(settings).unwrap()
}

/// Submits an edit whose end is told to `receiver`.
async fn submit(
    descriptor: &Descriptor,
    provider: &dyn Provider,
    emulator: &Emulator,
    receiver: &Receiver,
) -> Job {
    let mut request = EditRequest::new(clip(), "turn it into claymation");
    let mut entry = json!({"provider": descriptor.name(), "secret": SECRET});
    match descriptor.capabilities.webhook.value {
        Webhook::Dashboard => entry["url"] = json!(receiver.url),
        Webhook::PerRequest { .. } => request.webhook = Some(receiver.url.clone()),
    }
    if has_dashboard(descriptor) {
        let control = format!("http://127.0.0.1:{}/_emulator/webhooks", emulator.port());
        let answer = reqwest::Client::new().post(control).json(&entry).send().await.unwrap();
        assert!(answer.status().is_success());
    }
    let stage = stage(provider, emulator);
    let checked = request.check(descriptor.capabilities, stage.staging()).unwrap();
    match provider.submit(&checked.stage(&*stage).await.unwrap()).await {
        Submission::Accepted(job) => job,
        other => panic!("{}: {other:?}", descriptor.name()),
    }
}

#[tokio::test]
async fn a_delivery_names_the_job_that_it_is_about() {
    for descriptor in PROVIDERS {
        let (emulator, receiver) = (emulator().await, Receiver::start().await);
        let provider = connect(descriptor, &emulator);
        let job = submit(descriptor, &*provider, &emulator, &receiver).await;
        let (hint, refused) = receiver.end_of_job(&*provider).await;
        assert_eq!(hint.job.job_ref, job.job_ref);
        assert!(refused.is_empty(), "{}: {refused:?}", descriptor.name());
        let signs = descriptor.capabilities.signature.value == Signature::Body;
        assert_eq!(hint.signed, signs, "{}", descriptor.name());
    }
}

#[tokio::test]
async fn a_forged_delivery_is_refused_where_deliveries_are_signed() {
    for descriptor in PROVIDERS {
        let (emulator, receiver) = (emulator().await, Receiver::start().await);
        let forged =
            FaultPlan::one("any", Operation::Webhook, Occurrence::EVERY, Fault::ForgedWebhook);
        emulator.set_faults(forged).unwrap();
        let provider = connect(descriptor, &emulator);
        let job = submit(descriptor, &*provider, &emulator, &receiver).await;
        let (hint, refused) = receiver.end_of_job(&*provider).await;
        if descriptor.capabilities.signature.value != Signature::None {
            assert!(refused.iter().any(|error| error.kind() == ErrorKind::Forged));
            assert_eq!(hint.job.job_ref, job.job_ref);
        } else {
            assert!(!hint.signed, "{}: a hint to be confirmed", descriptor.name());
        }
    }
}
