//! skills.video as documented at <https://docs.skills.video/api-reference/wan-v27-edit-video> (read 2026-11-20).
//!
//! Where the documentation is silent: a submit is answered with 202, and wrong input with 400
//! `VIDEO_GENERATION_INVALID_INPUT`. Forms with files are accepted on the generation routes. `/api/v1` and `/v1`
//! may be written or left out, as the pages do. The price is 16 or 24 credits per output second and result. A
//! `duration` of 1 passes the schema: the submit is accepted, the job fails.
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{Dashboard, Provider, Routes};
use crate::app::{App, Shared};
use crate::faults::Operation;
use crate::jobs::{Job, Phase};
use crate::validate::Contract;
use crate::webhooks::{Event, Moment, Subscription};
use crate::{links, wire};

#[cfg(test)]
mod dialect;
mod handlers;
mod input;
mod sse;
pub(super) mod webhook;

pub(crate) static PROVIDER: Provider = Provider {
    name: "skills-video",
    file_service: false,
    dashboard: Dashboard::Webhooks,
    contract: Contract::new(include_str!("../specs/skills-video.json")),
    vital: &["id", "status"],
    status: "status",
    aliases: &[
        ("/skills-video/api/v1/", "/skills-video/"),
        ("/skills-video/v1/", "/skills-video/"),
        ("/api/v1/generation", "/skills-video/generation"),
        ("/api/v1/credits", "/skills-video/credits"),
        ("/v1/generation", "/skills-video/generation"),
        ("/generation", "/skills-video/generation"),
    ],
    link_lifetime: links::DAY,
    webhook_retries: &[1000, 2000, 4000],
    routes,
    error,
    event,
    #[cfg(test)]
    dialects: dialect::ALL,
};

/// The dedicated edit route, as the contract writes it.
pub(super) const EDIT: &str = "/generation/wan/wan-v2.7/edit-video";

/// The unified route, as the contract writes it.
pub(super) const UNIFIED: &str = "/generation/wan/wan-v2.7-video";

fn routes(routes: &Routes<'_>) -> Router<Shared> {
    let submit = |route| routes.on(Operation::Submit, route);
    Router::new()
        .route("/skills-video/generation/wan/wan-v2.7/edit-video", submit(post(handlers::edit)))
        .route("/skills-video/generation/wan/wan-v2.7-video", submit(post(handlers::unified)))
        .route("/skills-video/generation/sse/wan/wan-v2.7/edit-video", submit(post(sse::edit)))
        .route("/skills-video/generation/sse/wan/wan-v2.7-video", submit(post(sse::unified)))
        .route("/skills-video/generation/{id}", routes.on(Operation::Status, get(handlers::status)))
        .route(
            "/skills-video/generations/running",
            routes.on(Operation::List, get(handlers::running)),
        )
        .route("/skills-video/credits", routes.on(Operation::Account, get(handlers::credits)))
}

/// The generation object in the queue's words.
fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let mut view = brief(job, phase);
    wire::set(
        &mut view,
        "data",
        match phase {
            Phase::Succeeded => data(app, job),
            _ => Value::Null,
        },
    );
    view
}

/// What the submit answers, and each entry of the running list.
fn brief(job: &Job, phase: &Phase) -> Value {
    let mut brief = json!({ "id": job.id, "status": status(phase), "input": job.input, "usage": usage(job, phase) });
    let told = match phase {
        Phase::Failed { code, message } => Some((full_code(code), message.clone())),
        _ => None,
    };
    if let Some((code, message)) = told {
        wire::set(&mut brief, "code", Value::from(code));
        wire::set(&mut brief, "message", Value::from(message));
    }
    brief
}

fn status(phase: &Phase) -> &'static str {
    match phase {
        Phase::Queued => "IN_QUEUE",
        Phase::Running(_) => "IN_PROGRESS",
        Phase::Succeeded => "COMPLETED",
        Phase::Failed { .. } => "FAILED",
        Phase::Canceled => "CANCELED",
    }
}

/// Failure codes belong to a family per kind of output.
fn full_code(code: &str) -> String {
    let code = code.to_ascii_uppercase();
    if code.starts_with("VIDEO_GENERATION_") { code } else { format!("VIDEO_GENERATION_{code}") }
}

fn usage(job: &Job, phase: &Phase) -> Value {
    let total = match phase {
        Phase::Failed { .. } | Phase::Canceled => 0.0,
        _ => job.billed.credits,
    };
    json!({ "total": total, "subscription": total, "permanent": 0 })
}

fn data(app: &App, job: &Job) -> Value {
    let (width, height) = input::pixels(&job.input);
    let videos: Vec<Value> = links::outputs(app, job)
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let name = format!("{}-{index}.mp4", job.id);
            json!({ "url": link, "file_name": name, "content_type": "video/mp4", "width": width, "height": height })
        })
        .collect();
    json!({
        "type": "video",
        "n": job.outputs,
        "actual_prompt": job.input.get("prompt").cloned().unwrap_or_default(),
        "video": videos.first(),
        "videos": videos,
    })
}

fn event(
    app: &App,
    job: &Job,
    phase: &Phase,
    moment: Moment,
    subscription: &Subscription,
) -> Option<Event> {
    webhook::event(app, job, phase, moment, subscription)
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    wire::json(
        status,
        json!({ "code": code, "error": code.trim_start_matches("VIDEO_GENERATION_"), "message": message }),
    )
}

/// The code that stands for a status where a handler has no better one.
fn error(status: u16, message: &str) -> Response {
    let code = match status {
        400 => "VIDEO_GENERATION_INVALID_INPUT",
        401 => "UNAUTHORIZED",
        402 => "VIDEO_GENERATION_INSUFFICIENT_CREDITS",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        422 => "VIDEO_GENERATION_CONTENT_REJECTED",
        429 => "VIDEO_GENERATION_RATE_LIMITED",
        503 => "VIDEO_GENERATION_PROVIDER_UNAVAILABLE",
        504 => "VIDEO_GENERATION_TIMEOUT",
        500 => "INTERNAL_ERROR",
        _ => "VIDEO_GENERATION_FAILED",
    };
    refuse(status, code, message)
}
