//! EvoLink as documented at <https://docs.evolink.ai> (wan2.7-video-edit, get-task-detail, file-series, error-codes;
//! read 2026-11-20) and as the vendor's own client <https://github.com/EvoLinkAI/evolink-mcp> expects it.
//!
//! Where the documentation is silent: error codes are integers on the submit and words on the task calls. File
//! codes of five digits come with HTTP 200 and `success: false`. Video and audio files are accepted, BMP is not.
//! `callback_url` must be https, but http to this machine is accepted, for tests. The price is (input + output
//! seconds, after the cut) × $0.086 or $0.144 × 68 credits. A `duration` of 1 passes the schema: the submit is
//! accepted, the job fails.
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

use super::{Dashboard, Provider, Routes};
use crate::app::{App, Shared};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::links;
use crate::validate::Contract;
use crate::webhooks::{Event, Moment, Subscription};
use crate::wire::{self, Refusal};

mod account;
#[cfg(test)]
mod dialect;
mod files;
mod submit;
mod tasks;

pub(crate) static PROVIDER: Provider = Provider {
    name: "evolink",
    file_service: true,
    dashboard: Dashboard::Nothing,
    contract: Contract::new(include_str!("../specs/evolink.json")),
    vital: &["id", "status"],
    status: "status",
    aliases: &[
        ("/evolink/api/v1/files", "/evolink-files/api/v1/files"),
        ("/api/v1/files", "/evolink-files/api/v1/files"),
        ("/v1/videos/", "/evolink/v1/videos/"),
        ("/v1/tasks", "/evolink/v1/tasks"),
        ("/v1/credits", "/evolink/v1/credits"),
        ("/web/api/", "/evolink/web/api/"),
    ],
    link_lifetime: links::DAY,
    webhook_retries: &[1000, 2000, 4000],
    routes,
    error,
    event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

const MODEL: &str = "wan2.7-video-edit";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    let upload = |route| routes.on(Operation::Upload, route);
    let account = |route| routes.on(Operation::Account, route);
    Router::new()
        .route("/evolink/v1/videos/generations", routes.on(Operation::Submit, post(submit::submit)))
        .route("/evolink/v1/tasks/{id}", routes.on(Operation::Status, get(tasks::detail)))
        .route("/evolink/v1/tasks", routes.on(Operation::List, get(tasks::list)))
        .route("/evolink/v1/tasks/batch", routes.on(Operation::Status, post(tasks::batch)))
        .route("/evolink/v1/credits", account(get(account::credits)))
        .route("/evolink/web/api/models/pricing", account(get(account::pricing)))
        .route("/evolink-files/api/v1/files/upload/stream", upload(post(files::stream)))
        .route("/evolink-files/api/v1/files/upload/base64", upload(post(files::base64)))
        .route("/evolink-files/api/v1/files/upload/url", upload(post(files::by_url)))
        .route("/evolink-files/api/v1/files/list", account(get(files::list)))
        .route("/evolink-files/api/v1/files/quota", account(get(files::quota)))
        .route("/evolink-files/api/v1/files/{id}", account(delete(files::delete)))
}

/// The task object of the detail call, the batch and the callback.
fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let mut view = json!({
        "created": job.created_at.unix_timestamp(), "id": job.id, "model": MODEL,
        "object": "video.generation.task", "type": "video",
        "status": status(phase), "progress": progress(phase),
        "task_info": { "can_cancel": !phase.is_final() },
        "usage": { "billing_rule": "per_second", "credits_reserved": job.billed.credits, "user_group": "default" },
    });
    match phase {
        Phase::Succeeded => {
            let credits = job.billed.credits;
            let cost = json!({ "credits": credits, "usd": crate::app::round(credits / submit::CREDITS_PER_USD) });
            wire::set(&mut view, "results", Value::from(links::outputs(app, job)));
            wire::set(&mut view, "duration", Value::from(job.time.as_secs_f64()));
            wire::set(
                &mut view,
                "usage",
                json!({
                    "billing_rule": "per_second", "credits_used": credits, "cost": cost, "user_group": "default",
                }),
            );
        }
        Phase::Failed { code, message } => {
            wire::set(
                &mut view,
                "error",
                json!({ "code": code, "message": message, "type": "task_error" }),
            );
        }
        Phase::Queued | Phase::Running(_) | Phase::Canceled => {}
    }
    view
}

fn status(phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "pending",
        Phase::Running(_) => "processing",
        Phase::Succeeded => "completed",
        Phase::Failed { .. } => "failed",
        Phase::Canceled => "cancelled",
    }
}

fn progress(phase: &Phase) -> u8 {
    match phase {
        Phase::Running(percent) => *percent,
        Phase::Succeeded => 100,
        // The documented failed example goes back to zero.
        Phase::Queued | Phase::Failed { .. } | Phase::Canceled => 0,
    }
}

fn event(app: &App, job: &Job, phase: &Phase, moment: Moment, _: &Subscription) -> Option<Event> {
    // No signature is documented.
    (moment == Moment::Ended)
        .then(|| Event { body: view(app, job, phase), sign: |_, _| Vec::new() })
}

fn authorize(request: &Request) -> Result<String, Refusal> {
    let key = wire::bearer(request.headers());
    Ok(key.ok_or_else(|| {
        refuse(401, &"unauthorized".into(), "authentication_error", "Missing or invalid API key")
    })?)
}

/// The code is an integer in the documentation of the submit and a word in that of the task calls.
fn refuse(status: u16, code: &Value, kind: &str, message: &str) -> Response {
    wire::json(status, json!({ "error": { "code": code, "message": message, "type": kind } }))
}

/// A refusal whose code is its status, as the submit writes it.
fn error(status: u16, message: &str) -> Response {
    let kind = match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "insufficient_quota_error",
        403 => "permission_error",
        404 | 405 => "not_found_error",
        413 => "request_too_large_error",
        429 => "rate_limit_error",
        502 => "upstream_error",
        503 => "service_unavailable_error",
        _ => "internal_server_error",
    };
    refuse(status, &status.into(), kind, message)
}
