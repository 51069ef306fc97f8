//! How a request stands, what came of it, and stopping it.
use std::time::Instant;

use axum::extract::{Path, Request, State};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::errors::{Failure, named, unknown};
use super::{PROVIDER, authorize, view};
use crate::app::{App, Shared, lock};
use crate::jobs::{Cancellation, Job, Phase};
use crate::wire::{self, Answer, Refusal};

/// The asker's request, as this call finds it.
pub(super) fn find(app: &App, id: &str, request: &Request) -> Result<Job, Refusal> {
    let owner = authorize(request)?;
    let job = lock(&app.jobs).poll(PROVIDER.name, id, wire::job_fault(request));
    Ok(job.filter(|job| job.owner == owner).ok_or_else(unknown)?)
}

/// Whether the lines that the runner wrote are wanted.
pub(super) fn wants_logs(request: &Request) -> bool {
    wire::query(request).get("logs").is_some_and(|flag| flag == "1" || flag == "true")
}

/// 202 until the request is complete.
pub(super) async fn status(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let job = find(&app, &id, &request)?;
    let phase = app.phase(&job);
    let status = if phase.is_final() { 200 } else { 202 };
    let view = view::status(&app, &job, &phase, wants_logs(&request));
    Ok(named(&job.id, wire::json(status, view)))
}

/// What the model answered: its output, or its failure with the failure's own status.
pub(super) async fn result(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let job = find(&app, &id, &request)?;
    let phase = app.phase(&job);
    if let Some(failure) = Failure::of(&phase) {
        return Err(failure.response(&job.id).into());
    }
    if phase != Phase::Succeeded {
        let body = json!({ "detail": "Request is still in progress" });
        return Err(named(&job.id, wire::json(400, body)).into());
    }
    let mut response = named(&job.id, wire::json(200, view::output(&app, &job)));
    bill(response.headers_mut(), &job);
    Ok(response)
}

fn bill(headers: &mut HeaderMap, job: &Job) {
    let units = job.billed.input_seconds + job.billed.output_seconds;
    if let Ok(units) = HeaderValue::from_str(&units.to_string()) {
        headers.insert("x-fal-billable-units", units);
    }
    headers.insert("x-fal-served-from", HeaderValue::from_static("emulator"));
}

/// The emulated model always heeds the signal, so nothing that was canceled is billed.
pub(super) async fn cancel(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let answer = lock(&app.jobs).cancel(PROVIDER.name, &owner, &id, Instant::now());
    let (status, word) = match answer {
        Cancellation::Done => (202, "CANCELLATION_REQUESTED"),
        Cancellation::TooLate => (400, "ALREADY_COMPLETED"),
        Cancellation::Unknown => return Err(unknown().into()),
    };
    Ok(named(&id, wire::json(status, json!({ "status": word }))))
}
