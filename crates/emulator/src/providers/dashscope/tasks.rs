//! One task: reading it, which succeeds for every id, and cancelling it while it waits.
use std::time::Instant;

use axum::extract::{Path, Request, State};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::times::beijing;
use super::{PROVIDER, authorize, is_kept, refuse, status, submit};
use crate::app::{App, Shared, lock, random_uuid};
use crate::jobs::{Cancellation, Job, Phase};
use crate::links;
use crate::wire::{self, Answer};

pub(super) async fn read(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let job = lock(&app.jobs).poll(PROVIDER.name, &id, wire::job_fault(&request));
    let kept = |job: &Job| job.owner == owner && is_kept(job, OffsetDateTime::now_utc());
    let mut body = match job.filter(kept) {
        Some(job) => view(&app, &job, &app.phase(&job)),
        None => json!({ "output": { "task_id": id, "task_status": "UNKNOWN" } }),
    };
    wire::set(&mut body, "request_id", random_uuid());
    Ok(wire::json(200, body))
}

fn view(app: &App, job: &Job, phase: &Phase) -> Value {
    let mut output = json!({
        "task_id": job.id, "task_status": status(phase), "submit_time": beijing(job.created_at),
    });
    if let Some(time) = job.started_at(phase) {
        wire::set(&mut output, "scheduled_time", beijing(time));
    }
    if phase.is_final() {
        wire::set(&mut output, "end_time", beijing(job.ends_at()));
    }
    match phase {
        Phase::Succeeded => succeeded(app, job, output),
        Phase::Failed { code, message } => {
            wire::set(&mut output, "code", code.as_str());
            wire::set(&mut output, "message", message.as_str());
            json!({ "output": output })
        }
        _ => json!({ "output": output }),
    }
}

fn succeeded(app: &App, job: &Job, mut output: Value) -> Value {
    let prompt = job.input.pointer("/input/prompt").and_then(Value::as_str).unwrap_or_default();
    wire::set(&mut output, "orig_prompt", prompt);
    wire::set(&mut output, "video_url", links::outputs(app, job).first().cloned());
    let billed = job.billed;
    let usage = json!({
        "duration": billed.input_seconds + billed.output_seconds,
        "input_video_duration": billed.input_seconds,
        "output_video_duration": billed.output_seconds,
        "video_count": 1, "SR": submit::size(&job.input),
    });
    json!({ "output": output, "usage": usage })
}

/// A body, which one of the vendor's clients sends, is not looked at.
pub(super) async fn cancel(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let owner = authorize(&request)?;
    let now = Instant::now();
    let mut jobs = lock(&app.jobs);
    let waits = jobs.get(&id).is_some_and(|job| {
        job.phase(now) == Phase::Queued && is_kept(job, OffsetDateTime::now_utc())
    });
    if waits && jobs.cancel(PROVIDER.name, &owner, &id, now) == Cancellation::Done {
        return Ok(wire::json(200, json!({ "request_id": random_uuid() })));
    }
    let message = "Failed to cancel the task, please confirm if the task is in PENDING status.";
    Err(refuse(400, "UnsupportedOperation", message).into())
}
