//! The two submits: by the model's own route, and by the common one that names the model in its body.
use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::Value;

use super::headers::{self, Wait};
use super::view::{url, view};
use super::{MODEL, PROVIDER, authorize, deadline, error, problem, uploads, webhook};
use crate::app::{App, Order, Origin, Shared, is_loopback, lock, random_bytes};
use crate::jobs::{Billed, Job, Phase};
use crate::wire::{self, Answer, Refusal};

/// The two submits, as the contract writes them.
pub(super) const OF_MODEL: &str = "/models/wan-video/wan-2.7-videoedit/predictions";
pub(super) const COMMON: &str = "/predictions";

/// The version that the model's page is about.
const VERSION: &str = "0ad0f1fc407db22e7aa41062543caa2e9d58c6f3734c165ab0b27a9f685817ea";

/// Dollars per second of output: the higher one of two that third parties tell.
const PRICE: f64 = 0.10;

pub(super) async fn by_model(
    State(app): State<Shared>,
    Path((owner, name)): Path<(String, String)>,
    request: Request,
) -> Answer {
    if format!("{owner}/{name}") != MODEL {
        authorize(&request)?;
        return Err(error(404, "there is no such model here").into());
    }
    submit(&app, request, OF_MODEL).await
}

pub(super) async fn by_version(State(app): State<Shared>, request: Request) -> Answer {
    submit(&app, request, COMMON).await
}

async fn submit(app: &Shared, request: Request, route: &'static str) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let wait = headers::prefer(request.headers())?;
    let life = headers::cancel_after(request.headers())?;
    let body = wire::body(request).await.map_err(|problem| error(400, &problem))?;
    let mut input = checked(body, route)?;
    deadline::set(&mut input, life);
    let job = app.create(&PROVIDER, Order { fault, ..order(app, owner, input) });
    deadline::watch(app, &job);
    webhook::subscribe(app, &job);
    match wait {
        Some(wait) => Ok(waited(app, &job.id, &wait).await.unwrap_or_else(|| created(app, &job))),
        None => Ok(created(app, &job)),
    }
}

/// The body, with every way to name the model turned into one.
fn checked(mut body: Value, route: &str) -> Result<Value, Refusal> {
    let version = body.get("version").and_then(Value::as_str).filter(|_| route == COMMON);
    if let Some(version) = version.map(str::to_owned) {
        let known = [MODEL.to_owned(), VERSION.to_owned(), format!("{MODEL}:{VERSION}")];
        if !known.contains(&version) {
            return Err(problem::no_version().into());
        }
        wire::set(&mut body, "version", MODEL);
    }
    let violations = PROVIDER.contract.request(route, &body);
    if !violations.is_empty() {
        return Err(problem::invalid(&violations).into());
    }
    let hooks = ["webhook", "webhook_completed"];
    match hooks.into_iter().find(|hook| body.get(hook).is_some_and(|url| !is_receiver(url))) {
        Some(hook) => Err(problem::invalid_field(&[hook], "must be an HTTPS URL").into()),
        None => Ok(body),
    }
}

/// HTTPS; plain HTTP to this machine is accepted too, for tests.
fn is_receiver(url: &Value) -> bool {
    url.as_str()
        .and_then(|url| url::Url::parse(url).ok())
        .is_some_and(|url| url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url))
}

fn order(app: &App, owner: String, body: Value) -> Order {
    let input = body.get("input").cloned().unwrap_or_default();
    let origin = origin(app, &owner, wire::text(&input, "video"));
    let (input_seconds, output_seconds) =
        app.seconds(&origin, input.get("duration").and_then(Value::as_f64));
    let missing = (origin == Origin::Missing)
        .then(|| ("input".to_owned(), "the input video could not be read".to_owned()));
    Order {
        id: id(),
        owner,
        billed: Billed {
            input_seconds,
            output_seconds,
            credits: crate::app::round(output_seconds * PRICE),
        },
        failure: missing,
        origin,
        input: body,
        outputs: 1,
        fault: None,
    }
}

/// A file of the store is an input too, for the key that brought it.
fn origin(app: &App, owner: &str, video: &str) -> Origin {
    match app.origin(video) {
        Origin::Missing => {
            uploads::named(app, owner, video).map_or(Origin::Missing, Origin::Stored)
        }
        origin => origin,
    }
}

/// 26 lower-case letters and digits.
fn id() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter));
    random_bytes(26).into_iter().filter_map(letter).collect()
}

/// What a submit answers that waits for nothing, or in vain.
fn created(app: &App, job: &Job) -> Response {
    answer(app, 201, job, &Phase::Queued)
}

fn answer(app: &App, status: u16, job: &Job, phase: &Phase) -> Response {
    let mut response = wire::json(status, view(app, job, phase));
    if let Ok(url) = HeaderValue::from_str(&url(app, &job.id)) {
        response.headers_mut().insert(header::LOCATION, url);
    }
    response
}

/// How often a waiting submit looks at its job.
const GLANCE: Duration = Duration::from_millis(20);

/// The answer to a submit that waits: the job at its end, or still `starting` when the time is up. Any other word
/// than `starting` means to the provider's own clients that the job is done.
async fn waited(app: &App, id: &str, wait: &Wait) -> Option<Response> {
    let limit = Instant::now() + wait.time;
    let (job, phase) = loop {
        let job = lock(&app.jobs).get(id).cloned()?;
        let (phase, now) = (app.phase(&job), Instant::now());
        if phase.is_final() || now >= limit {
            break (job, phase);
        }
        tokio::time::sleep_until(limit.min(now + GLANCE).into()).await;
    };
    let mut response = match phase.is_final() {
        true => answer(app, 201, &job, &phase),
        false => answer(app, 202, &job, &Phase::Queued),
    };
    if let Ok(words) = HeaderValue::from_str(&wait.words) {
        response.headers_mut().insert("preference-applied", words);
    }
    Some(response)
}
