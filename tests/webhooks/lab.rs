//! An emulator, a client with every secret, and a receiver on this machine that shows what it decided.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use reshoot::{
    ApiKey, Descriptor, EditRequest, Hint, Job, PROVIDERS, Provider, Settings, Submission, Url,
    capabilities::{Signature, Webhook},
};
use reshoot_emulator::{Emulator, Fault, FaultPlan, Occurrence, Operation};
use reshoot_tests::{clip, stage};
use reshoot_webhook::{Answer, Incoming, Receiver, TokenSecret};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

/// Made up, in the form that dashboards show.
const SECRET: &str = "whsec_c2tpbGxzLXZpZGVvLXNlY3JldA==";

/// How long the slowest machine may take for what takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A delivery as it came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) received: SystemTime,
}

/// What was decided about a delivery.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) came: Came,
    pub(crate) answer: Answer,
    pub(crate) hint: Option<Hint>,
}

pub(crate) struct Lab {
    pub(crate) emulator: Emulator,
    root: String,
    decided: Mutex<mpsc::UnboundedReceiver<Decided>>,
}

impl Lab {
    pub(crate) async fn new() -> Self {
        let emulator = Emulator::builder().job_time(Duration::from_millis(40)).start();
        let emulator = emulator.await.unwrap();
        let (sender, decided) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new((receiver(&emulator), sender));
        let app = Router::new().fallback(take).with_state(state);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { emulator, root, decided: Mutex::new(decided) }
    }

    pub(crate) fn fault(&self, operation: Operation, fault: Fault) {
        let plan = FaultPlan::one("any", operation, Occurrence::EVERY, fault);
        self.emulator.set_faults(plan).unwrap();
    }

    /// The next delivery, and what was decided about it.
    pub(crate) async fn next(&self) -> Decided {
        let mut decided = self.decided.lock().await;
        tokio::time::timeout(PATIENCE, decided.recv()).await.unwrap().unwrap()
    }

    /// Submits an edit whose end is told to the receiver.
    pub(crate) async fn submit(&self, descriptor: &Descriptor) -> Job {
        let url = Url::parse(&format!("{}{}", self.root, path(descriptor.name()))).unwrap();
        submit(descriptor, &self.emulator, &url).await
    }
}

/// Listens to every provider, under tokens.
pub(crate) fn receiver(emulator: &Emulator) -> Receiver {
    PROVIDERS.iter().fold(Receiver::new(), |receiver, descriptor| {
        receiver.with(connect(descriptor, emulator), secret().token(descriptor.name()))
    })
}

/// `/<provider>/<token>`
pub(crate) fn path(provider: &str) -> String {
    format!("/{provider}/{}", secret().token(provider).expose())
}

fn secret() -> TokenSecret {
    "5a".repeat(32).parse().unwrap()
}

async fn take(
    State(state): State<Arc<(Receiver, mpsc::UnboundedSender<Decided>)>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let path = uri.path().to_owned();
    let came = Came { path, headers, body, received: SystemTime::now() };
    let decided = decide(&state.0, &came).await;
    let status = decided.answer.status();
    state.1.send(decided).unwrap();
    status
}

/// Puts a delivery before a receiver.
pub(crate) async fn decide(receiver: &Receiver, came: &Came) -> Decided {
    let Came { path, headers, body, received } = came;
    let incoming = Incoming { path, headers, body, received: *received };
    let mut hint = None;
    let take = |one| {
        hint = Some(one);
        true
    };
    let answer = receiver.receive(&incoming, take).await;
    Decided { came: came.clone(), answer, hint }
}

/// Whether a person sets up something in the provider's dashboard: webhooks, or their secret alone.
fn has_dashboard(descriptor: &Descriptor) -> bool {
    let can = descriptor.capabilities;
    can.webhook.value == Webhook::Dashboard || can.signature.value == Signature::Job
}

pub(crate) fn connect(descriptor: &Descriptor, emulator: &Emulator) -> Arc<dyn Provider> {
    let name = descriptor.name();
    let mut settings =
        Settings::new(ApiKey::new("test-key").unwrap()).with_base_url(emulator.url(name));
    settings.files_url = emulator.files_url(name);
    settings.webhook_secret = has_dashboard(descriptor).then(|| ApiKey::new(SECRET).unwrap());
    (descriptor.connect)(settings).unwrap().into()
}

/// Sets up what the provider's dashboard asks for, and makes a request that is told about at `url`.
pub(crate) async fn request(
    descriptor: &Descriptor,
    emulator: &Emulator,
    url: &Url,
) -> EditRequest {
    let mut request = EditRequest::new(clip(), "turn it into claymation");
    let mut entry = json!({"provider": descriptor.name(), "secret": SECRET});
    match descriptor.capabilities.webhook.value {
        Webhook::Dashboard => entry["url"] = json!(url),
        Webhook::PerRequest { .. } => request.webhook = Some(url.clone()),
    }
    if has_dashboard(descriptor) {
        let control = format!("http://127.0.0.1:{}/_emulator/webhooks", emulator.port());
        let answer = reqwest::Client::new().post(control).json(&entry).send().await.unwrap();
        assert!(answer.status().is_success());
    }
    request
}

async fn submit(descriptor: &Descriptor, emulator: &Emulator, url: &Url) -> Job {
    let provider = connect(descriptor, emulator);
    let request = request(descriptor, emulator, url).await;
    let stage = stage(&*provider, emulator);
    let checked = request.check(descriptor.capabilities, stage.staging()).unwrap();
    match provider.submit(&checked.stage(&*stage).await.unwrap()).await {
        Submission::Accepted(job) => job,
        other => panic!("{}: {other:?}", descriptor.name()),
    }
}
