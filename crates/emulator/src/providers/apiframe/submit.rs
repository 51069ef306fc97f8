//! `POST /v2/videos/edit`: strict validation, idempotency keys, credits taken at once.
use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{PROVIDER, authorize, error, status};
use crate::app::{App, Order, Origin, Shared, lock, random_uuid};
use crate::jobs::{Billed, Job, Replay};
use crate::validate::Violation;
use crate::webhooks::{self, Subscription};
use crate::wire::{self, Answer, Refusal};

/// Credits per second of output; the table is not published. At 720p as in the documented `creditCost` of 55.
pub(super) const CREDITS_720P: f64 = 11.0;
pub(super) const CREDITS_1080P: f64 = 17.0;

pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let key = idempotency_key(request.headers())?;
    let body = wire::body(request).await.map_err(|problem| error(400, &problem))?;
    let scope = format!("{} {owner}", PROVIDER.name);
    let _turn = lock(&app.turn);
    if let Some(key) = &key {
        // The guard of the lock must not live into the arms.
        let replay = lock(&app.jobs).replay(&scope, key, &body);
        match replay {
            Replay::Of(id) => return replayed(&app, &id),
            Replay::Conflict => {
                return Err(error(409, "Idempotency-Key was used with a different body").into());
            }
            Replay::Fresh => {}
        }
    }
    check(&app, &body)?;
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, owner, body.clone()) });
    if let Some(key) = &key {
        lock(&app.jobs).remember(&scope, key, body, &job.id);
    }
    subscribe(&app, &job);
    Ok(accepted(&app, &job))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let key = wire::header(headers, "idempotency-key").filter(|key| !key.is_empty());
    match key {
        Some(key) if key.len() > 255 => {
            Err(error(400, "Idempotency-Key must be at most 255 characters").into())
        }
        key => Ok(key),
    }
}

fn accepted(app: &App, job: &Job) -> Response {
    wire::json(202, json!({ "jobId": job.id, "status": status(&app.phase(job)) }))
}

/// A replay answers the job as it stands now.
fn replayed(app: &App, id: &str) -> Answer {
    let job = app.replayed(&PROVIDER, id).ok_or_else(|| error(503, "the first job is gone"))?;
    Ok(accepted(app, &job))
}

fn check(app: &App, body: &Value) -> Result<(), Refusal> {
    let violations = PROVIDER.contract.request("/v2/videos/edit", body);
    if !violations.is_empty() {
        let body = json!({ "error": "Validation error", "details": details(&violations) });
        return Err(wire::json(400, body).into());
    }
    let params = body.get("wan27VideoeditParams").cloned().unwrap_or_default();
    // Without `duration` the route probes the clip before it answers.
    let probed = params.get("duration").is_none()
        && app.origin(wire::text(&params, "video")) == Origin::Missing;
    if probed { Err(error(400, "Could not probe the input video").into()) } else { Ok(()) }
}

/// Messages by the dotted path of their field.
fn details(violations: &[Violation]) -> BTreeMap<String, Vec<String>> {
    let mut details = BTreeMap::<String, Vec<String>>::new();
    for violation in violations {
        let field = if violation.path.is_empty() { "body".to_owned() } else { violation.dotted() };
        details.entry(field).or_default().push(violation.message.clone());
    }
    details
}

fn order(app: &App, owner: String, body: Value) -> Order {
    let params = body.get("wan27VideoeditParams").cloned().unwrap_or_default();
    let origin = app.origin(wire::text(&params, "video"));
    let (input_seconds, output_seconds) =
        app.seconds(&origin, params.get("duration").and_then(Value::as_f64));
    let price =
        if wire::text(&params, "resolution") == "720p" { CREDITS_720P } else { CREDITS_1080P };
    let missing = (origin == Origin::Missing)
        .then(|| ("input".to_owned(), "input video could not be read".to_owned()));
    Order {
        id: random_uuid(),
        owner,
        billed: Billed { input_seconds, output_seconds, credits: (output_seconds * price).ceil() },
        failure: missing,
        origin,
        input: body,
        outputs: 1,
        fault: None,
    }
}

fn subscribe(app: &Shared, job: &Job) {
    let Some(url) = job.input.get("webhookUrl").and_then(Value::as_str) else {
        return;
    };
    let events: Option<Vec<String>> = job
        .input
        .get("webhookEvents")
        .and_then(Value::as_array)
        .map(|events| events.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    let subscription = Subscription {
        url: url.to_owned(),
        secret: Sha256::digest(&job.owner).to_vec(),
        events: events.unwrap_or_else(|| vec!["completed".to_owned(), "failed".to_owned()]),
    };
    webhooks::watch(app, &PROVIDER, job, subscription);
}
