//! `POST /api/v1/jobs/createTask`: no idempotency key, and refusals under HTTP 200.
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::{MODEL, PROVIDER, authorize, error, sentence, success};
use crate::app::{App, Order, Origin, Shared, random_hex};
use crate::jobs::{Billed, Job};
use crate::webhooks::{self, Subscription};
use crate::wire::{self, Answer, Refusal};

/// Credits per second of output. Source: <https://kie.ai/pricing> (read 2026-11-21).
pub(super) const CREDITS_720P: f64 = 16.0;
pub(super) const CREDITS_1080P: f64 = 24.0;

pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let body = wire::body(request).await.map_err(|problem| error(422, &problem))?;
    check(&body)?;
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, owner, body) });
    subscribe(&app, &job);
    Ok(success(json!({ "taskId": job.id })))
}

fn check(body: &Value) -> Result<(), Refusal> {
    // The route serves every model, so an unknown one is refused before its fields are looked at.
    if body.get("model").and_then(Value::as_str).is_some_and(|model| model != MODEL) {
        return Err(error(422, "The page does not exist or is not published").into());
    }
    match PROVIDER.contract.request("/api/v1/jobs/createTask", body).first() {
        Some(violation) => Err(error(422, &sentence(violation)).into()),
        None => Ok(()),
    }
}

fn order(app: &App, owner: String, body: Value) -> Order {
    let input = body.get("input").cloned().unwrap_or_default();
    let origin = app.origin(wire::text(&input, "video_url"));
    let cut = input.get("duration").and_then(Value::as_f64);
    let problem = match origin {
        Origin::Missing => Some(("500", "the clip could not be read")),
        _ if cut == Some(1.0) => Some(("422", "duration must be 0, or from 2 to 10")),
        _ => None,
    };
    Order {
        id: format!("task_wan_{}", random_hex(12)),
        owner,
        billed: billed(app, &origin, cut, wire::text(&input, "resolution")),
        failure: problem.map(|(code, message)| (code.to_owned(), message.to_owned())),
        origin,
        input: body,
        outputs: 1,
        fault: None,
    }
}

/// The page on credits shows a whole number, so parts of a credit count as one.
fn billed(app: &App, origin: &Origin, cut: Option<f64>, resolution: &str) -> Billed {
    let (input_seconds, output_seconds) = app.seconds(origin, cut);
    let price = if resolution == "720p" { CREDITS_720P } else { CREDITS_1080P };
    Billed { input_seconds, output_seconds, credits: (output_seconds * price).ceil() }
}

/// Without a key in the settings nothing is signed.
fn subscribe(app: &Shared, job: &Job) {
    let Some(url) = job.input.get("callBackUrl").and_then(Value::as_str) else {
        return;
    };
    let secret = app.dashboard_secret(PROVIDER.name).unwrap_or_default();
    let subscription = Subscription { url: url.to_owned(), secret, events: Vec::new() };
    webhooks::watch(app, &PROVIDER, job, subscription);
}
