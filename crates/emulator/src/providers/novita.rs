//! Novita as documented at <https://novita.ai/docs/api-reference/model-apis-wan2.7-videoedit> (read 2026-11-20).
//!
//! Where the documentation is silent: a missing key is 401 and `MISSING_API_KEY`; `progress_percent` is 0 in the
//! end, as in the documented example; `extra.webhook` is accepted. No price is published; the ledger counts 0.10
//! or 0.15 (dollars) per output second. A `duration` of 1 passes the schema: the submit is accepted, the job
//! fails.
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{Dashboard, Provider, Routes};
use crate::app::{App, Order, Origin, Shared, lock, random_uuid, round};
use crate::faults::Operation;
use crate::jobs::{Billed, Job, Phase};
use crate::links;
use crate::validate::Contract;
use crate::webhooks::{self, Event, Moment, Subscription};
use crate::wire::{self, Answer};

#[cfg(test)]
mod dialect;

pub(crate) static PROVIDER: Provider = Provider {
    name: "novita",
    file_service: false,
    dashboard: Dashboard::Nothing,
    contract: Contract::new(include_str!("../specs/novita.json")),
    vital: &["task_id", "status"],
    status: "status",
    aliases: &[("/v3/", "/novita/v3/"), ("/v1/user/", "/novita/v1/user/")],
    link_lifetime: Duration::from_secs(TTL),
    webhook_retries: &[1000, 1000, 1000, 1000, 1000],
    routes,
    error,
    event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

/// The seconds that `video_url_ttl` says.
const TTL: u64 = 3600;

const SUBMIT: &str = "/v3/async/wan2.7-videoedit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    Router::new()
        .route("/novita/v3/async/wan2.7-videoedit", routes.on(Operation::Submit, post(submit)))
        .route("/novita/v1/user/balance", routes.on(Operation::Account, get(balance)))
        .route("/novita/v3/user/balance", routes.on(Operation::Account, get(balance)))
        .route("/novita/v3/async/task-result", routes.on(Operation::Status, get(result)))
}

async fn submit(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let fault = wire::job_fault(&request);
    let body = wire::body(request)
        .await
        .map_err(|problem| refuse(400, "INVALID_REQUEST_BODY", &problem))?;
    if let Some(violation) = PROVIDER.contract.request(SUBMIT, &body).first() {
        let message = format!("{}: {}", violation.dotted(), violation.message);
        return Err(refuse(400, "INVALID_REQUEST_BODY", &message).into());
    }
    let job = app.create(&PROVIDER, Order { fault, ..order(&app, owner, body) });
    if let Some(url) = job.input.pointer("/extra/webhook/url").and_then(Value::as_str) {
        let subscription =
            Subscription { url: url.to_owned(), secret: Vec::new(), events: Vec::new() };
        webhooks::watch(&app, &PROVIDER, &job, subscription);
    }
    Ok(wire::json(200, json!({ "task_id": job.id })))
}

fn order(app: &App, owner: String, body: Value) -> Order {
    let origin = app.origin(wire::text(&body, "video_url"));
    let cut = body.get("duration").and_then(Value::as_f64);
    let (input_seconds, output_seconds) = app.seconds(&origin, cut);
    let price = if wire::text(&body, "resolution") == "720P" { 0.10 } else { 0.15 };
    let failure = failure(&origin, cut).or_else(|| test_failure(&body));
    Order {
        id: random_uuid(),
        owner,
        billed: Billed { input_seconds, output_seconds, credits: round(output_seconds * price) },
        failure: failure.map(|reason| ("TASK_FAILED".to_owned(), reason.to_owned())),
        origin,
        input: body,
        outputs: 1,
        fault: None,
    }
}

/// What only shows once the model looks at the clip.
fn failure(origin: &Origin, cut: Option<f64>) -> Option<&'static str> {
    if *origin == Origin::Missing {
        return Some("input video could not be read");
    }
    (cut == Some(1.0)).then_some("duration must be 0, or from 2 to 10")
}

/// `extra.webhook.test_mode` asks for an outcome.
fn test_failure(body: &Value) -> Option<&'static str> {
    let mode = body.pointer("/extra/webhook/test_mode")?;
    let failed = mode.get("enabled") == Some(&Value::Bool(true))
        && wire::text(mode, "return_task_status") == "TASK_STATUS_FAILED";
    failed.then_some("test mode")
}

async fn result(State(app): State<Shared>, request: Request) -> Answer {
    let owner = authorize(&request)?;
    let query = wire::query(&request);
    let Some(id) = query.get("task_id").filter(|id| !id.is_empty()) else {
        return Err(refuse(400, "INVALID_REQUEST_BODY", "task_id is required").into());
    };
    let job = lock(&app.jobs).poll(PROVIDER.name, id, wire::job_fault(&request));
    let Some(job) = job.filter(|job| job.owner == owner) else {
        return Err(refuse(404, "TASK_NOT_FOUND", "task not found").into());
    };
    Ok(wire::json(200, view(&app, &job, &app.phase(&job))))
}

/// What the account holds before anything is spent.
const BALANCE: f64 = 1_000_000.0;

/// The path is in a guide only, the form of its answer is not documented.
async fn balance(State(app): State<Shared>, request: Request) -> Answer {
    authorize(&request)?;
    Ok(wire::json(200, json!({ "credit_balance": round(BALANCE - app.spent(PROVIDER.name)) })))
}

fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let (status, reason, percent) = match phase {
        Phase::Queued => ("TASK_STATUS_QUEUED", "", 0),
        Phase::Running(percent) => ("TASK_STATUS_PROCESSING", "", *percent),
        // The documented finished example has 0 here.
        Phase::Succeeded => ("TASK_STATUS_SUCCEED", "", 0),
        Phase::Failed { message, .. } => ("TASK_STATUS_FAILED", message.as_str(), 0),
        Phase::Canceled => ("TASK_STATUS_CANCELED", "canceled", 0),
    };
    let links = if *phase == Phase::Succeeded { links::outputs(app, job) } else { Vec::new() };
    let ttl = app.config.link_lifetime.map_or(TTL, |lifetime| lifetime.as_secs());
    let videos: Vec<Value> = links
        .iter()
        .map(|link| json!({ "video_url": link, "video_url_ttl": ttl.to_string(), "video_type": "mp4" }))
        .collect();
    json!({
        "extra": extra(job, phase),
        "task": {
            "task_id": job.id, "task_type": "WAN2_7_VIDEOEDIT", "status": status,
            "reason": reason, "eta": 0, "progress_percent": percent,
        },
        "images": [],
        "videos": videos,
        "audios": [],
    })
}

/// Numbers as strings; the official Python SDK cannot read empty ones, so what is not known yet is zero.
fn extra(job: &Job, phase: &Phase) -> Value {
    let ms = |time: time::OffsetDateTime| (time.unix_timestamp_nanos() / 1_000_000).to_string();
    let or_zero = |time: Option<time::OffsetDateTime>| time.map_or_else(|| "0".to_owned(), ms);
    let complete = or_zero(phase.is_final().then(|| job.ends_at()));
    let seed = job.input.get("seed").map_or_else(|| "0".to_owned(), Value::to_string);
    json!({
        "seed": seed,
        "enable_nsfw_detection": false,
        "debug_info": {
            "request_info": "", "submit_time_ms": ms(job.created_at),
            "execute_time_ms": or_zero(job.started_at(phase)), "complete_time_ms": complete,
        },
    })
}

fn event(app: &App, job: &Job, phase: &Phase, moment: Moment, _: &Subscription) -> Option<Event> {
    let body = json!({ "event_type": "ASYNC_TASK_RESULT", "payload": view(app, job, phase) });
    // No signature is documented.
    (moment == Moment::Ended).then_some(Event { body, sign: |_, _| Vec::new() })
}

fn authorize(request: &Request) -> Result<String, wire::Refusal> {
    Ok(wire::bearer(request.headers())
        .ok_or_else(|| refuse(401, "MISSING_API_KEY", "API key is missing"))?)
}

fn refuse(status: u16, reason: &str, message: &str) -> Response {
    wire::json(
        status,
        json!({ "code": status, "reason": reason, "message": message, "metadata": {} }),
    )
}

/// The reason that stands for a status where a handler has no better one.
fn error(status: u16, message: &str) -> Response {
    let reason = match status {
        400 => "INVALID_REQUEST_BODY",
        401 => "MISSING_API_KEY",
        402 => "BILLING_BALANCE_NOT_ENOUGH",
        403 => "INVALID_API_KEY",
        404 | 405 => "API_NOT_FOUND",
        429 => "RATE_LIMIT_EXCEEDED",
        _ => "CREATE_TASK_FAILED",
    };
    refuse(status, reason, message)
}
