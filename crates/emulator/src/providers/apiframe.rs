//! Apiframe v2 as its published OpenAPI document and <https://docs-v2.apiframe.ai/docs> say (read 2026-11-20).
//!
//! Where the documentation is silent: deliveries are signed with the raw SHA-256 of the key. The emulated user is
//! a plain member: `scope=team` is 403. Idempotency keys live as long as the emulator. The price is 11 or 17
//! whole credits per output second, taken at submit.
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Dashboard, Provider, Routes};
use crate::app::{App, Shared};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::links::{self, hmac_sha256};
use crate::validate::Contract;
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire::{self, Refusal};

mod account;
#[cfg(test)]
mod dialect;
mod jobs;
mod submit;
mod uploads;

pub(crate) static PROVIDER: Provider = Provider {
    name: "apiframe",
    file_service: false,
    dashboard: Dashboard::Nothing,
    contract: Contract::new(include_str!("../specs/apiframe.json")),
    vital: &["id", "jobId", "status"],
    status: "status",
    // The vendor's SDK resolves its paths against the host and drops any path of the base URL.
    aliases: &[("/v2/", "/apiframe/v2/")],
    link_lifetime: Duration::from_secs(90 * 24 * 60 * 60),
    webhook_retries: &[1000, 2000, 4000],
    routes,
    error,
    event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

const MODEL: &str = "wan-2.7-videoedit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    let account = |route| routes.on(Operation::Account, route);
    Router::new()
        .route("/apiframe/v2/videos/edit", routes.on(Operation::Submit, post(submit::submit)))
        .route("/apiframe/v2/jobs/{id}", routes.on(Operation::Status, get(jobs::detail)))
        .route("/apiframe/v2/jobs", routes.on(Operation::List, get(jobs::list)))
        .route("/apiframe/v2/uploads", routes.on(Operation::Upload, post(uploads::create)))
        .route("/apiframe/v2/assets/{id}", account(get(uploads::asset)))
        .route("/apiframe/v2/assets/create", account(post(uploads::register)))
        .route("/apiframe/v2/me", account(get(account::me)))
        .route("/apiframe/v2/models", account(get(account::models)))
}

fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let failed = matches!(phase, Phase::Failed { .. } | Phase::Canceled);
    json!({
        "id": job.id, "status": status(phase), "model": MODEL, "progress": progress(phase),
        "result": result(app, job, phase), "error": failure(phase),
        "creditCost": if failed { 0 } else { whole(job.billed.credits) },
        "webhookStatus": job.webhook_status,
        "createdAt": iso(job.created_at), "completedAt": phase.is_final().then(|| iso(job.ends_at())),
        "input": job.input, "expired": *phase == Phase::Succeeded && links::expired(app, job),
    })
}

fn status(phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "QUEUED",
        Phase::Running(_) => "PROCESSING",
        Phase::Succeeded => "COMPLETED",
        Phase::Failed { .. } => "FAILED",
        Phase::Canceled => "CANCELLED",
    }
}

fn progress(phase: &Phase) -> u8 {
    match phase {
        Phase::Running(percent) => *percent,
        Phase::Succeeded => 100,
        Phase::Queued | Phase::Failed { .. } | Phase::Canceled => 0,
    }
}

fn result(app: &App, job: &Job, phase: &Phase) -> Value {
    match phase {
        Phase::Succeeded => json!({ "videoUrl": links::outputs(app, job).first() }),
        _ => Value::Null,
    }
}

/// Plain text without a code.
fn failure(phase: &Phase) -> Option<String> {
    match phase {
        Phase::Failed { message, .. } => Some(format!("Provider returned an error: {message}")),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a few hundred credits, already whole")]
fn whole(credits: f64) -> i64 {
    credits as i64
}

/// ISO 8601 as JavaScript writes it.
fn iso(t: OffsetDateTime) -> String {
    let (date, month) = (t.date(), u8::from(t.month()));
    let clock =
        format!("{:02}:{:02}:{:02}.{:03}Z", t.hour(), t.minute(), t.second(), t.millisecond());
    format!("{:04}-{month:02}-{:02}T{clock}", date.year(), date.day())
}

fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    subscription: &Subscription,
) -> Option<Event> {
    let (name, body) = match (moment, phase) {
        (Moment::Created, _) | (_, Phase::Canceled | Phase::Queued) => return None,
        (_, Phase::Running(percent)) => ("progress", json!({ "progress": percent })),
        (_, Phase::Failed { .. }) => ("failed", json!({ "error": failure(phase) })),
        (_, Phase::Succeeded) => (
            "completed",
            json!({
                "progress": 100, "result": result(app, job, phase),
                "creditCost": whole(job.billed.credits), "completedAt": iso(job.ends_at()),
            }),
        ),
    };
    let mut body = body;
    for (key, value) in
        [("event", name), ("jobId", job.id.as_str()), ("status", status(phase)), ("model", MODEL)]
    {
        wire::set(&mut body, key, Value::from(value));
    }
    let wanted =
        subscription.events.is_empty() || subscription.events.iter().any(|event| event == name);
    wanted.then_some(Event { body, sign })
}

/// The secret is the raw SHA-256 of the API key, as the vendor's SDK has it.
fn sign(subscription: &Subscription, body: &str) -> Vec<(&'static str, String)> {
    let signature =
        format!("sha256={}", hex::encode(hmac_sha256(&subscription.secret, body.as_bytes())));
    let event =
        serde_json::from_str::<Value>(body).ok().map(|body| wire::text(&body, "event").to_owned());
    vec![("x-webhook-signature", signature), ("x-webhook-event", event.unwrap_or_default())]
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    let key = wire::header(request.headers(), "x-api-key").filter(|key| !key.trim().is_empty());
    Ok(key.ok_or_else(|| error(401, "API key is required"))?)
}

fn error(status: u16, message: &str) -> Response {
    let body = match status {
        402 => {
            json!({ "error": "Insufficient credits", "creditsRequired": 55, "creditsAvailable": 0 })
        }
        _ => json!({ "error": message }),
    };
    wire::json(status, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_signed_with_the_raw_digest_of_the_key() {
        use sha2::{Digest, Sha256};
        let secret = Sha256::digest("afk_test_key_0001").to_vec();
        let subscription = Subscription { url: String::new(), secret, events: Vec::new() };
        let body = r#"{"event":"completed","jobId":"11111111-1111-4111-8111-111111111111","status":"COMPLETED"}"#;
        let expected = "sha256=5cf8671c2ef69fb9249d2b644c4caa45e5dbf044c76f0ddd597839c55cdc0141";
        assert_eq!(
            sign(&subscription, body),
            [
                ("x-webhook-signature", expected.to_owned()),
                ("x-webhook-event", "completed".to_owned())
            ]
        );
    }

    #[test]
    fn times_are_written_as_javascript_does() {
        let time = OffsetDateTime::from_unix_timestamp_nanos(1_790_000_000_042_000_000).unwrap();
        assert_eq!(iso(time), "2026-09-21T14:13:20.042Z");
    }
}
