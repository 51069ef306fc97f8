//! WaveSpeedAI's API v3 as <https://wavespeed.ai/docs> says (read 2026-11-21). A job is called a prediction there.
//!
//! Where the documentation is silent: refusals are real HTTP statuses, which `code` repeats, as its reference and
//! clients have it; only files of a wrong type are refused inside of HTTP 200, with `code` 500. A second is $0.10
//! or $0.15, of input (whole, before the cut) and of output, each clip counted as 2 to 10 seconds; failed
//! predictions are billed and refunded. Sync mode waits 4.5 seconds at most, then answers 5004. The list shows no
//! inputs and only the key's own predictions. Deleting takes a prediction out of sight, even a running one: it
//! goes on, stays paid, and its links work. A ticket lives for an hour and counts as an upload, its PUT as
//! another; the PUT must have the ticket's headers and size, and works once (then 412). `webhook` must be https,
//! or http to this machine. Cancelled predictions are not delivered. A `duration` of 1 passes the schema: the
//! submit is accepted, the job fails.
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Dashboard, Provider, Routes};
use crate::app::{App, Shared};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::links;
use crate::validate::{Contract, Violation};
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire::{self, Refusal};

mod account;
mod billings;
#[cfg(test)]
mod dialect;
mod predictions;
mod price;
mod submit;
mod uploads;
mod webhook;

pub(crate) static PROVIDER: Provider = Provider {
    name: "wavespeed",
    file_service: false,
    dashboard: Dashboard::Nothing,
    contract: Contract::new(include_str!("../specs/wavespeed.json")),
    // Without `code` no answer counts as a success.
    vital: &["code", "id", "status"],
    status: "status",
    aliases: &[("/api/v3/", "/wavespeed/api/v3/")],
    link_lifetime: links::DAY.saturating_mul(7),
    webhook_retries: &[1000, 2000],
    routes,
    error,
    event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

const MODEL: &str = "alibaba/wan-2.7/video-edit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    Router::new()
        .route(
            "/wavespeed/api/v3/alibaba/wan-2.7/video-edit",
            routes.on(Operation::Submit, post(submit::submit)),
        )
        .merge(prediction_routes(routes))
        .merge(account_routes(routes))
        .merge(file_routes(routes))
}

fn prediction_routes(routes: &Routes<'_>) -> Router<Shared> {
    let read = || routes.on(Operation::Status, get(predictions::result));
    Router::new()
        .route("/wavespeed/api/v3/predictions/{id}/result", read())
        // As the guides have it.
        .route("/wavespeed/api/v3/predictions/{id}", read())
        .route("/wavespeed/api/v3/predictions", routes.on(Operation::List, post(predictions::list)))
        // No cancel: what runs goes on and is paid.
        .route(
            "/wavespeed/api/v3/predictions/delete",
            routes.on(Operation::Account, post(predictions::delete)),
        )
}

fn account_routes(routes: &Routes<'_>) -> Router<Shared> {
    let account = |route| routes.on(Operation::Account, route);
    Router::new()
        .route("/wavespeed/api/v3/balance", account(get(account::balance)))
        .route("/wavespeed/api/v3/models", account(get(account::models)))
        .route("/wavespeed/api/v3/model/price", account(post(price::quote)))
        .route("/wavespeed/api/v3/model/pricing", account(post(price::unit_price)))
        .route("/wavespeed/api/v3/billings/search", account(post(billings::search)))
        .route("/wavespeed/api/v3/webhook/secret", account(get(webhook::secret)))
}

fn file_routes(routes: &Routes<'_>) -> Router<Shared> {
    let upload = |route| routes.on(Operation::Upload, route);
    Router::new()
        .route("/wavespeed/api/v3/media/uploads", upload(post(uploads::ticket)))
        .route(&format!("{}/{{id}}/{{name}}", uploads::STORE), upload(put(uploads::store)))
        .route("/wavespeed/api/v3/media/upload/binary", upload(post(uploads::binary)))
}

/// The prediction, without its envelope.
fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let done = *phase == Phase::Succeeded;
    let outputs = if done { links::outputs(app, job) } else { Vec::new() };
    let ran = job.ran(phase).map_or(0, milliseconds);
    let mut view = json!({
        "id": job.id, "model": MODEL, "status": status(phase),
        "has_nsfw_contents": vec![false; outputs.len()], "outputs": outputs,
        "urls": { "get": format!("{}/wavespeed/api/v3/predictions/{}/result", app.base(), job.id) },
        "created_at": iso(job.created_at), "error": reason(phase),
        "executionTime": ran, "timings": { "inference": ran },
    });
    if let Phase::Failed { code, .. } = phase {
        wire::set(&mut view, "code", number(code));
    }
    view
}

fn status(phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "created",
        Phase::Running(_) => "processing",
        Phase::Succeeded => "completed",
        Phase::Failed { .. } => "failed",
        Phase::Canceled => "cancelled",
    }
}

fn reason(phase: &Phase) -> &str {
    match phase {
        Phase::Failed { message, .. } => message,
        Phase::Canceled => "the prediction was cancelled",
        _ => "",
    }
}

/// The code of a failure: those of this provider are numbers, a word of another becomes the nearest of them.
fn number(code: &str) -> i64 {
    match code.parse() {
        Ok(number) => number,
        Err(_) if code.contains("content") => SENSITIVE_CONTENT,
        Err(_) => TASK_FAILED,
    }
}

const SENSITIVE_CONTENT: i64 = 1200;
const TASK_FAILED: i64 = 1405;

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn iso(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    _subscription: &Subscription,
) -> Option<Event> {
    webhook::event(app, job, phase, moment)
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    Ok(wire::bearer(request.headers()).ok_or_else(|| error(401, "the key is missing"))?)
}

/// The body of a call, as its contract has it.
async fn body(request: Request, path: &str) -> Result<Value, Refusal> {
    let body = wire::body(request).await.map_err(|problem| error(400, &problem))?;
    match PROVIDER.contract.request(path, &body).first() {
        None => Ok(body),
        Some(violation) => Err(error(400, &sentence(violation)).into()),
    }
}

/// Validators repeat what they refuse, which may be a whole clip, and then say why.
const LONGEST_REASON: usize = 160;

fn sentence(violation: &Violation) -> String {
    let reason = &violation.message;
    let surplus = reason.chars().count().saturating_sub(LONGEST_REASON);
    let end: String = reason.chars().skip(surplus).collect();
    format!("{}: {end}", violation.dotted())
}

fn success(data: Value) -> Response {
    wire::json(200, json!({ "code": 200, "message": "success", "data": data }))
}

/// The HTTP status is the true one; the envelope repeats it.
fn error(status: u16, message: &str) -> Response {
    let message = match status {
        402 => "Insufficient credits. Please top up your account to continue.",
        _ => message,
    };
    wire::json(status, json!({ "code": status, "message": message }))
}

/// One page of a list, and how many entries there are in all.
fn page(items: &[Value], body: &Value, default_size: usize) -> (u64, Vec<Value>) {
    let asked = |field: &str| body.get(field).and_then(Value::as_u64);
    let number = asked("page").unwrap_or(1);
    let size = asked("page_size").and_then(|size| usize::try_from(size).ok());
    let size = size.unwrap_or(default_size);
    let before = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
    (number, items.iter().skip(before.saturating_mul(size)).take(size).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_number() {
        let cases = [
            ("1402", 1402),
            ("content_policy_violation", 1200),
            ("service_error", 1405),
            ("", 1405),
        ];
        for (code, expected) in cases {
            assert_eq!(number(code), expected, "{code}");
        }
    }

    #[test]
    fn pages_are_counted_from_one() {
        let items: Vec<Value> = (0..5).map(Value::from).collect();
        let cases = [
            (json!({}), (1, vec![0, 1, 2])),
            (json!({"page": 1, "page_size": 2}), (1, vec![0, 1])),
            (json!({"page": 3, "page_size": 2}), (3, vec![4])),
            (json!({"page": 4, "page_size": 2}), (4, vec![])),
        ];
        for (body, (number, entries)) in cases {
            let entries = entries.into_iter().map(Value::from).collect::<Vec<_>>();
            assert_eq!(page(&items, &body, 3), (number, entries), "{body}");
        }
    }
}
